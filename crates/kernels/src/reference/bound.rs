//! How far a correct kernel may be from the exact result.
//!
//! A dot product of length k in any order, fused or not, errs by at most γ_k·Σ|a·b| with γ_k = k·ε/(1 − k·ε)
//! (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1), and by (1 + ε)^k − 1, which is smaller and
//! exists for each k. WGSL prescribes no rounding mode, so ε is the spacing (2⁻²³ for f32 sums, 2⁻¹⁰ for f16 sums) and
//! not half of it; and it lets a device flush subnormals to zero.

use crate::precision::{Element, Precision};
use crate::problem::Problem;
use crate::tensor::Tensor;
use crate::unsupported::Unsupported;

/// Bound on |computed − exact| of one output element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorBound {
    /// γ_k, multiplied with the sum of magnitudes.
    pub gamma: f64,
    /// What an element may err by whatever its own products are, absolute: for algorithms that add and cancel numbers
    /// which the element's sum does not hold (Winograd, FFT, Strassen); 0 for a dot product.
    pub normwise: f64,
    /// Spacing of the output format, multiplied with the exact value's magnitude (0 if it is the accumulator's format).
    pub output_epsilon: f64,
    /// What flushing subnormals may lose, absolute.
    pub floor: f64,
    /// Largest finite output.
    pub largest: f64,
    /// Largest finite sum on the way.
    pub largest_sum: f64,
}

/// What the bounds need to know of the inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Magnitudes {
    /// Largest magnitude in the first and in the second input.
    pub largest: [f64; 2],
    /// Whether some input is subnormal in its own format, so that a device may flush it to zero.
    pub subnormal: bool,
}

impl Magnitudes {
    /// The magnitudes of the inputs of a kernel of this precision.
    pub fn of(precision: Precision, inputs: [&Tensor; 2]) -> Self {
        let least = least_normal(precision);
        let inputs = inputs.map(|input| input.to_f64().iter().map(|x| x.abs()).collect::<Vec<_>>());
        Self {
            largest: [0, 1].map(|i| inputs[i].iter().copied().fold(0.0, f64::max)),
            subnormal: inputs.iter().flatten().any(|x| *x > 0.0 && *x < least),
        }
    }

    /// Whether sums of these inputs fit into the format that has to hold them exactly.
    ///
    /// # Errors
    /// Of i8 if they can pass i32.
    pub fn check_sums(&self, problem: &Problem, precision: Precision) -> Result<(), Unsupported> {
        let [first, second] = self.largest;
        let terms = problem.terms();
        let reach = terms as f64 * first * second;
        // A chain's words wrap by definition.
        if precision != Precision::I8 || matches!(problem, Problem::Chain(_)) || reach <= f64::from(i32::MAX) {
            return Ok(());
        }
        Err(Unsupported::new(format!(
            "{problem}: {terms} products of i8 numbers up to {first} and {second} in magnitude can add up to {reach:.0}, past \
             the {} that an i32 holds: take a shorter reduction or smaller numbers",
            i32::MAX
        )))
    }
}

/// Least normal number of a precision's input format; 0 for integers.
fn least_normal(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => f32::MIN_POSITIVE.into(),
        Precision::F16 | Precision::F16Acc => half::f16::MIN_POSITIVE.into(),
        Precision::I8 => 0.0,
    }
}

/// (1 + ε)^k − 1: what k roundings can do to a product. It is at most γ_k, which f16 sums of 1024 terms have not.
pub(crate) fn growth(epsilon: f64, k: f64) -> f64 {
    (k * epsilon.ln_1p()).exp_m1()
}

