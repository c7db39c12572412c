//! Pairs in which clearly fewer operations cost clearly more energy. In: a view. Out: their share of the pairs of one device
//! whose operations stand in a given ratio, with its interval, and the worst pair by name.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::draws::{Bounded, Draws};
use super::view::View;
use crate::options::StudyOptions;
use crate::outcome::Outcome;
use crate::samples::Count;
use crate::stats::bootstrap::below;

/// Which pairs are looked at: the ratio of their operations lies between these.
pub(crate) type Band = [f64; 2];

/// Near pairs: over all pairs the share measures the range of sizes.
pub(crate) const NEAR: Band = [1.5, 3.0];
/// All pairs that differ at all, as the first version of the rule had it.
pub(crate) const ALL: Band = [1.5, f64::INFINITY];

/// Inverted pairs that are told by name.
const EXAMPLES: usize = 5;

/// Pairs that the interval is made of; where there are more, so many are drawn at random. Their share is then off by at most
/// 0.4 points (a standard deviation), and the share itself is counted over all.
const MOST_PAIRS: u64 = 16_384;

/// Share of pairs with more operations and less energy, whose 95% intervals do not overlap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inversions {
    /// The share, 0 to 1, with its interval.
    pub share: Bounded,
    /// Pairs that were looked at.
    pub pairs: u64,
    /// Inverted ones among them.
    pub inverted: u64,
    /// Pairs drawn for the interval; as many as there are if those are few.
    pub sampled_pairs: u64,
    /// The pair with the largest (F_i/F_j)·(E_j/E_i); `None` if no pair is inverted.
    pub worst: Option<Inversion>,
    /// The worst pairs, at most five, no case twice; the first is `worst`.
    pub examples: Vec<Inversion>,
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

/// A case as pairs need it.
#[derive(Clone, Copy)]
struct Side {
    point: usize,
    flops: f64,
    low: f64,
    high: f64,
    value: f64,
}

/// The cases of one device by rising operations; for each the range of those that it makes a pair with.
struct Row {
    sides: Vec<Side>,
    partners: Vec<(usize, usize)>,
}

pub(crate) fn find(view: &View, draws: &Draws, band: Band, options: StudyOptions) -> Outcome<Inversions> {
    if !view.has_rounds {
        return Outcome::unavailable("fewer than three rounds: whether two cases differ is not known");
    }
    let devices = view
        .points
        .iter()
        .map(|point| point.device)
        .max()
        .map_or(0, |most| most + 1);
    let rows: Vec<Row> = (0..devices).map(|device| Row::of(view, device, band)).collect();
    let pairs: u64 = rows.iter().map(Row::pairs).sum();
    if pairs == 0 {
        return Outcome::unavailable(match band[1].is_finite() {
            true => "no two cases differ in operations by a factor of 1.5 to 3",
            false => "no two cases differ in operations by a factor of 1.5",
        });
    }
    let (mut inverted, mut worst) = (0, Worst::default());
    for row in &rows {
        row.each_pair(|more, less| {
            if is_inverted(more, less) {
                inverted += 1;
                worst.take(more, less);
            }
        });
    }
    let sample = sample(&rows, pairs, options.seed);
    let share = |times: &[u8]| {
        let (mut all, mut wrong) = (0_u64, 0_u64);
        for (a, b, inverted) in &sample {
            let drawn = u64::from(times[*a as usize]) * u64::from(times[*b as usize]);
            all += drawn;
            wrong += drawn * u64::from(*inverted);
        }
        (all > 0).then(|| wrong as f64 / all as f64)
    };
    let examples = worst.named(view);
    let value = inverted as f64 / pairs as f64;
    Outcome::Available(Inversions {
        share: draws.bounds(value, share),
        pairs,
        inverted,
        sampled_pairs: sample.len() as u64,
        worst: examples.first().cloned(),
        examples,
    })
}

fn is_inverted(more: &Side, less: &Side) -> bool {
    more.high < less.low
}

