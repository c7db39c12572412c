//! The CPU reference in f64, the error bounds, and the check of an output against both.

mod bound;
mod chain;
mod check;
mod expected;
mod gradient;
mod products;
mod verify;

pub use bound::{ErrorBound, Magnitudes};
pub use check::{Check, Mismatch};
pub use expected::compare;
pub use verify::verify;

use crate::problem::Problem;
use crate::tensor::Tensor;
use products::Products;

/// The output of `problem` in f64, dense, C order.
pub fn compute(problem: &Problem, inputs: [&Tensor; 2]) -> Vec<f64> {
    if let Problem::Chain(chain) = problem {
        return chain::compute(chain, inputs);
    }
    let products = Products::new(problem, inputs);
    let mut output = Vec::new();
    for index in 0..products.count {
        let rhs = products.rhs(index);
        for row in 0..products.m {
            output.extend(products.row(index, row, &rhs).sums);
        }
    }
    output
}
