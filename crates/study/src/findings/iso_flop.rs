//! The spread of energy where the operations are equal by construction. In: a view. Out: largest over smallest energy
//! per cell, its geometric mean with an interval, and the same for what noise alone would give.

use std::collections::BTreeMap;

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::view::{Point, View};
use super::{Outcome, StudyOptions};
use crate::samples::Count;
use crate::stats::bootstrap::{below, interval, replicate};
use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::geometric_mean;
use joulemark_base::statistics::median;

/// Largest over smallest energy among cases of equal `flops_task` and precision on one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IsoFlopSpread {
    /// Geometric mean over the cells.
    pub geometric_mean: f64,
    /// Its 95% interval, by resampling cells and windows.
    pub ci95: Option<[f64; 2]>,
    /// The largest spread of a cell.
    pub max: f64,
    /// What the geometric mean would be if the cases of a cell differed by measurement noise only.
    pub replicate_spread: f64,
    /// The cells, largest spread first.
    pub cells: Vec<IsoFlopCell>,
}

/// Cases of equal operations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IsoFlopCell {
    /// Their operations.
    pub flops_task: f64,
    /// Their precision.
    pub precision: String,
    /// How many there are.
    pub cases: usize,
    /// Largest over smallest.
    pub spread: f64,
    /// The case that takes least.
    pub least: String,
    /// The case that takes most.
    pub most: String,
}

pub(crate) fn spread(view: &View, options: StudyOptions) -> Outcome<IsoFlopSpread> {
    let cells = cells(view);
    if cells.is_empty() {
        return Outcome::unavailable("no two cases have equal operations and precision");
    }
    let spreads: Vec<f64> = cells.iter().map(|cell| cell_of(cell).spread).collect();
    let replicates = replicate(options.replicates, options.seed, |random| {
        let drawn: Vec<f64> = (0..cells.len())
            .map(|_| {
                max_over_min(
                    cells[below(random, cells.len())]
                        .iter()
                        .map(|point| point.windows.draw(random)),
                )
            })
            .collect();
        geometric_mean(&drawn)
    });
    // Only a median is wanted of these, so a few will do.
    let noise = replicate(options.replicates.min(400), options.seed, |random| {
        let drawn: Vec<f64> = cells
            .iter()
            .map(|cell| max_over_min(cell.iter().map(|point| noise_only(point, random))))
            .collect();
        geometric_mean(&drawn)
    });
    // Noise widens the largest over the smallest of a resample further than it did that of the data; taken back here.
    let middle = median(&replicates.iter().flatten().copied().collect::<Vec<_>>());
    let shift = middle
        .zip(geometric_mean(&spreads))
        .map_or(1.0, |(middle, value)| value / middle);
    let centred = replicates
        .into_iter()
        .map(|spread| spread.map(|spread| (spread * shift).max(1.0)));
    // With one cell there is nothing to resample but its windows; then the interval speaks of noise only.
    let clusters = if cells.len() == 1 {
        view.points.len()
    } else {
        cells.len()
    };
    let noise: Vec<f64> = noise.into_iter().flatten().collect();
    let mut listed: Vec<IsoFlopCell> = cells.iter().map(|cell| cell_of(cell)).collect();
    listed.sort_by(|a, b| b.spread.total_cmp(&a.spread));
    Outcome::Available(IsoFlopSpread {
        geometric_mean: geometric_mean(&spreads).unwrap_or(1.0),
        ci95: interval(centred, clusters),
        max: listed[0].spread,
        replicate_spread: median(&noise).unwrap_or(1.0),
        cells: listed,
    })
}

/// Points by device, precision and operations; cells of one are none.
fn cells(view: &View) -> Vec<Vec<&Point>> {
    let mut cells: BTreeMap<(usize, &str, u64), Vec<&Point>> = BTreeMap::new();
    for point in &view.points {
        if let Some(flops) = point.count(Count::FlopsTask) {
            cells
                .entry((point.device, &point.precision, flops.to_bits()))
                .or_default()
                .push(point);
        }
    }
    cells.into_values().filter(|cell| cell.len() > 1).collect()
}

fn cell_of(cell: &[&Point]) -> IsoFlopCell {
    let by_response = |a: &&&Point, b: &&&Point| a.response.value.total_cmp(&b.response.value);
    let (least, most) = (cell.iter().min_by(by_response), cell.iter().max_by(by_response));
    let label = |point: Option<&&Point>| point.map_or_else(String::new, |point| point.label.clone());
    IsoFlopCell {
        flops_task: cell[0].count(Count::FlopsTask).unwrap_or(0.0),
        precision: cell[0].precision.clone(),
        cases: cell.len(),
        spread: max_over_min(cell.iter().map(|point| point.response.value)),
        least: label(least),
        most: label(most),
    }
}

fn max_over_min(values: impl Iterator<Item = f64>) -> f64 {
    let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    high / low
}

fn noise_only(point: &Point, random: &mut impl Rng) -> f64 {
    let normal: f64 = StandardNormal.sample(random);
    (point.relative_error * normal).exp()
}

impl IsoFlopSpread {
    /// The geometric mean with its interval.
    #[must_use]
    pub const fn estimate(&self) -> Estimate {
        Estimate {
            value: self.geometric_mean,
            ci95: self.ci95,
        }
    }
}