impl Row {
    fn of(view: &View, device: usize, [least, most]: Band) -> Self {
        let on_device = view
            .points
            .iter()
            .enumerate()
            .filter(|(_, point)| point.device == device);
        let mut sides: Vec<Side> = on_device
            .filter_map(|(index, point)| {
                let [low, high] = point.response.ci95?;
                Some(Side {
                    point: index,
                    flops: point.count(Count::FlopsTask)?,
                    low,
                    high,
                    value: point.response.value,
                })
            })
            .collect();
        sides.sort_by(|a, b| a.flops.total_cmp(&b.flops));
        let partners = sides.iter().map(|more| {
            let begin = sides.partition_point(|less| less.flops * most < more.flops);
            (begin, sides.partition_point(|less| less.flops * least <= more.flops))
        });
        let partners = partners.map(|(begin, end)| (begin.min(end), end)).collect();
        Self { sides, partners }
    }

    fn pairs(&self) -> u64 {
        self.partners.iter().map(|(begin, end)| (end - begin) as u64).sum()
    }

    fn each_pair(&self, mut visit: impl FnMut(&Side, &Side)) {
        for (more, (begin, end)) in self.sides.iter().zip(&self.partners) {
            self.sides[*begin..*end].iter().for_each(|less| visit(more, less));
        }
    }
}

/// All pairs, or as many as the interval needs, drawn with replacement: two points and whether the pair is inverted.
fn sample(rows: &[Row], pairs: u64, seed: u64) -> Vec<(u32, u32, bool)> {
    let entry = |more: &Side, less: &Side| (more.point as u32, less.point as u32, is_inverted(more, less));
    let mut found = Vec::new();
    if pairs <= MOST_PAIRS {
        for row in rows {
            row.each_pair(|more, less| found.push(entry(more, less)));
        }
        return found;
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // A pair in a pass through the cases every so often, at a random place in each stretch.
    let stretch = pairs as f64 / MOST_PAIRS as f64;
    let (mut next, mut before) = (0_u64, 0_u64);
    let mut place = |index: u64| (index as f64 * stretch) as u64 + below(&mut random, stretch.ceil() as usize) as u64;
    let mut wanted = place(0);
    for row in rows {
        for (more, (begin, end)) in row.sides.iter().zip(&row.partners) {
            let own = (end - begin) as u64;
            while next < MOST_PAIRS && wanted < before + own {
                let less = &row.sides[begin + (wanted.max(before) - before) as usize];
                found.push(entry(more, less));
                next += 1;
                wanted = place(next);
            }
            before += own;
        }
    }
    found
}

/// The worst inverted pairs so far: a few more than are told, as a case is told once only.
#[derive(Default)]
struct Worst {
    kept: Vec<(f64, Side, Side)>,
    /// What a pair has to pass to be kept.
    least: f64,
}

/// Candidates that are kept: enough that five without a case in common are nearly always among them.
const CANDIDATES: usize = 400;

impl Worst {
    fn take(&mut self, more: &Side, less: &Side) {
        let badness = more.flops / less.flops * less.value / more.value;
        if badness <= self.least {
            return;
        }
        self.kept.push((badness, *more, *less));
        if self.kept.len() >= 2 * CANDIDATES {
            self.kept.sort_by(order);
            self.kept.truncate(CANDIDATES);
            self.least = self.kept[CANDIDATES - 1].0;
        }
    }

    fn named(mut self, view: &View) -> Vec<Inversion> {
        self.kept.sort_by(order);
        let mut told: Vec<(Side, Side)> = Vec::new();
        for (_, more, less) in self.kept {
            let is_fresh = |side: &Side| told.iter().all(|(a, b)| a.point != side.point && b.point != side.point);
            if told.len() < EXAMPLES && is_fresh(&more) && is_fresh(&less) {
                told.push((more, less));
            }
        }
        let named = told.into_iter().map(|(more, less)| Inversion {
            more_flops: view.points[more.point].label.clone(),
            more_energy: view.points[less.point].label.clone(),
            flops_ratio: more.flops / less.flops,
            energy_ratio: less.value / more.value,
        });
        named.collect()
    }
}

fn order(a: &(f64, Side, Side), b: &(f64, Side, Side)) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0)
        .then((a.1.point, a.2.point).cmp(&(b.1.point, b.2.point)))
}
