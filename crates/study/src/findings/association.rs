//! How closely the response follows one predictor, and what remains of that once others are known. In: a view. Out:
//! correlations with intervals by the cluster bootstrap.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::view::{Point, Response, View};
use super::{Outcome, StudyOptions};
use crate::samples::Count;
use crate::stats::bootstrap::{interval, replicate};
use crate::stats::correlation::{partial, pearson};
use crate::stats::describe::Estimate;
use crate::stats::rank::{kendall_tau_b, spearman};

/// How closely the response follows one predictor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Association {
    /// Cases in which the predictor is known and above zero.
    pub cases: usize,
    /// log10 of its largest value over its smallest: correlations grow with it.
    pub range_decades: f64,
    /// Pearson's r of the logarithms.
    pub pearson_loglog: Outcome<Estimate>,
    /// Its square.
    pub r2_loglog: Outcome<Estimate>,
    /// Pearson's r² of the raw values.
    pub r2_linear: Outcome<Estimate>,
    /// Spearman's rho.
    pub spearman: Outcome<Estimate>,
    /// Kendall's tau-b.
    pub kendall: Outcome<Estimate>,
}

/// Partial correlations of logarithms, each given the other two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Partial {
    /// Cases in which all of them are known.
    pub cases: usize,
    /// Response with operations, given bytes and time.
    pub flops_given_bytes_and_time: Outcome<Estimate>,
    /// Response with bytes, given operations and time.
    pub bytes_given_flops_and_time: Outcome<Estimate>,
    /// Response with time, given operations and bytes.
    pub time_given_flops_and_bytes: Outcome<Estimate>,
}

/// Associations with operations, bytes and (for energies) time, by predictor.
pub(crate) fn all(view: &View, options: StudyOptions) -> BTreeMap<String, Outcome<Association>> {
    let count = |count: Count| move |point: &Point| point.count(count);
    let mut found = BTreeMap::new();
    for predictor in [Count::FlopsTask, Count::BytesMin] {
        found.insert(
            predictor.column().to_owned(),
            association(view, predictor.column(), count(predictor), options),
        );
    }
    if view.response != Response::Time {
        found.insert(
            "time".to_owned(),
            association(view, "time", |point| Some(point.time_s), options),
        );
    }
    found
}

fn association(
    view: &View,
    name: &str,
    predictor: impl Fn(&Point) -> Option<f64>,
    options: StudyOptions,
) -> Outcome<Association> {
    let view = view.filter(|point| predictor(point).is_some());
    if view.points.len() < 3 {
        return Outcome::unavailable(format!(
            "{name} is known in {} cases; at least 3 are needed",
            view.points.len()
        ));
    }
    let x: Vec<f64> = view.points.iter().filter_map(&predictor).collect();
    let y: Vec<f64> = view.points.iter().map(|point| point.response.value).collect();
    let log_x = logs(&x);
    let point_values = coefficients(&x, &log_x, &y);
    let replicates = replicate(options.replicates, options.seed, |random| {
        let (mut picks, mut y) = (Vec::new(), Vec::new());
        view.draw(random, &mut picks, &mut y);
        let x: Vec<f64> = picks.iter().map(|pick| x[*pick]).collect();
        let log_x: Vec<f64> = picks.iter().map(|pick| log_x[*pick]).collect();
        coefficients(&x, &log_x, &y)
    });
    let outcome = |index: usize| {
        let value = point_values[index].map(|value| Estimate {
            value,
            ci95: interval(replicates.iter().map(|values| values[index]), view.clusters()),
        });
        Outcome::or_reason(value, || {
            format!("{name} or {} is the same in all cases", view.response.name())
        })
    };
    let (low, high) = x
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(*x), high.max(*x)));
    Outcome::Available(Association {
        cases: x.len(),
        range_decades: (high / low).log10(),
        pearson_loglog: outcome(0),
        r2_loglog: outcome(1),
        r2_linear: outcome(2),
        spearman: outcome(3),
        kendall: outcome(4),
    })
}

fn logs(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value.ln()).collect()
}

/// In the order of [`Association`]'s fields.
fn coefficients(x: &[f64], log_x: &[f64], y: &[f64]) -> [Option<f64>; 5] {
    let log_y = logs(y);
    let pearson_loglog = pearson(log_x, &log_y).filter(|r| r.is_finite());
    [
        pearson_loglog,
        pearson_loglog.map(|r| r * r),
        pearson(x, y).map(|r| r * r),
        spearman(x, y),
        kendall_tau_b(x, y),
    ]
}

/// The three partial correlations.
pub(crate) fn partials(view: &View, options: StudyOptions) -> Outcome<Partial> {
    if view.response == Response::Time {
        return Outcome::unavailable("time is the response here, so nothing can be given time");
    }
    let known = |point: &Point| point.count(Count::FlopsTask).zip(point.count(Count::BytesMin));
    let view = view.filter(|point| known(point).is_some());
    if view.points.len() < 6 {
        return Outcome::unavailable(format!(
            "flops_task and bytes_min are both known in {} cases; at least 6 are needed",
            view.points.len()
        ));
    }
    let columns = |picks: &[usize]| -> [Vec<f64>; 3] {
        let column = |value: &dyn Fn(&Point) -> f64| picks.iter().map(|pick| value(&view.points[*pick]).ln()).collect();
        [
            column(&|point| known(point).map_or(1.0, |(flops, _)| flops)),
            column(&|point| known(point).map_or(1.0, |(_, bytes)| bytes)),
            column(&|point| point.time_s),
        ]
    };
    let coefficients = |[flops, bytes, time]: &[Vec<f64>; 3], response: &[f64]| {
        [
            partial(response, flops, &[bytes, time]),
            partial(response, bytes, &[flops, time]),
            partial(response, time, &[flops, bytes]),
        ]
    };
    let everything: Vec<usize> = (0..view.points.len()).collect();
    let responses: Vec<f64> = view.points.iter().map(|point| point.response.value).collect();
    let values = coefficients(&columns(&everything), &logs(&responses));
    let replicates = replicate(options.replicates, options.seed, |random| {
        let (mut picks, mut responses) = (Vec::new(), Vec::new());
        view.draw(random, &mut picks, &mut responses);
        coefficients(&columns(&picks), &logs(&responses))
    });
    let outcome = |index: usize| {
        let value = values[index].map(|value| Estimate {
            value,
            ci95: interval(replicates.iter().map(|values| values[index]), view.clusters()),
        });
        Outcome::or_reason(value, || "one of them follows wholly from the others".to_owned())
    };
    Outcome::Available(Partial {
        cases: view.points.len(),
        flops_given_bytes_and_time: outcome(0),
        bytes_given_flops_and_time: outcome(1),
        time_given_flops_and_bytes: outcome(2),
    })
}
