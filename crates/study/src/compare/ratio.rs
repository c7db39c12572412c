//! One case, twice: the ratio of two means and whether that is a change. In: the rounds of both sides, and what runs differ
//! by. Out: a ratio with its interval and a verdict.

use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::{mean, t_quantile, variance};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::cases::MIN_ROUNDS;

/// Whether something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Change {
    /// The interval lies within the margin.
    Same,
    /// The interval lies below the margin: less time or energy.
    Better,
    /// The interval lies above the margin.
    Worse,
    /// The interval crosses the margin, or there is none: measure more rounds.
    Ambiguous,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Same, Self::Better, Self::Worse, Self::Ambiguous];

    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "SAME",
            Self::Better => "BETTER",
            Self::Worse => "WORSE",
            Self::Ambiguous => "AMBIGUOUS",
        }
    }

    /// The verdict on a ratio's interval: everything from 1/(1 + margin) to 1 + margin is no change.
    #[must_use]
    pub fn of(ratio: &Estimate, margin: f64) -> Self {
        let (low_edge, high_edge) = (1.0 / (1.0 + margin), 1.0 + margin);
        match ratio.ci95 {
            None => Self::Ambiguous,
            Some([_, high]) if high < low_edge => Self::Better,
            Some([low, _]) if low > high_edge => Self::Worse,
            Some([low, high]) if low >= low_edge && high <= high_edge => Self::Same,
            Some(_) => Self::Ambiguous,
        }
    }
}

/// What two runs of one thing differ by beside their rounds: from two or more runs of the old side, over all cases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunToRun {
    /// Runs of the old side.
    pub runs: usize,
    /// Standard deviation of the logarithm of a run's mean.
    pub deviation: f64,
    /// Degrees of freedom behind it.
    pub freedom: f64,
}

/// New over old.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// Mean of the old side, per iteration.
    pub old: f64,
    /// Mean of the new side, per iteration.
    pub new: f64,
    /// The ratio of the means; its interval is Welch's on the logarithm over the rounds, with the share of the runs where
    /// that is known.
    pub ratio: Estimate,
    /// The verdict.
    pub change: Change,
    /// Standard uncertainty of the ratio's logarithm; `None` without an interval.
    pub log_uncertainty: Option<LogUncertainty>,
}

/// How far the logarithm of a ratio is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogUncertainty {
    /// Squared standard uncertainty.
    pub square: f64,
    /// Degrees of freedom behind it.
    pub freedom: f64,
}

impl Ratio {
    /// Compares the rounds of two sides; `None` if one is empty or not above zero.
    #[must_use]
    pub fn of(old: &[f64], new: &[f64], margin: f64, run_to_run: Option<&RunToRun>) -> Option<Self> {
        let (old_mean, new_mean) = (mean(old)?, mean(new)?);
        let value = Some(new_mean / old_mean).filter(|value| value.is_finite() && *value > 0.0)?;
        let error = rounds_error(old).zip(rounds_error(new)).map(|(old, new)| {
            let rounds = old.and(new);
            // What runs differ by holds what their rounds differ by; the larger of the two it is.
            let runs = run_to_run.map(|runs| LogUncertainty {
                square: runs.deviation.powi(2) * (1.0 + 1.0 / runs.runs as f64),
                freedom: runs.freedom,
            });
            runs.filter(|runs| runs.square > rounds.square).unwrap_or(rounds)
        });
        let ci95 = error.map(|error| {
            let reach = t_quantile(0.975, error.freedom) * error.square.sqrt();
            [value * (-reach).exp(), value * reach.exp()]
        });
        let ratio = Estimate { value, ci95 };
        Some(Self {
            old: old_mean,
            new: new_mean,
            ratio,
            change: Change::of(&ratio, margin),
            log_uncertainty: error,
        })
    }

    /// Probability of so high a ratio were it at a margin; `None` without an interval.
    #[must_use]
    pub fn p_worse(&self, margin: f64) -> Option<f64> {
        let excess = self.ratio.value.ln() - margin.ln_1p();
        self.log_uncertainty.map(|uncertainty| uncertainty.beyond(excess))
    }
}

/// Of the mean of some rounds, relative; `None` with fewer than three.
fn rounds_error(rounds: &[f64]) -> Option<LogUncertainty> {
    let centre = mean(rounds)?;
    let square = variance(rounds).filter(|_| rounds.len() >= MIN_ROUNDS)? / rounds.len() as f64 / (centre * centre);
    let freedom = (rounds.len() - 1) as f64;
    Some(LogUncertainty { square, freedom })
}

impl LogUncertainty {
    /// Of a difference, with the degrees of freedom of Welch and Satterthwaite.
    fn and(self, other: Self) -> Self {
        let weight = self.square.powi(2) / self.freedom + other.square.powi(2) / other.freedom;
        let square = self.square + other.square;
        let freedom = if weight > 0.0 {
            square.powi(2) / weight
        } else {
            self.freedom + other.freedom
        };
        Self { square, freedom }
    }

    /// Probability of a difference this far above zero, or further.
    fn beyond(self, difference: f64) -> f64 {
        if self.square == 0.0 {
            return if difference > 0.0 { 0.0 } else { 1.0 };
        }
        StudentsT::new(0.0, 1.0, self.freedom.max(1.0)).map_or(1.0, |t| t.sf(difference / self.square.sqrt()))
    }
}
