//! Machines, drivers, kernels or dates against each other. In: two or more sets of samples, each of one device. Out: per
//! case the ratios of time and energy with a verdict, their geometric means, and where rankings disagree.

mod comparison;
mod gate;
mod rankings;
mod ratio;
mod run_to_run;
mod summary;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use comparison::{CaseChange, Comparison, Disagreement, Other, Rankings, Summary, WithinSet};
pub use gate::{Gate, Regression};
pub use ratio::{Change, LogUncertainty, Ratio, RunToRun};

use crate::options::StudyOptions;
use crate::outcome::Outcome;
use crate::samples::{Case, RunFacts, Samples, Window};
use summary::summary;

/// Why sets cannot be compared.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CompareError {
    /// Fewer than two.
    #[error("{0} set of results; give at least two to compare, the first is the baseline")]
    TooFew(usize),
    /// A set of several devices.
    #[error("{label} holds {devices} devices; give the runs of one device at a time")]
    SeveralDevices {
        /// The set.
        label: String,
        /// How many there are.
        devices: usize,
    },
    /// No case in common.
    #[error("{label} has no case in common with {baseline}; compare runs of one suite")]
    NothingInCommon {
        /// The set.
        label: String,
        /// The first set.
        baseline: String,
    },
}

/// How to compare.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareOptions {
    /// Changes up to this share are none: 0.02 is 2%.
    pub margin: f64,
    /// The bootstrap.
    pub study: StudyOptions,
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self {
            margin: 0.02,
            study: StudyOptions::default(),
        }
    }
}

/// Cases by their name: the id, or id and variant where a set has several variants of it.
type ByName<'a> = BTreeMap<String, &'a Case>;

/// Compares every other set with the first. `more_baselines` are other runs of the first: they add what runs differ by.
///
/// # Errors
/// Fewer than two sets, a set of several devices, or nothing in common.
pub fn compare(
    sets: &[(String, Samples)],
    more_baselines: &[(String, Samples)],
    options: CompareOptions,
) -> Result<Comparison, CompareError> {
    let Some(((baseline, _), [_, ..])) = sets.split_first() else {
        return Err(CompareError::TooFew(sets.len()));
    };
    let everything = || sets.iter().chain(more_baselines);
    if let Some((label, samples)) = everything().find(|(_, samples)| samples.devices.len() > 1) {
        return Err(CompareError::SeveralDevices {
            label: label.clone(),
            devices: samples.devices.len(),
        });
    }
    let several: BTreeSet<&str> = everything()
        .flat_map(|(_, samples)| ids_with_variants(samples))
        .collect();
    let named: Vec<ByName<'_>> = sets.iter().map(|(_, samples)| by_name(samples, &several)).collect();
    let baselines: Vec<ByName<'_>> = more_baselines
        .iter()
        .map(|(_, samples)| by_name(samples, &several))
        .collect();
    let runs: Vec<&ByName<'_>> = std::iter::once(&named[0]).chain(&baselines).collect();
    let run_to_run = [run_to_run::pooled(&runs, TIME), run_to_run::pooled(&runs, ENERGY)];
    let others = sets[1..]
        .iter()
        .zip(&named[1..])
        .map(|((label, _), cases)| other(label, baseline, &runs, cases, &run_to_run, options))
        .collect::<Result<_, _>>()?;
    Ok(Comparison {
        comparison_version: 3,
        options,
        baseline: baseline.clone(),
        others,
        rankings: sets
            .iter()
            .zip(&named)
            .map(|((label, samples), cases)| rankings::rankings(label, samples, cases))
            .collect(),
        fastest_is_not_thriftiest: rankings::disagreements(sets, &named),
        run_to_run,
        miscounts: everything().flat_map(|(_, samples)| miscounts(samples)).collect(),
        simulated: everything().any(|(_, samples)| samples.includes_simulated),
    })
}

/// Runs that hold other rows than their manifests count.
fn miscounts(samples: &Samples) -> Vec<String> {
    let miscount = |run: &RunFacts| {
        let manifest = run.manifest.as_ref()?;
        let found = manifest.miscount(run.rows, None, None)?;
        Some(format!("{}: {found}", run.path))
    };
    samples.runs.iter().filter_map(miscount).collect()
}

