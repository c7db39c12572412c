//! The harness on trial: a sweep of one kernel that must follow its operations, a copy that costs joules without any,
//! one case under two names, and drift between rounds. In: samples and a view. Out: what each control gave.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Outcome;
use super::view::{Point, View};
use crate::samples::{Count, Samples};
use crate::stats::correlation::pearson;
use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::geometric_mean;

/// What the controls gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Controls {
    /// A size sweep of one kernel; its log-log R² has to exceed 0.99.
    pub positive: Outcome<PositiveControl>,
    /// A kernel without operations that takes energy all the same.
    pub zero_flop: Outcome<ZeroFlop>,
    /// One case under two names.
    pub a_a: Outcome<AaPair>,
    /// Rounds against each other.
    pub drift: Outcome<Drift>,
}

/// A size sweep of one kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PositiveControl {
    /// The kernel.
    pub kernel: String,
    /// Where it came from.
    pub from: String,
    /// Its sizes.
    pub cases: usize,
    /// log10 of its largest over its smallest operation count.
    pub range_decades: f64,
    /// R² of the logarithms.
    pub r2_loglog: f64,
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
    /// Per round, the geometric mean over the cases of (round's mean / case's mean).
    pub rounds: Vec<f64>,
    /// The largest distance of one of them from 1.
    pub largest: f64,
}

/// A sweep needs as many sizes …
const SWEEP_SIZES: usize = 4;
/// … over as many decades.
const SWEEP_DECADES: f64 = 1.0;

/// `device` holds the same response in all precisions: the positive control tries the harness, whatever the precision.
pub(crate) fn all(samples: &Samples, view: &View, device: &View) -> Controls {
    Controls {
        positive: positive(samples, device),
        zero_flop: zero_flop(view),
        a_a: a_a(samples, view),
        drift: drift(samples, view),
    }
}

/// The widest sweep in the suite `controls`; without one, the widest sweep of square matrix products.
fn positive(samples: &Samples, view: &View) -> Outcome<PositiveControl> {
    let in_controls = |point: &Point| samples.cases[point.case].facts.suites.contains("controls");
    let square = |point: &Point| {
        let shape = samples.cases[point.case].facts.shape;
        let side = shape.get("m");
        side.is_some() && side == shape.get("n") && side == shape.get("k")
    };
    let found = widest(samples, view, "the suite controls", in_controls)
        .or_else(|| widest(samples, view, "square matrix products", square));
    Outcome::or_reason(found, || {
        format!(
            "no sweep of one kernel over {SWEEP_SIZES} sizes and a decade of operations: neither in a suite named \
             controls nor of square matrix products; measure the suite controls as well"
        )
    })
}

fn widest(samples: &Samples, view: &View, from: &str, take: impl Fn(&Point) -> bool) -> Option<PositiveControl> {
    let mut sweeps: BTreeMap<(usize, String), Vec<(f64, f64)>> = BTreeMap::new();
    for point in view.points.iter().filter(|point| take(point)) {
        let facts = &samples.cases[point.case].facts;
        if let Some(flops) = point.count(Count::FlopsTask) {
            let kernel = [
                &facts.op,
                &facts.algorithm,
                &facts.precision,
                &facts.variant,
                &facts.input,
            ]
            .map(String::as_str)
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join("/");
            sweeps
                .entry((point.device, kernel))
                .or_default()
                .push((flops.ln(), point.response.value.ln()));
        }
    }
    let sweeps = sweeps.into_iter().filter_map(|((_, kernel), pairs)| {
        let mut sizes: Vec<f64> = pairs.iter().map(|(flops, _)| *flops).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        let decades = (sizes[sizes.len() - 1] - sizes[0]) / std::f64::consts::LN_10;
        let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let r = pearson(&x, &y).filter(|_| sizes.len() >= SWEEP_SIZES && decades >= SWEEP_DECADES)?;
        let from = from.to_owned();
        Some(PositiveControl {
            kernel,
            from,
            cases: x.len(),
            range_decades: decades,
            r2_loglog: r * r,
        })
    });
    sweeps.max_by(|a, b| {
        (a.cases, a.range_decades)
            .partial_cmp(&(b.cases, b.range_decades))
            .unwrap_or(std::cmp::Ordering::Equal)
    })
}

fn zero_flop(view: &View) -> Outcome<ZeroFlop> {
    let found = view
        .points
        .iter()
        .find(|point| point.counts[Count::FlopsTask as usize] == Some(0.0));
    let found = found.map(|point| ZeroFlop {
        case_id: point.label.clone(),
        response: point.response,
    });
    Outcome::or_reason(found, || "no case has zero operations".to_owned())
}

fn a_a(samples: &Samples, view: &View) -> Outcome<AaPair> {
    let facts = |point: &Point| &samples.cases[point.case].facts;
    let alike = |a: &Point, b: &Point| {
        let (a, b) = (facts(a), facts(b));
        let same_kernel = (a.device, &a.op, &a.algorithm, &a.precision, &a.variant, &a.input)
            == (b.device, &b.op, &b.algorithm, &b.precision, &b.variant, &b.input);
        same_kernel && a.shape == b.shape && a.shape.0.iter().any(Option::is_some) && a.counts == b.counts
    };
    let controls: Vec<&Point> = view
        .points
        .iter()
        .filter(|point| facts(point).suites.contains("controls"))
        .collect();
    let pair = controls.iter().enumerate().find_map(|(index, first)| {
        Some((
            *first,
            *controls[index + 1..].iter().find(|second| alike(first, second))?,
        ))
    });
    let pair = pair.map(|(first, second)| AaPair {
        first: first.label.clone(),
        second: second.label.clone(),
        ratio: ratio(second, first),
    });
    Outcome::or_reason(pair, || {
        "no case of the suite controls was measured under two names".to_owned()
    })
}

/// Ratio of two responses; the interval from their relative errors, on the logarithm.
fn ratio(upper: &Point, lower: &Point) -> Estimate {
    let value = upper.response.value / lower.response.value;
    let error = upper.relative_error.hypot(lower.relative_error);
    let reach = 1.96 * error;
    let ci95 = (error > 0.0).then(|| [value * (-reach).exp(), value * reach.exp()]);
    Estimate { value, ci95 }
}

fn drift(samples: &Samples, view: &View) -> Outcome<Drift> {
    let mut ratios: BTreeMap<(u32, u32), Vec<f64>> = BTreeMap::new();
    for point in &view.points {
        let mut by_round: BTreeMap<(u32, u32), (f64, f64)> = BTreeMap::new();
        for window in &samples.cases[point.case].windows {
            if let Some(value) = view.response.of(window) {
                let (sum, count) = by_round.entry((window.run, window.round)).or_default();
                *sum += value;
                *count += 1.0;
            }
        }
        for (round, (sum, count)) in by_round {
            ratios
                .entry(round)
                .or_default()
                .push(sum / count / point.response.value);
        }
    }
    let rounds: Vec<f64> = ratios.values().filter_map(|ratios| geometric_mean(ratios)).collect();
    if rounds.len() < 2 {
        return Outcome::unavailable("there is only one round");
    }
    let largest = rounds.iter().map(|ratio| (ratio - 1.0).abs()).fold(0.0, f64::max);
    Outcome::Available(Drift { rounds, largest })
}
