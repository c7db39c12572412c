//! All ratios of one kind together. In: the cases that both sets have, and their ratios. Out: the geometric mean with an interval
//! that resamples families, cases and rounds, and how many cases changed.

use std::collections::BTreeMap;

use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::geometric_mean;

use super::comparison::Summary;
use super::{Change, Ratio, Value, rounds};
use crate::options::StudyOptions;
use crate::samples::Case;
use crate::stats::bootstrap::{MIN_FAMILIES, Windows, draw_cases, interval, replicate};

pub(super) fn summary(
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
    let clusters = if families.len() < MIN_FAMILIES {
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