fn ids_with_variants(samples: &Samples) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let ids = samples.cases.iter().map(|case| case.facts.case_id.as_str());
    ids.filter(|id| !seen.insert(*id)).collect()
}

fn by_name<'a>(samples: &'a Samples, several: &BTreeSet<&str>) -> ByName<'a> {
    let measured = samples.cases.iter().filter(|case| !case.windows.is_empty());
    measured
        .map(|case| {
            let id = &case.facts.case_id;
            let name = if several.contains(id.as_str()) {
                format!("{id} [{}]", case.facts.variant)
            } else {
                id.clone()
            };
            (name, case)
        })
        .collect()
}

fn other(
    label: &str,
    baseline: &str,
    runs: &[&ByName<'_>],
    new: &ByName<'_>,
    run_to_run: &[Option<RunToRun>; 2],
    options: CompareOptions,
) -> Result<Other, CompareError> {
    let old = runs[0];
    let common: Vec<(&String, &Case, &Case)> = old
        .iter()
        .filter_map(|(name, case)| Some((name, *case, *new.get(name)?)))
        .collect();
    if common.is_empty() {
        return Err(CompareError::NothingInCommon {
            label: label.into(),
            baseline: baseline.into(),
        });
    }
    let (time, energy) = (TIME, ENERGY);
    let ratio = |name: &str, new: &Case, value: Value, run_to_run: &Option<RunToRun>| {
        let old: Vec<f64> = runs
            .iter()
            .filter_map(|run| run.get(name))
            .flat_map(|case| rounds(case, value))
            .collect();
        Ratio::of(&old, &rounds(new, value), options.margin, run_to_run.as_ref())
    };
    let cases: Vec<CaseChange> = common
        .iter()
        .filter_map(|(name, _, new)| {
            Some(CaseChange {
                case: (*name).clone(),
                time: ratio(name, new, time, &run_to_run[0])?,
                energy: ratio(name, new, energy, &run_to_run[1]),
            })
        })
        .collect();
    let is_told = |name: &str, old: &Case| {
        let change = cases.iter().find(|change| change.case == name);
        change.is_some_and(|change| change.energy.is_some() || rounds(old, energy).is_empty())
    };
    let without_numbers = common.iter().filter(|(name, old, _)| !is_told(name, old));
    let changes = |ratio: fn(&CaseChange) -> Option<&Ratio>| cases.iter().filter_map(ratio).collect::<Vec<_>>();
    let energy_summary = summary(&common, energy, &changes(|case| case.energy.as_ref()), options.study);
    let energy_summary = Outcome::or_reason(energy_summary, || "no common case has measured energy in both".into());
    let machine_factor = match &energy_summary {
        Outcome::Available(summary) => Outcome::Available(summary.geometric_mean.map(|ratio| 1.0 / ratio)),
        Outcome::Unavailable { unavailable } => Outcome::unavailable(unavailable.clone()),
    };
    let missing = |from: &ByName<'_>, there: &ByName<'_>| {
        from.keys()
            .filter(|name| !there.contains_key(*name))
            .cloned()
            .collect::<Vec<_>>()
    };
    Ok(Other {
        label: label.into(),
        time: summary(&common, time, &changes(|case| Some(&case.time)), options.study).ok_or_else(|| {
            CompareError::NothingInCommon {
                label: label.into(),
                baseline: baseline.into(),
            }
        })?,
        energy: energy_summary,
        machine_factor,
        only_in_baseline: missing(old, new),
        only_here: missing(new, old),
        without_numbers: without_numbers.map(|(name, ..)| (*name).clone()).collect(),
        cases,
    })
}

/// What is compared.
type Value = fn(&Window) -> Option<f64>;
const TIME: Value = |window| Some(window.time_s);
const ENERGY: Value = |window| window.gross_j;

/// The means of the rounds that have the value.
fn rounds(case: &Case, value: Value) -> Vec<f64> {
    case.rounds(|window| value(window).filter(|value| *value > 0.0))
}
