//! The bootstrap by clusters: families, then cases, then windows. In: a statistic of one resample. Out: its 95%
//! interval. Each replicate has a random stream of its own, so the result does not depend on the number of threads.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use statrs::distribution::{ContinuousCDF, Normal};

use joulemark_base::statistics::mean;
use joulemark_base::statistics::quantile_of_sorted;
use joulemark_base::statistics::t_quantile;
use joulemark_base::statistics::variance;

/// Fewer families than this are not resampled as such: their cases are.
pub const MIN_FAMILIES: usize = 4;

/// Above this many windows the mean of a resample is drawn from its normal limit instead.
const EXACT_WINDOWS: usize = 12;

/// Runs `statistic` once per replicate, on all cores, each with its own stream of random numbers.
pub fn replicate<T: Send>(count: usize, seed: u64, statistic: impl Fn(&mut ChaCha8Rng) -> T + Sync) -> Vec<T> {
    let replicates: Vec<u64> = (0..count as u64).collect();
    in_parallel(&replicates, |index| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(*index);
        statistic(&mut random)
    })
}

/// Maps items on all cores, in their order.
pub fn in_parallel<T: Sync, U: Send>(items: &[T], function: impl Fn(&T) -> U + Sync) -> Vec<U> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let chunk = items.len().div_ceil(threads).max(1);
    let function = &function;
    std::thread::scope(|scope| {
        let threads: Vec<_> = items
            .chunks(chunk)
            .map(|items| scope.spawn(move || items.iter().map(function).collect::<Vec<_>>()))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// Draws an index below `count`.
pub fn below(random: &mut impl Rng, count: usize) -> usize {
    ((u64::from(random.next_u32()) * count as u64) >> 32) as usize
}

/// Draws families with replacement, then cases with replacement inside each; with fewer than [`MIN_FAMILIES`] families,
/// cases from all of them.
pub fn draw_cases(random: &mut impl Rng, families: &[Vec<usize>], picks: &mut Vec<usize>) {
    picks.clear();
    if families.len() < MIN_FAMILIES {
        let count: usize = families.iter().map(Vec::len).sum();
        picks.extend((0..count).map(|_| {
            let mut index = below(random, count);
            let family = families.iter().find(|family| {
                let here = index < family.len();
                if !here {
                    index -= family.len();
                }
                here
            });
            family.map_or(0, |family| family[index])
        }));
        return;
    }
    for _ in 0..families.len() {
        let family = &families[below(random, families.len())];
        picks.extend((0..family.len()).map(|_| family[below(random, family.len())]));
    }
}

/// How often each of `cases` cases is drawn, per replicate.
#[must_use]
pub fn multiplicities(count: usize, seed: u64, families: &[Vec<usize>], cases: usize) -> Vec<Vec<f32>> {
    replicate(count, seed, |random| {
        let (mut picks, mut times) = (Vec::new(), vec![0.0; cases]);
        draw_cases(random, families, &mut picks);
        picks.iter().for_each(|pick| times[*pick] += 1.0);
        times
    })
}

/// The windows of one case, ready to be resampled.
#[derive(Clone, Debug, PartialEq)]
pub enum Windows {
    /// Few: each resample is drawn from them.
    Few(Vec<f64>),
    /// Many: the mean of a resample is as good as normal.
    Many {
        /// Their mean.
        mean: f64,
        /// Standard deviation of a resample's mean.
        deviation: f64,
    },
}

impl Windows {
    /// Takes the windows of one case; there must be at least one.
    #[must_use]
    pub fn new(values: Vec<f64>) -> Self {
        let count = values.len() as f64;
        match (mean(&values), variance(&values)) {
            (Some(mean), Some(variance)) if values.len() > EXACT_WINDOWS => Self::Many {
                mean,
                deviation: (variance * (count - 1.0)).sqrt() / count,
            },
            _ => Self::Few(values),
        }
    }

    /// The mean of one resample.
    pub fn draw(&self, random: &mut impl Rng) -> f64 {
        match self {
            Self::Few(values) if values.len() == 1 => values[0],
            Self::Few(values) => {
                let sum: f64 = (0..values.len()).map(|_| values[below(random, values.len())]).sum();
                sum / values.len() as f64
            }
            Self::Many { mean, deviation } => {
                let normal: f64 = StandardNormal.sample(random);
                mean + deviation * normal
            }
        }
    }
}

/// The 95% interval of replicated values: percentiles, widened as a t interval is for a small number of clusters
/// (the expanded percentile interval of Hesterberg, The American Statistician 69, 2015). `None` if more than a tenth
/// of the replicates had no value.
#[must_use]
pub fn interval(replicates: impl IntoIterator<Item = Option<f64>>, clusters: usize) -> Option<[f64; 2]> {
    let (mut values, mut all) = (Vec::new(), 0_usize);
    for value in replicates {
        all += 1;
        values.extend(value.filter(|value| value.is_finite()));
    }
    if clusters < 2 || values.len() * 10 < all * 9 {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let count = clusters as f64;
    let widened = (count / (count - 1.0)).sqrt() * t_quantile(0.025, count - 1.0);
    let tail = Normal::standard().cdf(widened);
    Some([
        quantile_of_sorted(&values, tail)?,
        quantile_of_sorted(&values, 1.0 - tail)?,
    ])
}
