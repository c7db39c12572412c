//! The harness on trial, per device: a sweep of one fixed kernel that must follow its operations, a copy that costs joules
//! without any, one case under two names, and drift over the rounds. In: material and a device's cases. Out: what each gave.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::material::Material;
use super::view::Response;
use crate::outcome::Outcome;
use crate::samples::{CaseFacts, Count};
use crate::stats::correlation::pearson;
use crate::stats::linear::fit;
use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::geometric_mean;

/// What the controls gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Controls {
    /// A size sweep of one fixed kernel.
    pub sweep: Outcome<Sweep>,
    /// A kernel without operations that takes energy all the same.
    pub zero_flop: Outcome<ZeroFlop>,
    /// One case under two names.
    pub a_a: Outcome<AaPair>,
    /// Rounds against each other.
    pub drift: Outcome<Drift>,
}

/// A size sweep of one kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// The kernel.
    pub kernel: String,
    /// Where it came from.
    pub from: String,
    /// Its sizes.
    pub cases: usize,
    /// log10 of its largest over its smallest operation count.
    pub range_decades: f64,
    /// Slope of the logarithms; 1 where energy follows operations.
    pub slope: f64,
    /// R² of the logarithms.
    pub r2_loglog: f64,
    /// Largest distance of a size from the line, as a share: 0.1 is 10%.
    pub largest_residual: f64,
}

/// A case of zero operations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZeroFlop {
    /// The case.
    pub case_id: String,
    /// Its response, in joules (or seconds) per iteration.
    pub response: Estimate,
}

/// One case under two names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AaPair {
    /// The first name.
    pub first: String,
    /// The second name.
    pub second: String,
    /// Second over first; its interval should hold 1.
    pub ratio: Estimate,
}

/// Rounds against each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// What it was seen on: the sentinel, or the controls where there is none.
    pub of: String,
    /// Per round, the geometric mean over these cases of (round's mean / case's mean).
    pub rounds: Vec<f64>,
    /// The largest distance of one of them from 1.
    pub largest: f64,
}

impl Controls {
    /// None of them, for one reason.
    pub(crate) fn none(reason: &str) -> Self {
        Self {
            sweep: Outcome::unavailable(reason),
            zero_flop: Outcome::unavailable(reason),
            a_a: Outcome::unavailable(reason),
            drift: Outcome::unavailable(reason),
        }
    }
}

/// A sweep needs as many sizes (two would give R² = 1 whatever was measured) …
const SWEEP_SIZES: usize = 4;
/// … over as many decades: below one, a few percent of noise hide the trend.
const SWEEP_DECADES: f64 = 1.0;

pub(crate) fn all(material: &Material<'_>, device: &[usize], response: Response) -> Controls {
    Controls {
        sweep: sweep(material, device, response),
        zero_flop: zero_flop(material, device, response),
        a_a: a_a(material, device, response),
        drift: drift(material, device, response),
    }
}

/// The widest sweep among the controls; without one, the widest sweep of square matrix products.
fn sweep(material: &Material<'_>, device: &[usize], response: Response) -> Outcome<Sweep> {
    let square = |facts: &CaseFacts| {
        let side = facts.shape.get("m");
        side.is_some() && side == facts.shape.get("n") && side == facts.shape.get("k")
    };
    let found = widest(material, device, response, "the controls", CaseFacts::serves_as_control)
        .or_else(|| widest(material, device, response, "square matrix products", square));
    Outcome::or_reason(found, || {
        format!(
            "no sweep of one kernel over {SWEEP_SIZES} sizes and a decade of operations: neither among the controls nor of \
             square matrix products; measure the suite controls as well"
        )
    })
}

fn widest(
    material: &Material<'_>,
    device: &[usize],
    response: Response,
    from: &str,
    take: impl Fn(&CaseFacts) -> bool,
) -> Option<Sweep> {
    let mut sweeps: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for case in device.iter().copied() {
        let facts = &material.samples.cases[case].facts;
        let value = response
            .measured(&material.measured[case])
            .0
            .filter(|value| value.value > 0.0);
        let flops = facts.count(Count::FlopsTask).filter(|flops| *flops > 0.0);
        if let Some((flops, value)) = flops.zip(value).filter(|_| take(facts) && facts.tag().is_none()) {
            let words = [
                &facts.op,
                &facts.algorithm,
                &facts.precision,
                &facts.variant,
                &facts.input,
            ];
            let kernel: Vec<&str> = words
                .into_iter()
                .map(String::as_str)
                .filter(|word| !word.is_empty())
                .collect();
            sweeps
                .entry(kernel.join("/"))
                .or_default()
                .push((flops.ln(), value.value.ln()));
        }
    }
    let sweeps = sweeps
        .into_iter()
        .filter_map(|(kernel, pairs)| line(kernel, from, &pairs));
    sweeps.max_by(|a, b| a.cases.cmp(&b.cases).then(a.range_decades.total_cmp(&b.range_decades)))
}

