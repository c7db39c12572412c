//! What was measured of one case so far, round by round. In: rows. Out: joules per iteration, or seconds where no
//! window has joules, with the interval that rounds as replicates give.

use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::{mean, mean_ci95, variance};
use joulemark_records::Row;

/// Rounds with windows from which an interval over rounds is made.
pub const FEWEST_ROUNDS: usize = 3;

/// One window, per iteration.
#[derive(Clone, Copy, Debug)]
struct Value {
    seconds: f64,
    /// Joules, and half the width of their own interval.
    joules: Option<(f64, f64)>,
}

/// The windows of one case.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    rounds: Vec<Vec<Value>>,
}

impl Seen {
    /// A round begins.
    pub fn begin_round(&mut self) {
        self.rounds.push(Vec::new());
    }

    /// Takes in a window of this round; a row without iterations is none.
    pub fn add(&mut self, row: &Row) {
        let (Some(iterations), Some(wall_s)) = (row.iterations, row.wall_s) else {
            return;
        };
        let per = |amount: f64| amount / iterations as f64;
        let joules = row
            .device
            .energy_j
            .map(|joules| (per(joules), per(row.device.u_j.unwrap_or(0.0))));
        if self.rounds.is_empty() {
            self.begin_round();
        }
        if let Some(round) = self.rounds.last_mut() {
            round.push(Value {
                seconds: per(wall_s),
                joules,
            });
        }
    }

    /// Windows in this round.
    #[must_use]
    pub fn windows(&self) -> u32 {
        self.rounds.last().map_or(0, |round| round.len() as u32)
    }

    /// Rounds with windows.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.rounds.iter().filter(|round| !round.is_empty()).count()
    }

    /// Whether a window has joules: then those count that have.
    #[must_use]
    pub fn has_joules(&self) -> bool {
        self.all().any(|value| value.joules.is_some())
    }

    fn all(&self) -> impl Iterator<Item = &Value> {
        self.rounds.iter().flatten()
    }

    /// What counts of each window, round by round.
    fn counting(&self) -> Vec<Vec<f64>> {
        let joules = self.has_joules();
        let of = |value: &Value| match joules {
            true => value.joules.map(|(energy_j, _)| energy_j),
            false => Some(value.seconds),
        };
        let rounds = self.rounds.iter().map(|round| round.iter().filter_map(of).collect());
        rounds.filter(|round: &Vec<f64>| !round.is_empty()).collect()
    }

    /// Joules per iteration, or seconds where no window has joules: the mean over rounds, with Student's interval over them
    /// from three rounds on, over all windows before; `None` without a window.
    #[must_use]
    pub fn estimate(&self) -> Option<Estimate> {
        over_rounds(&self.counting())
    }

    /// Half the width of the estimate's interval over the estimate; `None` where there is none.
    #[must_use]
    pub fn reach(&self) -> Option<f64> {
        let estimate = self.estimate()?;
        let [low, high] = estimate.ci95?;
        Some(0.5 * (high - low) / estimate.value.abs())
    }

    /// The standard deviation of a window within its round, over the mean: pooled over the rounds, and before these can tell
    /// (fewer than three degrees of freedom) by the windows' own intervals. `None` where nothing tells.
    #[must_use]
    pub fn spread_within(&self) -> Option<f64> {
        let rounds = self.counting();
        let centre = mean(&rounds.concat())?.abs();
        let degrees: usize = rounds.iter().map(|round| round.len() - 1).sum();
        if degrees >= 3 {
            let squares: f64 = rounds
                .iter()
                .filter_map(|round| Some(variance(round)? * (round.len() - 1) as f64))
                .sum();
            return Some((squares / degrees as f64).sqrt() / centre);
        }
        let own: Vec<f64> = self
            .all()
            .filter_map(|value| value.joules.map(|(_, u_j)| u_j))
            .collect();
        // 1.96 standard deviations are half of a normal 95% interval.
        Some(mean(&own)? / 1.96 / centre)
    }
}

/// The mean of the rounds' means, with Student's interval over rounds if there are enough, over all values before; `None` of
/// nothing.
pub(crate) fn over_rounds(rounds: &[Vec<f64>]) -> Option<Estimate> {
    let means: Vec<f64> = rounds.iter().filter_map(|round| mean(round)).collect();
    if means.len() >= FEWEST_ROUNDS {
        return mean_ci95(&means);
    }
    mean_ci95(&rounds.concat())
}

#[cfg(test)]
mod tests {
    use joulemark_records::{Energy, Row};

    use super::Seen;

    fn row(seconds: f64, joules: Option<f64>) -> Row {
        Row {
            iterations: Some(10),
            wall_s: Some(10.0 * seconds),
            device: Energy {
                energy_j: joules.map(|joules| 10.0 * joules),
                u_j: joules.map(|_| 1.96),
                ..Energy::default()
            },
            ..Row::default()
        }
    }

    #[test]
    fn rounds_are_the_replicates() {
        let mut seen = Seen::default();
        for means in [[9.0, 11.0], [10.0, 12.0], [11.0, 13.0]] {
            seen.begin_round();
            for joules in means {
                seen.add(&row(0.5, Some(joules)));
            }
        }
        let estimate = seen.estimate().unwrap();
        // Means 10, 11, 12: standard error 1/√3, t(0.975, 2) = 4.3027.
        assert!((estimate.value - 11.0).abs() < 1e-12);
        assert!((seen.reach().unwrap() * 11.0 - 4.302_65 / 3_f64.sqrt()).abs() < 1e-4);
        assert!((seen.spread_within().unwrap() - 2_f64.sqrt() / 11.0).abs() < 1e-12);
        assert_eq!((seen.rounds(), seen.windows(), seen.has_joules()), (3, 2, true));
        // A window without joules is one of the round, and tells nothing of them.
        seen.add(&row(0.5, None));
        assert_eq!((seen.windows(), seen.estimate()), (3, Some(estimate)));
    }

    #[test]
    fn a_single_window_tells_its_spread_by_its_own_interval() {
        let mut seen = Seen::default();
        assert_eq!((seen.estimate(), seen.spread_within()), (None, None));
        seen.add(&row(1.0, Some(10.0)));
        assert_eq!(seen.reach(), None);
        assert!((seen.spread_within().unwrap() - 0.01).abs() < 1e-4);
        let mut timed = Seen::default();
        timed.add(&row(1.0, None));
        assert_eq!(timed.spread_within(), None);
    }
}
