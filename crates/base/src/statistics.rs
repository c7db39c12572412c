//! The small statistics: means, medians, quantiles, Student's interval. In: numbers. Out: numbers, or nothing of nothing.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::estimate::Estimate;

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