impl ErrorBound {
    /// The bound for a reduction of length `k`.
    pub fn dot_product(precision: Precision, k: usize, inputs: &Magnitudes) -> Self {
        if precision == Precision::I8 {
            return Self {
                gamma: 0.0,
                normwise: 0.0,
                output_epsilon: 0.0,
                floor: 0.0,
                largest: i32::MAX.into(),
                largest_sum: i32::MAX.into(),
            };
        }
        let terms = k as f64;
        let [epsilon, accumulator_least, largest_sum] = match precision.accumulator() {
            Element::F16 => [half::f16::EPSILON, half::f16::MIN_POSITIVE, half::f16::MAX].map(f64::from),
            _ => [f32::EPSILON, f32::MIN_POSITIVE, f32::MAX].map(f64::from),
        };
        let least = least_normal(precision);
        let flushed = if inputs.subnormal {
            terms * least * (inputs.largest[0] + inputs.largest[1])
        } else {
            0.0
        };
        let accumulator = 2.0 * terms * accumulator_least;
        let (output_epsilon, output_floor, largest) = match precision {
            Precision::F16 => (half::f16::EPSILON.into(), least, half::f16::MAX.into()),
            Precision::F16Acc => (0.0, 0.0, half::f16::MAX.into()),
            _ => (0.0, 0.0, f32::MAX.into()),
        };
        Self {
            gamma: growth(epsilon, terms),
            normwise: 0.0,
            output_epsilon,
            floor: flushed + accumulator + output_floor,
            largest,
            largest_sum,
        }
    }

    /// The bound for one element with this exact value and sum of magnitudes.
    pub fn of(&self, exact: f64, magnitude: f64) -> f64 {
        let accumulated = self.gamma * magnitude + self.normwise;
        accumulated + self.output_epsilon * (exact.abs() + accumulated) + self.floor
    }

    /// Whether `got` is a correct result where `exact` is right. Infinity is right where the reference has it too: past the
    /// largest finite number, up to a bound that is not larger than the number itself.
    pub fn allows(&self, got: f64, exact: f64, magnitude: f64) -> bool {
        if !exact.is_finite() {
            return !got.is_finite() && (got.is_nan() || exact.is_nan() || got == exact);
        }
        let bound = self.of(exact, magnitude);
        let overflows = exact.abs() + bound.min(exact.abs()) >= self.largest;
        (got - exact).abs() <= bound && got.is_finite()
            || got.is_infinite() && got.signum() == exact.signum() && overflows
    }

    /// Where terms of these magnitudes may overflow a sum whatever their order and result: what they add up to, and the
    /// largest number that a sum holds.
    pub(super) fn overflow(&self, magnitude: f64) -> Option<[f64; 2]> {
        let reach = magnitude + self.normwise;
        (reach >= self.largest_sum).then_some([reach, self.largest_sum])
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorBound, Magnitudes};
    use crate::precision::Precision;

    #[test]
    fn bounds_follow_length_and_precision() {
        let inputs = Magnitudes {
            largest: [1.0; 2],
            subnormal: false,
        };
        let f32_bound = |k| ErrorBound::dot_product(Precision::F32, k, &inputs);
        assert!((f32_bound(1).of(1.0, 1.0) / f64::from(f32::EPSILON) - 1.0).abs() < 1e-6);
        assert!((f32_bound(4096).gamma / f32_bound(1).gamma / 4096.0 - 1.0).abs() < 1e-3);
        let f16 = ErrorBound::dot_product(Precision::F16, 16, &inputs);
        assert!(f16.of(1.0, 1.0) > 9.7e-4 && f16.of(1.0, 1.0) < 1.1e-3);
        let f16acc = |k| ErrorBound::dot_product(Precision::F16Acc, k, &inputs).gamma;
        assert!((f16acc(8) - 8.0 / 1024.0).abs() < 1e-4 && f16acc(4096).is_finite());
        assert!(f16.allows(f64::INFINITY, 70000.0, 70000.0));
        assert!(!f16.allows(f64::INFINITY, 60000.0, 60000.0));
        assert!(!f16.allows(f64::NEG_INFINITY, 70000.0, 70000.0));
        assert!(!f16.allows(f64::NAN, 1.0, 1.0));
        let exact = ErrorBound::dot_product(Precision::I8, 4096, &inputs);
        assert!(exact.allows(7.0, 7.0, 100.0) && !exact.allows(8.0, 7.0, 1e9));
    }
}
