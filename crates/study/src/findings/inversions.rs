//! Pairs in which clearly fewer operations cost clearly more energy. In: a view. Out: their share of all pairs that
//! could be inverted, with its interval, and the worst pair by name.

use serde::{Deserialize, Serialize};

use super::Outcome;
use super::view::View;
use crate::samples::Count;
use crate::stats::bootstrap::{in_parallel, interval};
use joulemark_base::estimate::Estimate;

/// A pair counts only if one side has at least this many times the other's operations.
const FLOPS_RATIO: f64 = 1.5;

/// Inverted pairs that are told by name.
const EXAMPLES: usize = 5;

/// Share of pairs with F_i ≥ 1.5·F_j and E_i < E_j whose 95% intervals do not overlap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inversions {
    /// The share, 0 to 1.
    pub fraction: f64,
    /// Its 95% interval.
    pub ci95: Option<[f64; 2]>,
    /// Pairs with F_i ≥ 1.5·F_j.
    pub pairs: u64,
    /// Inverted ones among them.
    pub inverted: u64,
    /// The pair with the largest (F_i/F_j)·(E_j/E_i); `None` if no pair is inverted.
    pub worst: Option<Inversion>,
    /// The worst pairs, at most five, no case twice; the first is `worst`.
    pub examples: Vec<Inversion>,
    /// Cases of a single window: they have no interval and count with their value.
    pub cases_without_interval: usize,
}

/// One inverted pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inversion {
    /// The case with more operations and less energy.
    pub more_flops: String,
    /// The case with fewer operations and more energy.
    pub more_energy: String,
    /// How many times more operations the first has.
    pub flops_ratio: f64,
    /// How many times more energy the second takes.
    pub energy_ratio: f64,
}

/// `times` says how often each point is drawn, per replicate.
pub(crate) fn find(view: &View, times: &[Vec<f32>]) -> Outcome<Inversions> {
    let flops: Vec<f64> = view
        .points
        .iter()
        .map(|point| point.count(Count::FlopsTask).unwrap_or(0.0))
        .collect();
    let mut order: Vec<usize> = (0..flops.len()).filter(|case| flops[*case] > 0.0).collect();
    order.sort_by(|a, b| flops[*a].total_cmp(&flops[*b]));
    // For each case in order, how many of the cases before it have at most 1/1.5 of its operations.
    let fewer: Vec<usize> = order
        .iter()
        .map(|case| order.partition_point(|other| flops[*other] * FLOPS_RATIO <= flops[*case]))
        .collect();
    let pairs: u64 = fewer.iter().map(|count| *count as u64).sum();
    if pairs == 0 {
        return Outcome::unavailable("no two cases differ in operations by a factor of 1.5");
    }
    let mut found: Vec<(f64, usize, usize)> = Vec::new();
    let inverted: Vec<Vec<usize>> = order
        .iter()
        .zip(&fewer)
        .map(|(more, count)| {
            let high = view.points[*more].response.high();
            let inverted: Vec<usize> = order[..*count]
                .iter()
                .copied()
                .filter(|less| high < view.points[*less].response.low())
                .collect();
            for less in &inverted {
                let badness =
                    flops[*more] / flops[*less] * view.points[*less].response.value / view.points[*more].response.value;
                found.push((badness, *more, *less));
            }
            inverted
        })
        .collect();
    let count: u64 = inverted.iter().map(|cases| cases.len() as u64).sum();
    let examples: Vec<Inversion> = worst_pairs(found)
        .into_iter()
        .map(|(more, less)| Inversion {
            more_flops: view.points[more].label.clone(),
            more_energy: view.points[less].label.clone(),
            flops_ratio: flops[more] / flops[less],
            energy_ratio: view.points[less].response.value / view.points[more].response.value,
        })
        .collect();
    let replicates = in_parallel(times, |times| share(&order, &fewer, &inverted, times));
    Outcome::Available(Inversions {
        fraction: count as f64 / pairs as f64,
        ci95: interval(replicates, view.clusters()),
        pairs,
        inverted: count,
        worst: examples.first().cloned(),
        examples,
        cases_without_interval: order
            .iter()
            .filter(|case| view.points[**case].response.ci95.is_none())
            .count(),
    })
}

/// The worst pairs, no case twice.
fn worst_pairs(mut found: Vec<(f64, usize, usize)>) -> Vec<(usize, usize)> {
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut worst: Vec<(usize, usize)> = Vec::new();
    for (_, more, less) in found {
        let fresh = |case: usize| worst.iter().all(|(a, b)| *a != case && *b != case);
        if fresh(more) && fresh(less) {
            worst.push((more, less));
        }
        if worst.len() == EXAMPLES {
            break;
        }
    }
    worst
}

/// The share of inverted pairs when each case stands there `weights` times.
fn share(order: &[usize], fewer: &[usize], inverted: &[Vec<usize>], weights: &[f32]) -> Option<f64> {
    let mut before = Vec::with_capacity(order.len() + 1);
    before.push(0.0);
    for case in order {
        before.push(before[before.len() - 1] + f64::from(weights[*case]));
    }
    let (mut all, mut wrong) = (0.0, 0.0);
    for (place, case) in order.iter().enumerate().filter(|(_, case)| weights[**case] > 0.0) {
        all += f64::from(weights[*case]) * before[fewer[place]];
        let below: f32 = inverted[place].iter().map(|less| weights[*less]).sum();
        wrong += f64::from(weights[*case] * below);
    }
    (all > 0.0).then(|| wrong / all)
}

impl Inversions {
    /// The share with its interval.
    #[must_use]
    pub const fn estimate(&self) -> Estimate {
        Estimate {
            value: self.fraction,
            ci95: self.ci95,
        }
    }
}
