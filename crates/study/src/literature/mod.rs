//! The literature's claims on this machine: what each paper says, and what the rows say to it. In: samples and what the caller says
//! of sites, hardware and federations. Out: claims, each with its answers or the reason why there are none. Nothing in them that
//! was not computed from the rows or cited; one file per paper.

pub mod account;
pub mod claim;
pub mod embodied;
mod garcia_martin;
pub mod grid;
mod henderson;
mod li;
mod network;
mod pairs;
mod patterson;
mod qin;
pub mod qiu;
mod run;
mod schwartz;
mod so;
pub mod spent;
mod strubell;
mod subject;
mod thompson;
mod training;
mod wu;
mod xu;

use account::{Account, Site};
use claim::Claim;
use embodied::Embodied;
use qiu::Federation;
use run::Run;
use subject::Subject;

use crate::samples::Samples;

/// What the caller says that no row holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assumptions {
    /// Where each run is reckoned to run: one site for all, or one per run; none for the site of Strubell et al. 2019.
    pub sites: Vec<Site>,
    /// What making the device emitted.
    pub embodied: Option<Embodied>,
    /// A federation that trains a model.
    pub federation: Option<Federation>,
}

/// All claims, in the order of the papers' years within each subject: from kernels to networks to cost.
#[must_use]
pub fn claims(samples: &Samples, assumptions: &Assumptions) -> Vec<Claim> {
    let subjects = Subject::all(samples, |_| true);
    let runs = Run::all(samples);
    let accounts: Vec<Account> = spent::of_runs(samples)
        .into_iter()
        .enumerate()
        .filter_map(|(run, spent)| {
            Some(Account::of(
                spent?,
                Site::of_run(&assumptions.sites, run),
                assumptions.embodied,
            ))
        })
        .collect();
    [
        henderson::claims(&subjects),
        qin::claims(&subjects),
        so::claims(&subjects),
        xu::claims(&subjects),
        li::claims(&subjects),
        thompson::claims(&subjects),
        wu::claims(&subjects, &accounts),
        qiu::claims(&subjects, assumptions.federation.as_ref()),
        patterson::claims(samples, &assumptions.sites),
        strubell::claims(&accounts),
        schwartz::claims(&runs),
        garcia_martin::claims(&runs, samples.includes_simulated),
    ]
    .concat()
}
