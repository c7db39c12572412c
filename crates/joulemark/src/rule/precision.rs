//! Stop when the interval is narrow enough, with rounds as replicates.

use joulemark_base::statistics::t_quantile;

use super::Rule;
use crate::seen::{FEWEST_ROUNDS, Seen};

/// Windows until the 95% interval over rounds is within a share of the mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// Half the width of the interval over the mean: 0.02 for 2%.
    pub target: f64,
    /// Rounds that are planned.
    pub rounds: u32,
    /// Fewest windows in a round.
    pub fewest: u32,
    /// Most windows in a round.
    pub most: u32,
}

impl Precision {
    /// This target in so many rounds, with two to ten windows in each; three at least where there is one round, whose windows
    /// are the only replicates.
    #[must_use]
    pub const fn within(target: f64, rounds: u32) -> Self {
        Self {
            target,
            rounds,
            fewest: if rounds == 1 { 3 } else { 2 },
            most: 10,
        }
    }

    /// Whether the windows seen are enough, rounds included.
    #[must_use]
    pub fn is_reached(&self, seen: &Seen) -> bool {
        seen.rounds() >= FEWEST_ROUNDS.min(self.rounds as usize)
            && seen.reach().is_some_and(|reach| reach <= self.target)
    }

    /// Windows that a round needs for the target to be in reach, were the spread within rounds all there is. More than these
    /// would narrow nothing: what is left differs from round to round.
    fn useful(&self, seen: &Seen) -> f64 {
        if self.rounds < 2 {
            return f64::INFINITY;
        }
        let rounds = f64::from(self.rounds);
        let t = t_quantile(0.975, rounds - 1.0);
        seen.spread_within()
            .map_or(0.0, |spread| (t * spread / self.target).powi(2) / rounds)
    }
}

impl Rule for Precision {
    fn another(&self, seen: &Seen) -> bool {
        let windows = seen.windows();
        if windows < self.fewest {
            return true;
        }
        windows < self.most && !self.is_reached(seen) && f64::from(windows) < self.useful(seen)
    }

    fn windows(&self) -> [u32; 2] {
        [self.fewest, self.most]
    }
}

#[cfg(test)]
mod tests {
    use joulemark_records::{Energy, Row};

    use super::Precision;
    use crate::rule::Rule;
    use crate::seen::Seen;

    #[test]
    fn a_single_round_has_three_windows_at_least_and_goes_on_until_they_tell() {
        let rule = Precision::within(0.02, 1);
        assert_eq!(rule.windows(), [3, 10]);
        for (spread, windows) in [(0.001, 3..4), (0.015, 4..9), (0.5, 10..11)] {
            let mut seen = Seen::default();
            while rule.another(&seen) {
                let sign = if seen.windows().is_multiple_of(2) { 1.0 } else { -1.0 };
                seen.add(&row(10.0, sign * spread));
            }
            assert!(windows.contains(&seen.windows()), "{spread}: {}", seen.windows());
            assert_eq!(rule.is_reached(&seen), spread < 0.1);
        }
    }

    fn row(mean: f64, spread: f64) -> Row {
        Row {
            iterations: Some(1),
            wall_s: Some(1.0),
            device: Energy {
                energy_j: Some(mean * (1.0 + spread)),
                u_j: Some(1.96 * spread.abs() * mean),
                ..Energy::default()
            },
            ..Row::default()
        }
    }

    /// Windows per round of a case whose windows are `mean · (1 + spread · x)`, x alternating.
    fn measured(spread: f64, per_round: [f64; 3]) -> (Vec<u32>, bool) {
        let rule = Precision::within(0.02, 3);
        let mut seen = Seen::default();
        let mut counts = Vec::new();
        for mean in per_round {
            seen.begin_round();
            while rule.another(&seen) {
                let sign = if seen.windows().is_multiple_of(2) { 1.0 } else { -1.0 };
                seen.add(&row(mean, sign * spread));
            }
            counts.push(seen.windows());
        }
        (counts, rule.is_reached(&seen))
    }

    #[test]
    fn steady_cases_take_the_fewest_windows() {
        assert_eq!(measured(0.001, [10.0, 10.01, 9.99]), (vec![2, 2, 2], true));
    }

    #[test]
    fn noise_within_rounds_takes_more_and_drift_between_them_does_not() {
        let (noisy, _) = measured(0.02, [10.0; 3]);
        assert!(noisy[0] > 4 && noisy.iter().all(|count| *count <= 10), "{noisy:?}");
        let (drifting, reached) = measured(0.001, [10.0, 11.0, 12.0]);
        assert_eq!((drifting, reached), (vec![2, 2, 2], false));
    }

    #[test]
    fn hopeless_noise_ends_at_the_most() {
        assert_eq!(measured(0.5, [10.0, 14.0, 9.0]), (vec![10, 10, 10], false));
    }
}
