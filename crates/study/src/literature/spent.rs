//! What a run spent, or so many executions of a case. In: samples and ledgers. Out: joules with their interval, ready to account for.

use joulemark_base::estimate::Estimate;

use super::account::Spent;
use super::run::Run;
use super::subject::{Subject, over_rounds};
use crate::samples::Samples;

/// What each run spent: the device and what else was seen, by its manifest; by its rows where that has no total; `None`
/// where no joules are known.
#[must_use]
pub fn of_runs(samples: &Samples) -> Vec<Option<Spent>> {
    Run::all(samples).iter().map(of_run).collect()
}

fn of_run(run: &Run<'_>) -> Option<Spent> {
    let (rows, basis) = run.joules(|_| true)?;
    let totals = run.manifest().map(|manifest| &manifest.totals);
    let whole = totals.and_then(|totals| Some((totals.device_energy_j?, totals.host_energy_j, totals.wall_s)));
    let (joules, seconds, rests_on) = match whole {
        Some((device, Some(host), wall_s)) => (device + host, wall_s, "the whole run, device and host"),
        Some((device, None, wall_s)) => (device, wall_s, "the whole run, the device alone"),
        None => (rows.joules, Some(rows.wall_s), "the rows' windows, the device alone"),
    };
    Some(Spent {
        device: run.device().to_owned(),
        subject: format!("the run {}", run.name()),
        joules: Estimate::point(joules),
        seconds,
        basis,
        rests_on: format!("{rests_on}; one value, no interval"),
    })
}

/// What `times` executions of each case spend, of those whose id `wanted` accepts; cases without joules are left out.
#[must_use]
pub fn of_cases(samples: &Samples, times: f64, wanted: impl Fn(&str) -> bool) -> Vec<Spent> {
    let subjects = Subject::all(samples, |_| true);
    let own = subjects.iter().filter(|subject| wanted(&subject.facts.case_id));
    own.filter_map(|subject| {
        let joules = over_rounds([subject], |round| subject.joules(round))?;
        let device_only = "the device alone, mean of the rounds";
        Some(Spent {
            device: subject.device.to_owned(),
            subject: format!("{} of {}", executions(times), subject.facts.label()),
            joules: joules.map(|joules| joules * times),
            seconds: subject.time_s(None).map(|seconds| seconds * times),
            basis: subject.energy_basis(),
            rests_on: match joules.ci95 {
                Some(_) => format!("{device_only}, Student's interval over them"),
                None => format!("{device_only}; fewer than three: no interval"),
            },
        })
    })
    .collect()
}

/// `1e9 executions`: a number with many zeros is read wrongly.
fn executions(times: f64) -> String {
    if times < 1e6 {
        format!("{times} executions")
    } else {
        format!("{times:e} executions")
    }
}
