//! What a user acts on: on each problem, what the fastest kernel takes more than the thriftiest, and what choosing by a cost
//! that is no energy takes more. In: a view. Out: four numbers with intervals by problems.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::view::{Point, Response, View};
use crate::outcome::Outcome;
use crate::samples::Count;
use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::{mean, mean_ci95};

/// Of each problem in each precision that two kernels or more computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Problems times precisions.
    pub contests: usize,
    /// Problems; what the intervals are by.
    pub problems: usize,
    /// Energy of the fastest kernel over that of the thriftiest, geometric mean.
    pub fastest_over_thriftiest: Estimate,
    /// Share of contests in which fastest and thriftiest are two kernels that differ for certain in time and in energy.
    pub surely_two_kernels: Outcome<Estimate>,
    /// Energy of the kernel chosen by a cost over that of the thriftiest, geometric mean: by `flops`, `executed_operations`,
    /// `bytes` and `time`. Among equals by a cost the choice is blind: their geometric mean stands for it.
    pub regret: BTreeMap<String, Estimate>,
}

/// The costs that one could choose by.
type Cost = fn(&Point) -> Option<f64>;
const COSTS: [(&str, Cost); 4] = [
    ("flops", |point| point.count(Count::FlopsTask)),
    ("executed_operations", |point| point.count(Count::OpsExecuted)),
    ("bytes", |point| {
        point.count(Count::BytesModel).or(point.count(Count::BytesMin))
    }),
    ("time", |point| Some(point.time.value)),
];

pub(crate) fn find(view: &View) -> Outcome<Action> {
    if view.response == Response::Time {
        return Outcome::unavailable("no energy was measured");
    }
    let mut contests: BTreeMap<(usize, usize, &str), Vec<&Point>> = BTreeMap::new();
    for point in &view.points {
        let key = (point.device, point.problem, point.precision.as_str());
        contests.entry(key).or_default().push(point);
    }
    contests.retain(|_, kernels| kernels.len() > 1);
    if contests.is_empty() {
        return Outcome::unavailable("no problem was computed by two kernels in one precision");
    }
    // Logarithms of ratios, by problem.
    let mut by_problem: BTreeMap<&str, BTreeMap<usize, Vec<f64>>> = BTreeMap::new();
    let mut certain: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for ((_, problem, _), kernels) in &contests {
        let Some((fastest, thriftiest)) = best(kernels, |p| p.time.value).zip(best(kernels, |p| p.response.value))
        else {
            continue;
        };
        let is_certain = apart(&fastest.time, &thriftiest.time) && apart(&thriftiest.response, &fastest.response);
        certain
            .entry(*problem)
            .or_default()
            .push(f64::from(u8::from(is_certain)));
        for (name, cost) in COSTS {
            if let Some(chosen) = chosen(kernels, cost) {
                let regret = chosen - thriftiest.response.value.ln();
                by_problem
                    .entry(name)
                    .or_default()
                    .entry(*problem)
                    .or_default()
                    .push(regret);
            }
        }
    }
    let over_problems = |logs: &BTreeMap<usize, Vec<f64>>| -> Option<Estimate> {
        let means: Vec<f64> = logs.values().filter_map(|logs| mean(logs)).collect();
        let found = mean_ci95(&means)?;
        // No choice takes less than the thriftiest.
        let ci95 = found
            .ci95
            .filter(|_| view.has_rounds)
            .map(|ci95| ci95.map(|bound| bound.max(0.0).exp()));
        Some(Estimate {
            value: found.value.exp(),
            ci95,
        })
    };
    let regret: BTreeMap<String, Estimate> = by_problem
        .iter()
        .filter_map(|(name, logs)| Some(((*name).to_owned(), over_problems(logs)?)))
        .collect();
    let Some(fastest_over_thriftiest) = regret.get("time").copied() else {
        return Outcome::unavailable("no problem was computed by two kernels in one precision");
    };
    Outcome::Available(Action {
        contests: contests.len(),
        problems: certain.len(),
        fastest_over_thriftiest,
        surely_two_kernels: match view.has_rounds {
            true => Outcome::or_reason(share(&certain), || "no problem was computed by two kernels".to_owned()),
            false => Outcome::unavailable("fewer than three rounds: whether two kernels differ is not known"),
        },
        regret,
    })
}

fn best<'a>(kernels: &[&'a Point], value: impl Fn(&Point) -> f64) -> Option<&'a Point> {
    kernels.iter().copied().min_by(|a, b| value(a).total_cmp(&value(b)))
}

/// Whether the first is surely below the second.
fn apart(less: &Estimate, more: &Estimate) -> bool {
    let bounds = less.ci95.zip(more.ci95);
    bounds.is_some_and(|([_, high], [low, _])| high < low)
}

/// ln of the energy that a blind choice among the cheapest by a cost takes; `None` where one has no such cost.
fn chosen(kernels: &[&Point], cost: Cost) -> Option<f64> {
    let costs = kernels.iter().map(|point| cost(point)).collect::<Option<Vec<f64>>>()?;
    let least = costs.iter().copied().reduce(f64::min)?;
    let cheapest = kernels.iter().zip(&costs).filter(|(_, cost)| **cost <= least);
    mean(&cheapest.map(|(point, _)| point.response.value.ln()).collect::<Vec<_>>())
}

/// The share with Wilson's interval (1927), as if each problem were one trial.
fn share(certain: &BTreeMap<usize, Vec<f64>>) -> Option<Estimate> {
    let shares: Vec<f64> = certain.values().filter_map(|found| mean(found)).collect();
    let all: Vec<f64> = certain.values().flatten().copied().collect();
    let (value, count, z) = (mean(&all)?, shares.len() as f64, 1.96_f64);
    let centre = (value + z * z / (2.0 * count)) / (1.0 + z * z / count);
    let reach = z / (1.0 + z * z / count) * (value * (1.0 - value) / count + z * z / (4.0 * count * count)).sqrt();
    Some(Estimate {
        value,
        ci95: Some([(centre - reach).max(0.0), (centre + reach).min(1.0)]),
    })
}
