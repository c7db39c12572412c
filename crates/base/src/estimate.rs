//! A value with its 95% interval, where one can be had. In: what was estimated. Out: value, bounds, reach.

use serde::{Deserialize, Serialize};

/// A value and its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Lower and upper 95% bound; `None` where the data cannot give one.
    pub ci95: Option<[f64; 2]>,
}

impl Estimate {
    /// A value without an interval.
    #[must_use]
    pub const fn point(value: f64) -> Self {
        Self { value, ci95: None }
    }

    /// Applies a rising or falling function to the value and its bounds.
    #[must_use]
    pub fn map(self, function: impl Fn(f64) -> f64) -> Self {
        let ci95 = self.ci95.map(|[low, high]| {
            let (a, b) = (function(low), function(high));
            [a.min(b), a.max(b)]
        });
        Self {
            value: function(self.value),
            ci95,
        }
    }

    /// Widens the interval, where need be, until it holds the value. Resampled windows add their noise once more, which
    /// can only weaken a perfect rank correlation: the percentiles then lie wholly below the value.
    #[must_use]
    pub fn reaching_itself(self) -> Self {
        let ci95 = self.ci95.map(|[low, high]| [low.min(self.value), high.max(self.value)]);
        Self { ci95, ..self }
    }

    /// Lower bound, or the value where there is no interval.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.ci95.map_or(self.value, |[low, _]| low)
    }

    /// Upper bound, or the value where there is no interval.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.ci95.map_or(self.value, |[_, high]| high)
    }
}
