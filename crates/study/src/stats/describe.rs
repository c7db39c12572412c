//! Means, intervals and quantiles. In: numbers. Out: a value with its 95% interval, where one can be had.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

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

    /// A value that another measurement might have given: the value where there is no interval.
    #[must_use]
    pub fn draw(&self, random: &mut impl Rng) -> f64 {
        let Some([low, high]) = self.ci95.filter(|_| self.value > 0.0) else {
            return self.value;
        };
        let normal: f64 = StandardNormal.sample(random);
        self.value * ((high - low) / 2.0 / 1.96 / self.value * normal).exp()
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

/// The arithmetic mean; `None` of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The sample variance (divisor n − 1); `None` of fewer than two values.
#[must_use]
pub fn variance(values: &[f64]) -> Option<f64> {
    let centre = mean(values).filter(|_| values.len() > 1)?;
    Some(values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / (values.len() - 1) as f64)
}

/// The mean with Student's 95% interval; of one value the mean alone.
#[must_use]
pub fn mean_ci95(values: &[f64]) -> Option<Estimate> {
    let value = mean(values)?;
    let half_width = variance(values)
        .map(|variance| t_quantile(0.975, (values.len() - 1) as f64) * (variance / values.len() as f64).sqrt());
    Some(Estimate {
        value,
        ci95: half_width.map(|half| [value - half, value + half]),
    })
}

/// Quantile of Student's t distribution.
#[must_use]
pub fn t_quantile(probability: f64, degrees_of_freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees_of_freedom.max(1.0)).map_or(f64::INFINITY, |t| t.inverse_cdf(probability))
}

/// Quantile of sorted values by linear interpolation (type 7 of Hyndman and Fan 1996, the default of NumPy and R).
#[must_use]
pub fn quantile_of_sorted(sorted: &[f64], probability: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = probability.clamp(0.0, 1.0) * last as f64;
    let (below, share) = (position.floor() as usize, position.fract());
    Some(sorted[below] + share * (sorted[(below + 1).min(last)] - sorted[below]))
}

/// The median; `None` of nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    quantile_of_sorted(&sorted, 0.5)
}

/// The geometric mean; `None` of nothing or of values that are not all above zero.
#[must_use]
pub fn geometric_mean(values: &[f64]) -> Option<f64> {
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    mean(&logs)
        .map(f64::exp)
        .filter(|_| values.iter().all(|value| *value > 0.0))
}
