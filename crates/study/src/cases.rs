//! One line per case: time, GFLOP/s, joules, watts, GFLOP/J, each with its interval over the rounds. In: samples. Out: what
//! the tables show, and the numbers that every finding starts from, made once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::samples::{Case, Count, Samples, Window};
use crate::stats::bootstrap::in_parallel;
use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::{mean, mean_ci95};

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
    /// Rounds behind the numbers; fewer than three give no interval.
    pub rounds: usize,
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

/// Fewer rounds than this say nothing about how far a mean can be trusted.
pub const MIN_ROUNDS: usize = 3;

/// What was measured of one case, per iteration: means of the rounds' means, with Student's interval over them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// Rounds with a time.
    pub rounds: usize,
    /// Wall time, in seconds.
    pub time_s: Option<Estimate>,
    /// Device time, in seconds.
    pub gpu_s: Option<Estimate>,
    /// Gross energy, in joules.
    pub gross_j: Option<Estimate>,
    /// Rounds with gross energy.
    pub gross_rounds: usize,
    /// Energy above idle, in joules; its interval holds the drift of the idle power too.
    pub active_j: Option<Estimate>,
    /// Rounds with energy above idle.
    pub active_rounds: usize,
    /// Gross power, in watts: joules over seconds.
    pub power_w: Option<Estimate>,
}

/// Measures all cases, in their order.
#[must_use]
pub fn measure(samples: &Samples) -> Vec<Measured> {
    in_parallel(&samples.cases, measured)
}

fn measured(case: &Case) -> Measured {
    let times = case.rounds(|window| Some(window.time_s));
    let gross = case.rounds(|window| window.gross_j);
    let active = case.rounds(|window| window.active_j);
    let drift: Vec<f64> = case.windows.iter().map(|window| window.idle_u_j).collect();
    Measured {
        rounds: times.len(),
        time_s: of_rounds(&times),
        gpu_s: of_rounds(&case.rounds(|window| window.gpu_s)),
        gross_j: of_rounds(&gross),
        gross_rounds: gross.len(),
        active_j: of_rounds(&active).map(|active| widened(active, 1.96 * mean(&drift).unwrap_or(0.0))),
        active_rounds: active.len(),
        power_w: of_rounds(&case.rounds(|window| Some(window.gross_j? / window.time_s))),
    }
}

/// The mean of rounds, with Student's interval where there are three or more.
pub(crate) fn of_rounds(rounds: &[f64]) -> Option<Estimate> {
    let estimate = mean_ci95(rounds)?;
    let ci95 = estimate.ci95.filter(|_| rounds.len() >= MIN_ROUNDS);
    Some(Estimate { ci95, ..estimate })
}

/// With another, independent half-width.
fn widened(estimate: Estimate, other: f64) -> Estimate {
    let wide = |bound: f64| estimate.value + (bound - estimate.value).signum() * (bound - estimate.value).hypot(other);
    Estimate {
        ci95: estimate.ci95.map(|ci95| ci95.map(wide)),
        ..estimate
    }
}

/// The mean over the rounds that have the value, with Student's interval over at least three of them.
pub(crate) fn estimate(case: &Case, value: impl Fn(&Window) -> Option<f64>) -> Option<Estimate> {
    of_rounds(&case.rounds(value))
}

/// Summarises all cases that have windows: by device, kind, operations, problem and precision, the fastest first. Rounds
/// visit the cases in a random order, which tells a reader nothing.
#[must_use]
pub fn summarise(samples: &Samples, measured: &[Measured]) -> Vec<CaseSummary> {
    let mut cases: Vec<CaseSummary> = samples
        .cases
        .iter()
        .zip(measured)
        .filter_map(|(case, measured)| summary(case, measured, &samples.devices[case.facts.device].name))
        .collect();
    let flops = |case: &CaseSummary| case.counts.get(Count::FlopsTask.column()).copied().unwrap_or(0.0);
    cases.sort_by(|a, b| {
        (&a.device, &a.op)
            .cmp(&(&b.device, &b.op))
            .then(flops(a).total_cmp(&flops(b)))
            .then_with(|| (&a.problem, &a.precision).cmp(&(&b.problem, &b.precision)))
            .then(a.time_s.value.total_cmp(&b.time_s.value))
    });
    cases
}

fn summary(case: &Case, measured: &Measured, device: &str) -> Option<CaseSummary> {
    let facts = &case.facts;
    let time_s = measured.time_s?;
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
        rounds: measured.rounds,
        counts: counts.collect(),
        time_s,
        gpu_s: measured.gpu_s,
        gflops: gflop.map(|gflop| per(gflop, time_s)),
        gross_j: measured.gross_j,
        active_j: measured.active_j,
        power_w: measured.power_w,
        gflop_per_j: gflop
            .zip(measured.gross_j.filter(|energy| energy.value > 0.0))
            .map(|(gflop, energy)| per(gflop, energy)),
    })
}

/// `amount` divided by an estimate; without interval where that reaches down to zero.
fn per(amount: f64, estimate: Estimate) -> Estimate {
    match estimate.ci95 {
        Some([low, _]) if low <= 0.0 => Estimate::point(amount / estimate.value),
        _ => estimate.map(|value| amount / value),
    }
}
