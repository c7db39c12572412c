//! What a run spent, or so many executions of a case. In: samples and ledgers. Out: joules with their interval, ready to account for.

use joulemark_base::estimate::Estimate;
use joulemark_base::quality::Quality;

use super::account::Spent;
use super::claim::Basis;
use super::ledger::Ledger;
use super::subject::{Subject, over_rounds};
use crate::samples::Samples;

/// Whether an energy of this method may be joined with measured ones, or with simulated ones.
pub(super) fn counts(quality: Option<Quality>, simulated: bool) -> bool {
    match quality {
        Some(Quality::Simulated) => simulated,
        Some(quality) => !simulated && quality.is_measured(),
        // A table that does not name its methods is taken at its word.
        None => !simulated,
    }
}

/// The device of a run, by the first case that has a window of it.
pub(super) fn device_of(samples: &Samples, run: usize) -> String {
    let own = |case: &&crate::samples::Case| case.windows.iter().any(|window| window.run as usize == run);
    let device = samples.cases.iter().find(own).map(|case| case.facts.device);
    device.or((samples.devices.len() == 1).then_some(0)).map_or_else(
        || "unknown device".into(),
        |device| samples.devices[device].name.clone(),
    )
}

/// What each run spent: the device and what else was seen, by its manifest; by its rows where that has no total.
#[must_use]
pub fn of_runs(samples: &Samples, ledgers: &[Ledger]) -> Vec<Spent> {
    let runs = samples.runs.iter().zip(ledgers).enumerate();
    runs.filter_map(|(run, (facts, ledger))| {
        let manifest = facts.manifest.as_ref();
        let name = manifest.map_or(&facts.path, |manifest| &manifest.run_id);
        let (basis, rows) = [(Basis::Measured, false), (Basis::Simulated, true)]
            .into_iter()
            .filter(|(_, simulated)| samples.includes_simulated || !simulated)
            .map(|(basis, simulated)| (basis, ledger.sum(|_, quality| counts(quality, simulated))))
            .find(|(_, rows)| rows.rows_with_joules > 0)?;
        let totals = manifest.map(|manifest| &manifest.totals);
        let whole = totals.and_then(|totals| totals.device_energy_j);
        let host = totals
            .and_then(|totals| totals.host_energy_j)
            .filter(|_| whole.is_some());
        let (joules, rests_on) = match (whole, host) {
            (Some(device), Some(host)) => (device + host, "the whole run, device and host; one value, no interval"),
            (Some(device), None) => (device, "the whole run, the device alone; one value, no interval"),
            (None, _) => (
                rows.joules,
                "the rows' windows, the device alone; one value, no interval",
            ),
        };
        let seconds = match whole {
            Some(_) => totals.and_then(|totals| totals.wall_s),
            None => Some(rows.wall_s),
        };
        Some(Spent {
            device: device_of(samples, run),
            subject: format!("the run {name}"),
            joules: Estimate::point(joules),
            seconds,
            basis,
            rests_on: rests_on.into(),
        })
    })
    .collect()
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
            subject: format!("{times} executions of {}", subject.facts.label()),
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
