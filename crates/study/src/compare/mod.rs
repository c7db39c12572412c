//! Machines, drivers, kernels or dates against each other. In: two or more sets of samples, each of one device. Out: per
//! case the ratios of time and energy with a verdict, their geometric means, and where rankings disagree.

mod gate;
mod ratio;
mod run_to_run;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use gate::{Gate, Regression};
pub use ratio::{Change, LogUncertainty, Ratio, RunToRun};

use crate::cases::estimate;
use crate::options::StudyOptions;
use crate::outcome::Outcome;
use crate::samples::{Case, Count, RunFacts, Samples, Window};
use crate::stats::bootstrap::{Windows, draw_cases, interval, replicate};
use crate::stats::rank::kendall_tau_b;
use joulemark_base::estimate::Estimate;
use joulemark_base::objective::Objective;
use joulemark_base::statistics::geometric_mean;

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
            .map(|((label, samples), cases)| rankings(label, samples, cases))
            .collect(),
        fastest_is_not_thriftiest: disagreements(sets, &named),
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

fn summary(
    common: &[(&String, &Case, &Case)],
    value: Value,
    ratios: &[&Ratio],
    options: StudyOptions,
) -> Option<Summary> {
    let mut families: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut windows = Vec::new();
    for (_, old, new) in common {
        let (a, b) = (rounds(old, value), rounds(new, value));
        if !a.is_empty() && !b.is_empty() {
            families.entry(old.facts.family()).or_default().push(windows.len());
            windows.push((Windows::new(a), Windows::new(b)));
        }
    }
    let families: Vec<Vec<usize>> = families.into_values().collect();
    let clusters = if families.len() < crate::stats::bootstrap::MIN_FAMILIES {
        windows.len()
    } else {
        families.len()
    };
    let replicates = replicate(options.replicates, options.seed, |random| {
        let mut picks = Vec::new();
        draw_cases(random, &families, &mut picks);
        let drawn: Vec<f64> = picks
            .iter()
            .map(|pick| windows[*pick].1.draw(random) / windows[*pick].0.draw(random))
            .collect();
        geometric_mean(&drawn)
    });
    let mut counts: BTreeMap<Change, usize> = Change::ALL.into_iter().map(|change| (change, 0)).collect();
    for ratio in ratios {
        *counts.entry(ratio.change).or_default() += 1;
    }
    let value = geometric_mean(&ratios.iter().map(|ratio| ratio.ratio.value).collect::<Vec<_>>())?;
    Some(Summary {
        geometric_mean: Estimate {
            value,
            ci95: interval(replicates, clusters),
        },
        counts,
    })
}

fn time_of(case: &Case) -> Option<f64> {
    estimate(case, TIME).map(|time| time.value)
}

fn energy_of(case: &Case) -> Option<f64> {
    estimate(case, ENERGY).map(|energy| energy.value)
}

fn rankings(label: &str, samples: &Samples, cases: &ByName<'_>) -> Rankings {
    let flops = |case: &Case| case.facts.count(Count::FlopsTask);
    let agreement = |a: fn(&Case) -> Option<f64>, b: fn(&Case) -> Option<f64>| {
        let (x, y): (Vec<f64>, Vec<f64>) = cases.values().filter_map(|case| a(case).zip(b(case))).unzip();
        kendall_tau_b(&x, &y)
    };
    Rankings {
        label: label.into(),
        time_energy: agreement(time_of, energy_of),
        flops_energy: agreement(flops, energy_of),
        flops_time: agreement(flops, time_of),
        fastest_is_not_thriftiest: within(samples),
    }
}

/// Problems whose fastest kernel surely takes more energy than another.
fn within(samples: &Samples) -> Vec<WithinSet> {
    let ranked = crate::rank::rank(samples).rankings.into_iter();
    let disagreeing = ranked.filter(crate::rank::Ranking::fastest_is_not_thriftiest);
    disagreeing
        .filter_map(|ranking| {
            let best = |measure| ranking.best_by(measure).map(|best| best.kernel.clone());
            Some(WithinSet {
                fastest: best(Objective::Time)?,
                thriftiest: best(Objective::Energy)?,
                problem: format!("{} {}", ranking.op, ranking.problem),
                precision: ranking.precision,
            })
        })
        .collect()
}

fn disagreements(sets: &[(String, Samples)], named: &[ByName<'_>]) -> Vec<Disagreement> {
    // Only who is surely best is named.
    let best = |name: &str, value: Value| -> Option<usize> {
        let values = named
            .iter()
            .map(|cases| estimate(cases.get(name)?, value))
            .collect::<Option<Vec<_>>>()?;
        let first = (0..values.len()).min_by(|a, b| values[*a].value.total_cmp(&values[*b].value))?;
        let surely = |other: usize| {
            values[first]
                .ci95
                .zip(values[other].ci95)
                .is_some_and(|(a, b)| a[1] < b[0])
        };
        (0..values.len())
            .all(|other| other == first || surely(other))
            .then_some(first)
    };
    let pairs = named[0]
        .keys()
        .filter_map(|name| Some((name, best(name, TIME)?, best(name, ENERGY)?)));
    pairs
        .filter(|(_, fastest, thriftiest)| fastest != thriftiest)
        .map(|(name, fastest, thriftiest)| Disagreement {
            case: name.clone(),
            fastest: sets[fastest].0.clone(),
            thriftiest: sets[thriftiest].0.clone(),
        })
        .collect()
}
