//! A value as another measurement might have given it. In: an estimate. Out: a draw from its noise.

use joulemark_base::estimate::Estimate;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// A draw; the value itself where there is no interval.
pub(super) fn draw(estimate: &Estimate, random: &mut impl Rng) -> f64 {
    let Some([low, high]) = estimate.ci95.filter(|_| estimate.value > 0.0) else {
        return estimate.value;
    };
    let normal: f64 = StandardNormal.sample(random);
    estimate.value * ((high - low) / 2.0 / 1.96 / estimate.value * normal).exp()
}
