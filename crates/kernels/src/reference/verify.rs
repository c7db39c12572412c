//! Checks an output: every element of small problems, Freivalds' check and sampled rows of large ones.
//!
//! Freivalds (1977): C = A·B is tested by C·x = A·(B·x) for random x, which costs O(n²). Here x is ±1 on a block of
//! columns. The signs are independent of the errors e_j, each |e_j| ≤ γ·‖A_i‖·‖B_j‖ (Cauchy–Schwarz), so by Hoeffding
//! |Σ e_j x_j| exceeds 8·γ·‖A_i‖·‖B‖_F with probability below 2·exp(−32): a correct kernel is not called wrong. A
//! normwise part e of the bound adds 8·e·√n likewise. For i8
//! both sides are integers and must be equal; x is drawn from 1..=1024, so that a wrong row hides with probability 2⁻¹⁰.

use std::fmt;

use rand::seq::index::sample;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::bound::ErrorBound;
use super::products::Products;
use crate::{Precision, Problem, Tensor};

/// Up to this many multiply-accumulates every element is compared: about a tenth of a second.
const WHOLE_OUTPUT_MACS: u64 = 1 << 26;
/// Rows that are compared in full where the whole output is not.
const SAMPLED_ROWS: usize = 32;
/// Deviations of the sum of signed errors that are still called rounding.
const HOEFFDING: f64 = 8.0;

/// What a check of a right output found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check {
    /// ‖output − reference‖ / ‖reference‖ over the elements that were compared one by one.
    pub relative_error: f64,
    /// Elements compared one by one.
    pub compared: u64,
    /// Whether these were all.
    pub whole: bool,
}

/// What a check of a wrong output found.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// Where: an element as `C[0, 3, 5]`, or a row of the output.
    pub place: String,
    /// What the kernel computed there.
    pub got: f64,
    /// What is right.
    pub want: f64,
    /// How far the kernel may be from it.
    pub bound: f64,
    /// Wrong elements among the compared ones.
    pub wrong: u64,
    /// Compared elements.
    pub compared: u64,
}

impl std::error::Error for Mismatch {}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            got,
            want,
            bound,
            wrong,
            compared,
        } = self;
        write!(
            f,
            "{place} is {got}, right is {want} within {bound:.3e} ({wrong} wrong of {compared} compared)"
        )
    }
}

/// Checks `output` against the f64 reference within `bound`, the algorithm's own (a chain has bounds of its own).
/// `seed` draws the random vectors and rows of a partial check.
///
/// # Errors
/// The first wrong place and how many there are.
pub fn verify(
    problem: &Problem,
    precision: Precision,
    inputs: [&Tensor; 2],
    output: &Tensor,
    bound: &ErrorBound,
    seed: u64,
) -> Result<Check, Mismatch> {
    if let Problem::Chain(chain) = problem {
        return super::chain::verify(chain, precision, inputs, output, seed);
    }
    let verifier = Verifier {
        problem,
        precision,
        bound: *bound,
        output: output.to_f64(),
        products: Products::new(problem, inputs),
    };
    verifier.run(&mut ChaCha8Rng::seed_from_u64(seed))
}

struct Verifier<'a> {
    problem: &'a Problem,
    precision: Precision,
    bound: ErrorBound,
    output: Vec<f64>,
    products: Products,
}

#[derive(Default)]
struct Tally {
    compared: u64,
    wrong: u64,
    first: Option<(usize, f64, f64)>,
    error_square: f64,
    reference_square: f64,
}

