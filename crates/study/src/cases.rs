//! One line per case: time, GFLOP/s, joules, watts, GFLOP/J, each with its interval over the windows. In: samples.
//! Out: what the terminal's table and the report's ladder show.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::samples::{Case, Count, Samples, Window};
use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::mean_ci95;

/// A case in numbers, per iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseSummary {
    /// The device.
    pub device: String,
    /// The case's id.
    pub case_id: String,
    /// A name for people: the id, and the variant where several were measured.
    pub label: String,
    /// The problem: the id without kind, algorithm and precision.
    pub problem: String,
    /// Tuning parameters.
    pub variant: String,
    /// Problem kind.
    pub op: String,
    /// Algorithm.
    pub algorithm: String,
    /// Precision.
    pub precision: String,
    /// Distribution of the inputs.
    pub input: String,
    /// Family: problem kind and algorithm, depthwise convolutions apart.
    pub family: String,
    /// Windows behind the numbers.
    pub windows: usize,
    /// Counts per iteration, by column; those that are known.
    pub counts: BTreeMap<String, f64>,
    /// Wall time, in seconds.
    pub time_s: Estimate,
    /// Device time, in seconds; `None` without timestamps.
    pub gpu_s: Option<Estimate>,
    /// Task operations per second of wall time, in 10⁹.
    pub gflops: Option<Estimate>,
    /// Gross energy, in joules; `None` if it was not measured.
    pub gross_j: Option<Estimate>,
    /// Energy above idle, in joules; `None` if energy or idle power was not measured.
    pub active_j: Option<Estimate>,
    /// Mean gross power, in watts.
    pub power_w: Option<Estimate>,
    /// Task operations per gross joule, in 10⁹.
    pub gflop_per_j: Option<Estimate>,
}

/// Summarises all cases that have windows: by device, kind, operations, problem and precision, the fastest first. Rounds
/// visit the cases in a random order, which tells a reader nothing.
#[must_use]
pub fn summarise(samples: &Samples) -> Vec<CaseSummary> {
    let mut cases: Vec<CaseSummary> = samples
        .cases
        .iter()
        .filter_map(|case| summary(case, &samples.devices[case.facts.device].name))
        .collect();
    let flops = |case: &CaseSummary| case.counts.get(Count::FlopsTask.column()).copied().unwrap_or(0.0);
    cases.sort_by(|a, b| {
        let names = |case: &CaseSummary| (case.device.clone(), case.op.clone());
        let same_work = |case: &CaseSummary| (case.problem.clone(), case.precision.clone());
        names(a)
            .cmp(&names(b))
            .then(flops(a).total_cmp(&flops(b)))
            .then_with(|| same_work(a).cmp(&same_work(b)))
            .then(a.time_s.value.total_cmp(&b.time_s.value))
    });
    cases
}

fn summary(case: &Case, device: &str) -> Option<CaseSummary> {
    let facts = &case.facts;
    let time_s = estimate(case, |window| Some(window.time_s))?;
    let gross_j = estimate(case, |window| window.gross_j);
    let gflop = facts
        .count(Count::FlopsTask)
        .filter(|flops| *flops > 0.0)
        .map(|flops| flops / 1e9);
    let counts = Count::ALL
        .into_iter()
        .filter_map(|count| Some((count.column().to_owned(), facts.count(count)?)));
    Some(CaseSummary {
        device: device.to_owned(),
        case_id: facts.case_id.clone(),
        label: facts.label(),
        problem: facts.problem(),
        variant: facts.variant.clone(),
        op: facts.op.clone(),
        algorithm: facts.algorithm.clone(),
        precision: facts.precision.clone(),
        input: facts.input.clone(),
        family: facts.family(),
        windows: case.windows.len(),
        counts: counts.collect(),
        time_s,
        gpu_s: estimate(case, |window| window.gpu_s),
        gflops: gflop.map(|gflop| per(gflop, time_s)),
        gross_j,
        active_j: estimate(case, |window| window.active_j),
        power_w: estimate(case, |window| Some(window.gross_j? / window.time_s)),
        gflop_per_j: gflop.zip(gross_j).map(|(gflop, energy)| per(gflop, energy)),
    })
}

/// The mean over the windows that have the value, with Student's interval; of a single window the interval is that of
/// the energy's own uncertainty, if it is known.
pub(crate) fn estimate(case: &Case, value: impl Fn(&Window) -> Option<f64>) -> Option<Estimate> {
    let values: Vec<f64> = case.windows.iter().filter_map(&value).collect();
    mean_ci95(&values)
}

/// `amount` divided by an estimate; without interval where that reaches down to zero.
fn per(amount: f64, estimate: Estimate) -> Estimate {
    match estimate.ci95 {
        Some([low, _]) if low <= 0.0 => Estimate::point(amount / estimate.value),
        _ => estimate.map(|value| amount / value),
    }
}