/// The line through the logarithms of one kernel's sizes.
fn line(kernel: String, from: &str, pairs: &[(f64, f64)]) -> Option<Sweep> {
    let mut sizes: Vec<f64> = pairs.iter().map(|(flops, _)| *flops).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    let range_decades = (sizes.last()? - sizes[0]) / std::f64::consts::LN_10;
    if sizes.len() < SWEEP_SIZES || range_decades < SWEEP_DECADES {
        return None;
    }
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (fit, r) = (fit(&[&x], &y)?, pearson(&x, &y)?);
    let residuals = x.iter().zip(&y).map(|(x, y)| (y - fit.predict([*x])).abs().exp_m1());
    Some(Sweep {
        kernel,
        from: from.to_owned(),
        cases: x.len(),
        range_decades,
        slope: fit.slopes[0],
        r2_loglog: r * r,
        largest_residual: residuals.fold(0.0, f64::max),
    })
}

fn zero_flop(material: &Material<'_>, device: &[usize], response: Response) -> Outcome<ZeroFlop> {
    let found = device.iter().find_map(|case| {
        let facts = &material.samples.cases[*case].facts;
        let is_zero = facts.count(Count::FlopsTask) == Some(0.0);
        Some(ZeroFlop {
            case_id: facts.label(),
            response: response.measured(&material.measured[*case]).0.filter(|_| is_zero)?,
        })
    });
    Outcome::or_reason(found, || "no case has zero operations".to_owned())
}

/// Two cases that are the same in everything but their name.
fn a_a(material: &Material<'_>, device: &[usize], response: Response) -> Outcome<AaPair> {
    let facts = |case: usize| &material.samples.cases[case].facts;
    let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for case in device.iter().copied() {
        let CaseFacts {
            op,
            algorithm,
            precision,
            variant,
            input,
            ..
        } = facts(case);
        let key = format!("{op}|{algorithm}|{precision}|{variant}|{input}|{}", facts(case).work());
        names.entry(key).or_default().push(case);
    }
    let pair = names.values().find_map(|cases| {
        let measured = |case: &usize| Some((*case, response.measured(&material.measured[*case]).0?));
        let [first, second, ..] = &cases.iter().filter_map(measured).collect::<Vec<_>>()[..] else {
            return None;
        };
        // The case that names itself a second one is measured against the other.
        let (first, second) = match facts(first.0).tag() {
            Some(_) => (second, first),
            None => (first, second),
        };
        Some(AaPair {
            first: facts(first.0).label(),
            second: facts(second.0).label(),
            ratio: ratio(&second.1, &first.1)?,
        })
    });
    Outcome::or_reason(pair, || "no case was measured under two names".to_owned())
}

/// Ratio of two estimates; the interval from their relative half-widths, on the logarithm.
fn ratio(upper: &Estimate, lower: &Estimate) -> Option<Estimate> {
    let value = Some(upper.value / lower.value).filter(|value| *value > 0.0)?;
    let half = |estimate: &Estimate| estimate.ci95.map(|[low, high]| (high - low) / 2.0 / estimate.value);
    let reach = half(upper).zip(half(lower)).map(|(a, b)| a.hypot(b));
    Some(Estimate {
        value,
        ci95: reach.map(|reach| [value * (-reach).exp(), value * reach.exp()]),
    })
}

/// Of the sentinel, which is visited twice in a round; without one, of the controls.
fn drift(material: &Material<'_>, device: &[usize], response: Response) -> Outcome<Drift> {
    let is_sentinel = |case: &&usize| {
        let windows = &material.samples.cases[**case].windows;
        let mut visits: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        windows
            .iter()
            .any(|window| *visits.entry((window.run, window.round)).or_insert(window.order) != window.order)
    };
    let sentinels: Vec<usize> = device.iter().filter(is_sentinel).copied().collect();
    let (of, cases) = match sentinels.as_slice() {
        [] => ("the controls".to_owned(), {
            let is_control = |case: &&usize| material.samples.cases[**case].facts.serves_as_control();
            device.iter().filter(is_control).copied().collect()
        }),
        [first, ..] => (
            format!("the sentinel {}", material.samples.cases[*first].facts.label()),
            sentinels,
        ),
    };
    if cases.is_empty() {
        return Outcome::unavailable("there is neither a sentinel nor a control whose rounds could be compared");
    }
    let mut ratios: BTreeMap<(u32, u32), Vec<f64>> = BTreeMap::new();
    for case in cases {
        let rounds = material.samples.cases[case].by_round(|window| response.of(window));
        let Some(whole) = response
            .measured(&material.measured[case])
            .0
            .filter(|whole| whole.value > 0.0)
        else {
            continue;
        };
        for (round, value) in rounds {
            ratios.entry(round).or_default().push(value / whole.value);
        }
    }
    let rounds: Vec<f64> = ratios.values().filter_map(|ratios| geometric_mean(ratios)).collect();
    if rounds.len() < 2 {
        return Outcome::unavailable("there is only one round");
    }
    let largest = rounds.iter().map(|ratio| (ratio - 1.0).abs()).fold(0.0, f64::max);
    Outcome::Available(Drift { of, rounds, largest })
}
