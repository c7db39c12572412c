//! What a comparison gives: per other set the ratios of its cases and their means, and where rankings disagree. Serialisable.

use std::collections::BTreeMap;

use joulemark_base::estimate::Estimate;
use serde::{Deserialize, Serialize};

use super::{Change, CompareOptions, Ratio, RunToRun};
use crate::outcome::Outcome;

/// Every other set against the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Version of this layout.
    pub comparison_version: u32,
    /// How it was done.
    pub options: CompareOptions,
    /// The first set.
    pub baseline: String,
    /// The others.
    pub others: Vec<Other>,
    /// How far rankings by time, energy and FLOPs agree, per set, the baseline first.
    pub rankings: Vec<Rankings>,
    /// Cases that one set surely does fastest and another surely with the least energy.
    pub fastest_is_not_thriftiest: Vec<Disagreement>,
    /// What runs of the baseline differ by: of time and of energy; `None` with one run of it, whose share is not known.
    pub run_to_run: [Option<RunToRun>; 2],
    /// Runs that hold other rows than their manifests count.
    pub miscounts: Vec<String>,
    /// Whether simulated energy was let in.
    pub simulated: bool,
}

/// One set against the baseline. Ratios are this set over the baseline: below 1 is better.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// The set.
    pub label: String,
    /// The common cases.
    pub cases: Vec<CaseChange>,
    /// All times together.
    pub time: Summary,
    /// All gross energies together.
    pub energy: Outcome<Summary>,
    /// Baseline energy over this set's: Patterson's machine factor (2–5× between generations in arXiv 2104.10350).
    pub machine_factor: Outcome<Estimate>,
    /// Cases that only the baseline has.
    pub only_in_baseline: Vec<String>,
    /// Cases that only this set has.
    pub only_here: Vec<String>,
    /// Common cases whose time, or whose energy that the baseline has, is no number here.
    pub without_numbers: Vec<String>,
}

/// One case in both sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseChange {
    /// The case.
    pub case: String,
    /// Its time.
    pub time: Ratio,
    /// Its gross energy; `None` unless both sets measured it.
    pub energy: Option<Ratio>,
}

/// All ratios of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Their geometric mean; its interval resamples families, cases and windows.
    pub geometric_mean: Estimate,
    /// Cases by verdict.
    pub counts: BTreeMap<Change, usize>,
}

/// Kendall's tau-b between rankings of one set's cases; `None` where a side is missing or constant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rankings {
    /// The set.
    pub label: String,
    /// By time and by energy.
    pub time_energy: Option<f64>,
    /// By FLOPs and by energy.
    pub flops_energy: Option<f64>,
    /// By FLOPs and by time.
    pub flops_time: Option<f64>,
    /// Problems whose fastest kernel surely takes more energy than another.
    pub fastest_is_not_thriftiest: Vec<WithinSet>,
}

/// A problem on which two kernels of one set win by different measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WithinSet {
    /// Kind and problem.
    pub problem: String,
    /// Precision.
    pub precision: String,
    /// The fastest kernel.
    pub fastest: String,
    /// The kernel that takes least energy.
    pub thriftiest: String,
}

/// A case that one set does fastest and another with the least energy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disagreement {
    /// The case.
    pub case: String,
    /// The fastest set.
    pub fastest: String,
    /// The thriftiest set.
    pub thriftiest: String,
}
