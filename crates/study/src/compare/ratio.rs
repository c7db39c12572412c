//! One case, twice: the ratio of two means and whether that is a change. In: two lists of windows. Out: a ratio with its
//! interval and a verdict.

use serde::{Deserialize, Serialize};

use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::mean;
use joulemark_base::statistics::t_quantile;
use joulemark_base::statistics::variance;

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
    /// The interval crosses the margin, or there is none: measure more windows.
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

/// New over old.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// The ratio of the means; its interval is Welch's on the logarithm (delta method).
    pub ratio: Estimate,
    /// The verdict.
    pub change: Change,
}

impl Ratio {
    /// Compares two lists of windows; `None` if one is empty.
    #[must_use]
    pub fn of(old: &[f64], new: &[f64], margin: f64) -> Option<Self> {
        let (old_mean, new_mean) = (mean(old)?, mean(new)?);
        // Relative squared standard error of a mean, and its degrees of freedom.
        let error = |values: &[f64], mean: f64| {
            Some((
                variance(values)? / values.len() as f64 / (mean * mean),
                (values.len() - 1) as f64,
            ))
        };
        let value = new_mean / old_mean;
        let ci95 = error(old, old_mean)
            .zip(error(new, new_mean))
            .map(|((a, a_df), (b, b_df))| {
                let weight = a * a / a_df + b * b / b_df;
                let freedom = if weight > 0.0 {
                    (a + b).powi(2) / weight
                } else {
                    a_df + b_df
                };
                let reach = t_quantile(0.975, freedom) * (a + b).sqrt();
                [value * (-reach).exp(), value * reach.exp()]
            });
        let ratio = Estimate { value, ci95 };
        Some(Self {
            ratio,
            change: Change::of(&ratio, margin),
        })
    }
}
