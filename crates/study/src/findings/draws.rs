//! The bootstrap of the rule: families are drawn whole and problems across them, since kernels stand in every cell and cells
//! are not independent. In: a view. Out: how often each point is drawn in each replicate, and intervals.

use rand_chacha::ChaCha8Rng;

use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::{quantile_of_sorted, t_quantile, variance};
use serde::{Deserialize, Serialize};

use super::view::View;
use crate::options::StudyOptions;
use crate::stats::bootstrap::{below, in_parallel, interval, replicate};

/// Fewer families or problems than this are not drawn: all of them stand in each replicate.
const MIN_DRAWN: usize = 4;

/// The 95% quantile of the standard normal distribution: a one-sided 95% bound lies so many deviations below a value.
const NORMAL_95: f64 = 1.644_853_626_951_472_2;

/// A number that the rule asks for: with its two-sided 95% interval, and the one-sided bound that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounded {
    /// The value and its interval.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// The lower 95% bound: what the truth exceeds with 95% confidence.
    pub lower95: Option<f64>,
}

/// How often each point is drawn, per replicate.
pub(crate) struct Draws {
    times: Vec<Vec<u8>>,
    /// How many of what was drawn there are: the fewer, the wider the interval.
    clusters: usize,
    pub(crate) description: String,
}

impl Draws {
    /// As many as the rule's statistics take.
    pub(crate) fn for_rule(view: &View, options: StudyOptions) -> Self {
        Self::new(view, options.for_rule(view.points.len()), options)
    }

    /// As many as description takes: correlations, whose intervals need two digits.
    pub(crate) fn for_description(view: &View, options: StudyOptions) -> Self {
        Self::new(view, options.for_description(view.points.len()), options)
    }

    /// None where the view has no rounds: what was measured once has no interval.
    fn new(view: &View, replicates: usize, options: StudyOptions) -> Self {
        let by_family = view.families.len() >= MIN_DRAWN;
        let by_problem = view.problems.len() >= MIN_DRAWN;
        let drawn = |groups: &[Vec<usize>], by: bool| by.then_some(groups.len());
        let clusters = drawn(&view.families, by_family)
            .into_iter()
            .chain(drawn(&view.problems, by_problem))
            .min();
        let count = if view.has_rounds { replicates } else { 0 };
        let one = |random: &mut ChaCha8Rng| {
            let mut times = vec![1_u8; view.points.len()];
            for (groups, by) in [(&view.families, by_family), (&view.problems, by_problem)] {
                if by {
                    let drawn = multiplicities(random, groups.len());
                    for (group, count) in groups.iter().zip(drawn) {
                        group
                            .iter()
                            .for_each(|point| times[*point] = times[*point].saturating_mul(count));
                    }
                }
            }
            times
        };
        let what = match (view.has_rounds, by_family, by_problem) {
            (false, ..) | (_, false, false) => return Self::nothing(view),
            (_, true, true) => "families, and problems across them",
            (_, true, false) => "families",
            (_, false, true) => "problems",
        };
        Self {
            times: replicate(count, options.seed, one),
            clusters: clusters.unwrap_or(0),
            description: format!("{what}, {count} times"),
        }
    }

    fn nothing(view: &View) -> Self {
        let why = if view.has_rounds {
            "there are too few families and problems"
        } else {
            "there are fewer than three rounds"
        };
        Self {
            times: Vec::new(),
            clusters: 0,
            description: format!("nothing: {why}"),
        }
    }

    /// The first of them: for what takes long.
    pub(crate) fn first(&self, count: usize) -> Self {
        Self {
            times: self.times[..self.times.len().min(count)].to_vec(),
            clusters: self.clusters,
            description: self.description.clone(),
        }
    }

    /// The 95% interval of a statistic of how often each point is drawn.
    pub(crate) fn interval(&self, statistic: impl Fn(&[u8]) -> Option<f64> + Sync) -> Option<[f64; 2]> {
        self.intervals(|times| [statistic(times)])[0]
    }

    /// The same of several at once.
    pub(crate) fn intervals<const N: usize>(
        &self,
        statistics: impl Fn(&[u8]) -> [Option<f64>; N] + Sync,
    ) -> [Option<[f64; 2]>; N] {
        let found = in_parallel(&self.times, |times| statistics(times));
        std::array::from_fn(|index| interval(found.iter().map(|values| values[index]), self.clusters))
    }

    /// The two-sided interval and the lower 95% bound of a share or a difference: plain percentiles, as drawing two ways
    /// counts the noise of a case more than once already.
    pub(crate) fn bounds(&self, value: f64, statistic: impl Fn(&[u8]) -> Option<f64> + Sync) -> Bounded {
        let mut found: Vec<f64> = in_parallel(&self.times, |times| statistic(times))
            .into_iter()
            .flatten()
            .collect();
        let enough = self.clusters > 1 && found.len() * 10 >= self.times.len() * 9;
        found.sort_unstable_by(f64::total_cmp);
        let at = |probability| quantile_of_sorted(&found, probability).filter(|_| enough);
        Bounded {
            estimate: Estimate {
                value,
                ci95: at(0.025)
                    .zip(at(0.975))
                    .map(|(low, high)| [low.min(value), high.max(value)]),
            },
            lower95: at(0.05).map(|low| low.min(value)),
        }
    }

    /// The same of a ratio whose logarithm the statistic is: by its standard deviation, as percentiles of what measures a
    /// scatter lie too low where few were drawn.
    pub(crate) fn bounds_of_log(&self, log: f64, statistic: impl Fn(&[u8]) -> Option<f64> + Sync) -> Bounded {
        let found: Vec<f64> = in_parallel(&self.times, |times| statistic(times))
            .into_iter()
            .flatten()
            .collect();
        let enough = self.clusters > 1 && found.len() * 10 >= self.times.len() * 9;
        let deviation = variance(&found).filter(|_| enough).map(f64::sqrt);
        let freedom = self.clusters.saturating_sub(1) as f64;
        let at =
            |probability: f64| deviation.map(|deviation| (log + t_quantile(probability, freedom) * deviation).exp());
        Bounded {
            estimate: Estimate {
                value: log.exp(),
                ci95: at(0.025).zip(at(0.975)).map(|(low, high)| [low.max(1.0), high]),
            },
            lower95: deviation.map(|deviation| (log - NORMAL_95 * deviation).exp().max(1.0)),
        }
    }
}

/// How often each of so many is drawn in as many draws.
fn multiplicities(random: &mut ChaCha8Rng, count: usize) -> Vec<u8> {
    let mut times = vec![0_u8; count];
    for _ in 0..count {
        let index = below(random, count);
        times[index] = times[index].saturating_add(1);
    }
    times
}