impl Verifier<'_> {
    fn run(&self, rng: &mut ChaCha8Rng) -> Result<Check, Mismatch> {
        let (count, rows) = (self.products.count, self.products.m);
        let whole = self.problem.macs() <= WHOLE_OUTPUT_MACS;
        let sampled = if whole {
            (0..count * rows).collect()
        } else {
            let mut sampled = sample(rng, count * rows, SAMPLED_ROWS.min(count * rows)).into_vec();
            sampled.sort_unstable();
            sampled
        };
        let mut tally = Tally::default();
        let mut sampled = sampled.into_iter().peekable();
        for index in 0..count {
            let rhs = self.products.rhs(index);
            while let Some(row) = sampled.next_if(|row| row / rows == index) {
                self.compare_row(&mut tally, index, row % rows, &rhs);
            }
            if !whole && self.products.linear() {
                self.freivalds(index, &rhs, rng)?;
            }
        }
        match tally.first {
            Some((place, want, bound)) => Err(Mismatch {
                place: self.place(place),
                got: self.output[place],
                want,
                bound,
                wrong: tally.wrong,
                compared: tally.compared,
            }),
            None => Ok(Check {
                relative_error: (tally.error_square / tally.reference_square.max(f64::MIN_POSITIVE)).sqrt(),
                compared: tally.compared,
                whole,
            }),
        }
    }

    fn compare_row(&self, tally: &mut Tally, index: usize, row: usize, rhs: &[f32]) {
        let exact = self.products.row(index, row, rhs);
        let start = self.products.offset(index) + row * self.products.n;
        for (column, (&want, &magnitude)) in exact.sums.iter().zip(&exact.magnitudes).enumerate() {
            let got = self.output[start + column];
            tally.compared += 1;
            if !self.bound.allows(got, want, magnitude) {
                tally.wrong += 1;
                tally
                    .first
                    .get_or_insert((start + column, want, self.bound.of(want, magnitude)));
            } else if got.is_finite() && want.is_finite() {
                tally.error_square += (got - want).powi(2);
                tally.reference_square += want.powi(2);
            }
        }
    }

    fn freivalds(&self, index: usize, rhs: &[f32], rng: &mut ChaCha8Rng) -> Result<(), Mismatch> {
        let (m, n, k) = (self.products.m, self.products.n, self.products.k);
        let exact = self.precision == Precision::I8;
        let blocks =
            (WHOLE_OUTPUT_MACS / (m as u64 * k as u64 * self.products.count as u64)).clamp(1, n as u64) as usize;
        let width = n.div_ceil(blocks);
        let start = self.products.offset(index);
        for first in (0..n).step_by(width) {
            let columns = first..n.min(first + width);
            let x: Vec<f64> = columns
                .clone()
                .map(|_| {
                    if exact {
                        rng.random_range(1..=1024).into()
                    } else {
                        [1.0, -1.0][rng.random_range(0..2)]
                    }
                })
                .collect();
            let dot = |row: &[f64]| row.iter().zip(&x).map(|(c, x)| c * x).sum::<f64>();
            let rows = rhs.chunks_exact(n).map(|row| &row[columns.clone()]);
            let bx: Vec<f64> = rows
                .clone()
                .map(|row| row.iter().zip(&x).map(|(&b, x)| f64::from(b) * x).sum())
                .collect();
            let rhs_norm = rows.flatten().map(|&b| f64::from(b).powi(2)).sum::<f64>().sqrt();
            for (row, a) in self.products.lhs(index).chunks_exact(k).enumerate() {
                let want: f64 = a.iter().zip(&bx).map(|(&a, bx)| f64::from(a) * bx).sum();
                let lhs_norm = a.iter().map(|&a| f64::from(a).powi(2)).sum::<f64>().sqrt();
                let place = start + row * n;
                let computed = &self.output[place + columns.start..place + columns.end];
                let got = dot(computed);
                let computed_norm = computed.iter().map(|c| c * c).sum::<f64>().sqrt();
                let rounding = self.bound.gamma * lhs_norm * rhs_norm
                    + self.bound.output_epsilon * computed_norm
                    + self.bound.normwise * (columns.len() as f64).sqrt();
                let bound = HOEFFDING * rounding + self.bound.floor * columns.len() as f64;
                if want.is_finite() && (got.is_nan() || (got - want).abs() > bound) {
                    return Err(Mismatch {
                        place: format!(
                            "the signed sum from {} to column {}",
                            self.place(place + first),
                            columns.end - 1
                        ),
                        got,
                        want,
                        bound,
                        wrong: 1,
                        compared: 1,
                    });
                }
            }
        }
        Ok(())
    }

    /// `C[0, 3, 5]` for a position in the output.
    fn place(&self, mut position: usize) -> String {
        let mut indices = Vec::new();
        for size in self.problem.shape_of_output().into_iter().rev() {
            indices.push((position % size as usize).to_string());
            position /= size as usize;
        }
        indices.reverse();
        format!("{}[{}]", self.problem.tensor_names()[2], indices.join(", "))
    }
}
