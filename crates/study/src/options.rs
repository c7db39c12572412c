//! How a study is done: what every statistic that resamples needs to know.

use serde::{Deserialize, Serialize};

/// How the study is done. The defaults are those of the pre-registered rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyOptions {
    /// Bootstrap replicates. Above 10,000 cases the rule takes fewer, never below 400.
    pub replicates: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl Default for StudyOptions {
    fn default() -> Self {
        Self {
            replicates: 2000,
            seed: 20_020_565,
        }
    }
}

impl StudyOptions {
    /// Replicates of the rule's statistics over so many points.
    pub(crate) fn for_rule(&self, points: usize) -> usize {
        self.affordable(20_000_000, points, 400)
    }

    /// Replicates of what only describes: correlations, whose intervals need two digits.
    pub(crate) fn for_description(&self, points: usize) -> usize {
        self.affordable(1_000_000, points, 200).min(1000)
    }

    fn affordable(&self, visits: usize, points: usize, least: usize) -> usize {
        self.replicates.min((visits / points.max(1)).max(least))
    }
}
