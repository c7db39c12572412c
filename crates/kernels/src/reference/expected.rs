//! An output beside the numbers that are expected of it, which came from a file or another kernel.

use super::check::{Check, Compared, Mismatch, Tally};
use crate::problem::Problem;
use crate::tensor::Tensor;

/// Compares element by element. A number may be off by `tolerance` of its own magnitude, or of the root mean square of all if
/// that is larger; it may be infinite or not a number only where the expected one is too.
///
/// # Errors
/// The first wrong place and how many there are.
pub fn compare(problem: &Problem, output: &Tensor, expected: &Tensor, tolerance: f64) -> Result<Check, Mismatch> {
    let (output, expected) = (output.to_f64(), expected.to_f64());
    let finite = expected.iter().filter(|x| x.is_finite());
    let mean_square = finite.clone().map(|x| x * x).sum::<f64>() / finite.count().max(1) as f64;
    let mut tally = Tally::default();
    for (place, (&got, &want)) in output.iter().zip(&expected).enumerate() {
        let bound = tolerance * want.abs().max(mean_square.sqrt());
        let same = got == want || got.is_nan() && want.is_nan();
        tally.add(Compared {
            place,
            got,
            want,
            bound,
            right: same || got.is_finite() && (got - want).abs() <= bound,
            overflow: None,
        });
    }
    tally.finish(true, |place| problem.place_of_output(place))
}
