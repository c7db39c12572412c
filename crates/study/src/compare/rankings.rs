//! Where rankings disagree: by time, by energy and by FLOPs within a set, and one case between sets. In: sets by case. Out: rank
//! correlations, and who is surely best by one measure and not by another.

use joulemark_base::objective::Objective;

use super::comparison::{Disagreement, Rankings, WithinSet};
use super::{ByName, ENERGY, TIME, Value};
use crate::cases::estimate;
use crate::samples::{Case, Count, Samples};
use crate::stats::rank::kendall_tau_b;

fn time_of(case: &Case) -> Option<f64> {
    estimate(case, TIME).map(|time| time.value)
}

fn energy_of(case: &Case) -> Option<f64> {
    estimate(case, ENERGY).map(|energy| energy.value)
}

pub(super) fn rankings(label: &str, samples: &Samples, cases: &ByName<'_>) -> Rankings {
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

pub(super) fn disagreements(sets: &[(String, Samples)], named: &[ByName<'_>]) -> Vec<Disagreement> {
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
