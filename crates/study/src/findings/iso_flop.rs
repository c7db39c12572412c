//! What differs where the operations are equal by construction. In: a view. Out: the typical ratio of two kernels of a cell
//! of equal FLOPs and precision, of energy and of power, with the cells; most over least as description.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::draws::{Bounded, Draws};
use super::view::{Point, View};
use crate::outcome::Outcome;
use crate::samples::Count;
use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::geometric_mean;

/// Cases of equal `flops_task` and precision on one device, over all such cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IsoFlop {
    /// exp(mean |ln Eᵢ/Eⱼ|) of two kernels (two families), geometric mean over the cells: it does not grow
    /// with the number of kernels.
    pub typical_ratio: Bounded,
    /// The same of power in place of energy: what FLOPs leave open beside time.
    pub typical_power_ratio: Option<f64>,
    /// The same of energy over pairs whose times differ by less than a tenth: what FLOPs and time leave open together.
    pub typical_ratio_at_equal_time: Option<f64>,
    /// Pairs of about equal time.
    pub pairs_at_equal_time: u64,
    /// Most over least, geometric mean over the cells: description, as it grows with the number of kernels.
    pub spread: Estimate,
    /// The largest spread of a cell.
    pub max_spread: f64,
    /// The cells, largest typical ratio first.
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
    /// exp(mean |ln Eᵢ/Eⱼ|).
    pub typical_ratio: f64,
    /// Most over least.
    pub spread: f64,
    /// The case that takes least.
    pub least: String,
    /// The case that takes most.
    pub most: String,
}

/// Times that differ by less than this share are about equal.
const EQUAL_TIME: f64 = 0.1;

/// Points of equal operations.
struct Cell {
    /// Index and logarithm of the value, which rises.
    members: Vec<(usize, f64)>,
    /// The places of members of one family, where there are several: these are no pairs.
    alike: Vec<Vec<usize>>,
}

pub(crate) fn find(view: &View, draws: &Draws) -> Outcome<IsoFlop> {
    let energy = |point: &Point| point.response.value;
    let cells = cells(view, energy);
    let drawn_once = vec![1_u8; view.points.len()];
    let Some(typical) = over_cells(&cells, &drawn_once, Cell::typical) else {
        return Outcome::unavailable("no two kernels have equal operations and precision");
    };
    let spread = over_cells(&cells, &drawn_once, Cell::spread).unwrap_or(typical);
    let spread_ci95 = draws.interval(|times| over_cells(&cells, times, Cell::spread).map(f64::exp));
    let power = self::cells(view, |point| point.response.value / point.time.value);
    let (at_equal_time, pairs) = at_equal_time(view, &cells);
    let mut listed: Vec<IsoFlopCell> = cells.iter().filter_map(|cell| cell.listed(view)).collect();
    listed.sort_by(|a, b| b.typical_ratio.total_cmp(&a.typical_ratio));
    Outcome::Available(IsoFlop {
        typical_ratio: draws.bounds_of_log(typical, |times| over_cells(&cells, times, Cell::typical)),
        typical_power_ratio: over_cells(&power, &drawn_once, Cell::typical).map(f64::exp),
        typical_ratio_at_equal_time: at_equal_time,
        pairs_at_equal_time: pairs,
        spread: Estimate {
            value: spread.exp(),
            ci95: spread_ci95,
        },
        max_spread: listed.iter().map(|cell| cell.spread).fold(1.0, f64::max),
        cells: listed,
    })
}

/// What the points of a cell share: device, precision, the bits of their operations.
type Equal<'a> = (usize, &'a str, u64);

/// Points by device, precision and operations; cells without a pair are none.
fn cells(view: &View, value: impl Fn(&Point) -> f64) -> Vec<Cell> {
    let mut cells: BTreeMap<Equal<'_>, Vec<(usize, f64)>> = BTreeMap::new();
    for (index, point) in view.points.iter().enumerate() {
        if let Some(flops) = point.count(Count::FlopsTask) {
            cells
                .entry((point.device, &point.precision, flops.to_bits()))
                .or_default()
                .push((index, value(point).ln()));
        }
    }
    let cell = |mut members: Vec<(usize, f64)>| {
        members.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut families: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, (index, _)) in members.iter().enumerate() {
            families.entry(view.points[*index].family).or_default().push(place);
        }
        let has_pair = families.len() > 1;
        let alike = families.into_values().filter(|places| places.len() > 1).collect();
        has_pair.then_some(Cell { members, alike })
    };
    cells.into_values().filter_map(cell).collect()
}

