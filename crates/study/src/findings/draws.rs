//! The bootstrap of the rule: families are drawn whole and problems across them, since kernels stand in every cell and cells
//! are not independent. In: a view. Out: how often each point is drawn in each replicate, and intervals.

use rand_chacha::ChaCha8Rng;

use super::view::View;
use crate::options::StudyOptions;
use crate::stats::bootstrap::{below, in_parallel, interval, replicate};

/// Fewer families or problems than this are not drawn: all of them stand in each replicate.
const MIN_DRAWN: usize = 4;

/// How often each point is drawn, per replicate.
pub(crate) struct Draws {
    times: Vec<Vec<u8>>,
    /// How many of what was drawn there are: the fewer, the wider the interval.
    clusters: usize,
    pub(crate) description: String,
}

impl Draws {
    /// None where the view has no rounds: what was measured once has no interval.
    pub(crate) fn new(view: &View, replicates: usize, options: StudyOptions) -> Self {
        let by_family = view.families.len() >= MIN_DRAWN;
        let by_problem = view.problems.len() >= MIN_DRAWN;
        let drawn = |groups: &[Vec<usize>], by: bool| by.then_some(groups.len());
        let clusters = drawn(&view.families, by_family).into_iter().chain(drawn(&view.problems, by_problem)).min();
        let count = if view.has_rounds { replicates } else { 0 };
        let one = |random: &mut ChaCha8Rng| {
            let mut times = vec![1_u8; view.points.len()];
            for (groups, by) in [(&view.families, by_family), (&view.problems, by_problem)] {
                if by {
                    let drawn = multiplicities(random, groups.len());
                    for (group, count) in groups.iter().zip(drawn) {
                        group.iter().for_each(|point| times[*point] = times[*point].saturating_mul(count));
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
        let why = if view.has_rounds { "there are too few families and problems" } else { "there are fewer than three rounds" };
        Self {
            times: Vec::new(),
            clusters: 0,
            description: format!("nothing: {why}"),
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