/// The mean of a statistic over the cells, each as often as its members were drawn on average.
fn over_cells(cells: &[Cell], times: &[u8], statistic: fn(&Cell, &[u8]) -> Option<f64>) -> Option<f64> {
    let (mut sum, mut weight) = (0.0, 0.0);
    for cell in cells {
        if let Some(value) = statistic(cell, times) {
            let drawn: u32 = cell.members.iter().map(|(index, _)| u32::from(times[*index])).sum();
            let own = f64::from(drawn) / cell.members.len() as f64;
            sum += own * value;
            weight += own;
        }
    }
    (weight > 0.0).then(|| sum / weight)
}

impl Cell {
    /// Mean |ln Eᵢ/Eⱼ| over pairs of two families, each as often as it was drawn.
    fn typical(&self, times: &[u8]) -> Option<f64> {
        let (mut sum, mut pairs) = self.differences(times, 0..self.members.len());
        for places in &self.alike {
            let (own, own_pairs) = self.differences(times, places.iter().copied());
            (sum, pairs) = (sum - own, pairs - own_pairs);
        }
        (pairs > 0.5).then(|| (sum / pairs).max(0.0))
    }

    /// Sum of the differences over all pairs of these places, which rise, and how many pairs there are.
    fn differences(&self, times: &[u8], places: impl Iterator<Item = usize>) -> (f64, f64) {
        let (mut before, mut before_sum, mut sum, mut pairs) = (0.0, 0.0, 0.0, 0.0);
        for place in places {
            let (index, value) = self.members[place];
            let own = f64::from(times[index]);
            sum += own * (value * before - before_sum);
            pairs += own * before;
            before += own;
            before_sum += own * value;
        }
        (sum, pairs)
    }

    /// ln of most over least of those that were drawn.
    fn spread(&self, times: &[u8]) -> Option<f64> {
        let mut drawn = self.members.iter().filter(|(index, _)| times[*index] > 0);
        let (first, last) = (drawn.next()?, drawn.next_back()?);
        Some(last.1 - first.1)
    }

    fn listed(&self, view: &View) -> Option<IsoFlopCell> {
        let all = vec![1_u8; view.points.len()];
        let point = |member: Option<&(usize, f64)>| member.map(|(index, _)| &view.points[*index]);
        let (least, most) = (point(self.members.first())?, point(self.members.last())?);
        Some(IsoFlopCell {
            flops_task: least.count(Count::FlopsTask)?,
            precision: least.precision.clone(),
            cases: self.members.len(),
            typical_ratio: self.typical(&all)?.exp(),
            spread: most.response.value / least.response.value,
            least: least.label.clone(),
            most: most.label.clone(),
        })
    }
}

/// The typical ratio over pairs of about equal time, each cell once, and how many pairs there are.
fn at_equal_time(view: &View, cells: &[Cell]) -> (Option<f64>, u64) {
    let (mut ratios, mut pairs) = (Vec::new(), 0);
    for cell in cells {
        // By time, so that the pairs of a case stand next to it.
        let mut members: Vec<(&Point, f64)> = cell
            .members
            .iter()
            .map(|(i, value)| (&view.points[*i], *value))
            .collect();
        members.sort_by(|a, b| a.0.time.value.total_cmp(&b.0.time.value));
        let (mut sum, mut count) = (0.0, 0_u64);
        for (index, (point, value)) in members.iter().enumerate() {
            let near = members[index + 1..]
                .iter()
                .take_while(|(other, _)| other.time.value < (1.0 + EQUAL_TIME) * point.time.value)
                .filter(|(other, _)| other.family != point.family);
            for (_, other) in near {
                sum += (value - other).abs();
                count += 1;
            }
        }
        if count > 0 {
            ratios.push((sum / count as f64).exp());
        }
        pairs += count;
    }
    (geometric_mean(&ratios), pairs)
}
