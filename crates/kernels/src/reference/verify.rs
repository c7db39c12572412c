//! Checks an output: every element of small problems, Freivalds' check and sampled rows of large ones.
//!
//! Freivalds (1977): C = A·B is tested by C·x = A·(B·x) for random x, which costs O(n²). Here x is ±1 on a block of
//! columns. The signs are independent of the errors e_j, each |e_j| ≤ γ·‖A_i‖·‖B_j‖ (Cauchy–Schwarz), so by Hoeffding
//! |Σ e_j x_j| exceeds 8·γ·‖A_i‖·‖B‖_F with probability below 2·exp(−32): a correct kernel is not called wrong. A
//! normwise part e of the bound adds 8·e·√n likewise. For i8
//! both sides are integers and must be equal; x is drawn from 1..=1024, so that a wrong row hides with probability 2⁻¹⁰.
//! A row with a number that is not finite has no checksum: it is compared element by element, whatever rows were drawn.

use std::collections::HashSet;

use rand::seq::index::sample;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::bound::ErrorBound;
use super::check::{Check, Compared, Mismatch, Tally};
use super::products::Products;
use crate::precision::Precision;
use crate::problem::Problem;
use crate::tensor::Tensor;

/// Up to this many multiply-accumulates every element is compared: about a tenth of a second.
const WHOLE_OUTPUT_MACS: u64 = 1 << 26;
/// Rows that are compared in full where the whole output is not.
const SAMPLED_ROWS: usize = 32;
/// Deviations of the sum of signed errors that are still called rounding.
const HOEFFDING: f64 = 8.0;

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

impl Verifier<'_> {
    fn run(&self, rng: &mut ChaCha8Rng) -> Result<Check, Mismatch> {
        let (count, rows) = (self.products.count, self.products.m);
        let whole = self.problem.macs() <= WHOLE_OUTPUT_MACS;
        let drawn: HashSet<usize> = match whole {
            true => (0..count * rows).collect(),
            false => sample(rng, count * rows, SAMPLED_ROWS.min(count * rows))
                .iter()
                .collect(),
        };
        let enough = (SAMPLED_ROWS * self.products.n) as u64;
        let mut tally = Tally::default();
        for index in 0..count {
            let rhs = self.products.rhs(index);
            let suspects = self.suspects(index, &rhs);
            for (row, suspect) in suspects.iter().enumerate() {
                if drawn.contains(&(index * rows + row)) || *suspect && !tally.is_decided(enough) {
                    self.compare_row(&mut tally, index, row, &rhs);
                }
            }
            if !whole && self.products.linear() {
                self.freivalds(index, &rhs, &suspects, rng)?;
            }
        }
        tally.finish(whole, |place| self.problem.place_of_output(place))
    }

    /// Rows with a number that is not finite, in the output or in what it is made of: a checksum says nothing of them.
    fn suspects(&self, index: usize, rhs: &[f32]) -> Vec<bool> {
        let finite = |numbers: &[f32]| numbers.iter().all(|x| x.is_finite());
        let rhs_finite = finite(rhs);
        let lhs = self.products.lhs(index).chunks_exact(self.products.k);
        let start = self.products.offset(index);
        let output = self.output[start..].chunks_exact(self.products.n);
        lhs.zip(output)
            .map(|(lhs, output)| !(rhs_finite && finite(lhs) && output.iter().all(|x| x.is_finite())))
            .collect()
    }

    fn compare_row(&self, tally: &mut Tally, index: usize, row: usize, rhs: &[f32]) {
        let exact = self.products.row(index, row, rhs);
        let start = self.products.offset(index) + row * self.products.n;
        for (column, (&want, &magnitude)) in exact.sums.iter().zip(&exact.magnitudes).enumerate() {
            let place = start + column;
            tally.add(Compared::sum(place, self.output[place], want, magnitude, &self.bound));
        }
    }

    /// Every row that is not suspect.
    fn freivalds(&self, index: usize, rhs: &[f32], suspects: &[bool], rng: &mut ChaCha8Rng) -> Result<(), Mismatch> {
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
                if suspects[row] {
                    continue;
                }
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
                if (got - want).abs() > bound {
                    return Err(Mismatch {
                        place: format!(
                            "the signed sum from {} to column {}",
                            self.problem.place_of_output(place + first),
                            columns.end - 1
                        ),
                        got,
                        want,
                        bound,
                        wrong: 1,
                        compared: 1,
                        overflow: None,
                    });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::verify;
    use crate::precision::Precision;
    use crate::problem::Problem;
    use crate::reference::{Check, ErrorBound, Magnitudes, Mismatch, compute};
    use crate::tensor::Tensor;

    fn check(problem: &str, precision: Precision, inputs: [&Tensor; 2], output: &Tensor) -> Result<Check, Mismatch> {
        let problem: Problem = problem.parse().unwrap();
        let terms = problem.terms() as usize;
        let bound = ErrorBound::dot_product(precision, terms, &Magnitudes::of(precision, inputs));
        verify(&problem, precision, inputs, output, &bound, 1)
    }

    fn floats(count: usize, number: impl Fn(usize) -> f32) -> Tensor {
        Tensor::F32((0..count).map(number).collect())
    }

    fn halves(count: usize, number: impl Fn(usize) -> f32) -> Tensor {
        Tensor::F16((0..count).map(|index| f16::from_f32(number(index))).collect())
    }

    /// Too large to be compared whole, so that few rows are drawn.
    const LARGE: &str = "512x512x512";

    #[test]
    fn no_number_that_is_not_finite_hides_between_the_drawn_rows() {
        let ones = floats(512 * 512, |_| 1.0);
        for wrong in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
            for row in [0, 3, 300, 511] {
                let place = row * 512 + (row * 7) % 512;
                let output = floats(512 * 512, |index| if index == place { wrong } else { 512.0 });
                let mismatch = check(LARGE, Precision::F32, [&ones, &ones], &output).unwrap_err();
                assert_eq!(mismatch.place, format!("C[0, {row}, {}]", row * 7 % 512));
                assert!(!mismatch.got.is_finite() && mismatch.overflow.is_none());
            }
        }
        let (image, filters) = (floats(64 * 4096, |_| 1.0), floats(64 * 64 * 9, |_| 1.0));
        let problem = "n1c64h64w64k64r3s3p1";
        let right = compute(&problem.parse().unwrap(), [&image, &filters]);
        let output = floats(64 * 4096, |index| {
            if index == 41 * 4096 + 7 {
                f32::NAN
            } else {
                right[index] as f32
            }
        });
        let mismatch = check(problem, Precision::F32, [&image, &filters], &output).unwrap_err();
        assert_eq!(mismatch.place, "Y[0, 41, 0, 7]");
        let words = floats(1 << 20, |_| 0.5);
        let coefficients = floats(2, |_| 1.0);
        let output = floats(1 << 20, |index| if index == 777_777 { f32::NAN } else { 64.5 });
        let mismatch = check("w1048576add64", Precision::F32, [&words, &coefficients], &output).unwrap_err();
        assert_eq!((mismatch.place.as_str(), mismatch.wrong), ("Y[777777]", 1));
    }

    #[test]
    fn infinity_is_right_where_the_reference_has_it_too() {
        let ones = halves(512 * 512, |_| 1.0);
        // Row 300 adds up to 512·200, which no f16 holds.
        let lhs = halves(512 * 512, |index| if index / 512 == 300 { 200.0 } else { 1.0 });
        let sums = |overflowed: f32| {
            halves(
                512 * 512,
                move |index| if index / 512 == 300 { overflowed } else { 512.0 },
            )
        };
        let check = |output: &Tensor| check(LARGE, Precision::F16, [&lhs, &ones], output);
        assert_eq!(check(&sums(f32::INFINITY)).unwrap().not_finite, 512);
        for wrong in [f32::NEG_INFINITY, f32::NAN, 65504.0] {
            assert!(check(&sums(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn inputs_that_are_not_finite_are_followed_to_every_row() {
        let ones = floats(512 * 512, |_| 1.0);
        let lhs = floats(512 * 512, |index| if index == 300 * 512 { f32::NAN } else { 1.0 });
        let sums = |row: f32| floats(512 * 512, move |index| if index / 512 == 300 { row } else { 512.0 });
        let check = |output: &Tensor| check(LARGE, Precision::F32, [&lhs, &ones], output);
        assert_eq!(check(&sums(f32::NAN)).unwrap().not_finite, 512);
        assert_eq!(check(&sums(512.0)).unwrap_err().place, "C[0, 300, 0]");
    }

    #[test]
    fn sums_that_overflow_on_the_way_are_the_case_and_not_the_kernel() {
        let signs = |index: usize| if index.is_multiple_of(2) { 1.0 } else { -1.0 };
        for (precision, lhs, wrong) in [
            (
                Precision::F16Acc,
                halves(32 * 32, |index| 6e4 * signs(index)),
                f32::INFINITY,
            ),
            (
                Precision::F16Acc,
                halves(32 * 32, |index| 3e3 * signs(index / 16)),
                f32::NAN,
            ),
            (
                Precision::F32,
                floats(32 * 32, |index| 3e38 * signs(index / 8)),
                f32::INFINITY,
            ),
        ] {
            let (rhs, output) = match precision {
                Precision::F32 => (floats(32 * 32, |_| 1.0), floats(32 * 32, |_| wrong)),
                _ => (halves(32 * 32, |_| 1.0), halves(32 * 32, |_| wrong)),
            };
            let mismatch = check("32x32x32", precision, [&lhs, &rhs], &output).unwrap_err();
            assert!(mismatch.overflow.is_some() && mismatch.want == 0.0, "{mismatch}");
            assert!(
                mismatch
                    .to_string()
                    .contains("overflow on the way, whatever the kernel")
            );
        }
        // A bound that grows past all numbers, as that of long f16 sums does, is no leave for infinity.
        let ones = halves(8192, signs);
        let mismatch = check(
            "1x1x8192",
            Precision::F16Acc,
            [&ones, &halves(8192, |_| 1.0)],
            &halves(1, |_| f32::INFINITY),
        );
        assert!(mismatch.unwrap_err().overflow.is_none());
    }

    #[test]
    fn sums_of_i8_that_can_pass_i32_are_refused() {
        let fits = |problem: &str, largest: [f64; 2]| {
            let inputs = Magnitudes {
                largest,
                subnormal: false,
            };
            inputs.check_sums(&problem.parse().unwrap(), Precision::I8)
        };
        assert!(fits("4x4x133144", [127.0; 2]).is_ok() && fits("4x4x133145", [127.0; 2]).is_err());
        assert!(fits("4x4x131072", [128.0; 2]).is_err() && fits("4x4x1000000", [1.0, 127.0]).is_ok());
        assert!(fits("n1c20000h3w3k1r3s3", [127.0; 2]).is_err() && fits("n1c20000h3w3k1r3s3", [127.0, 90.0]).is_ok());
        assert!(fits("w64dot1000000", [128.0; 2]).is_ok());
        let why = fits("4x4x200000", [127.0, 128.0]).unwrap_err().to_string();
        assert!(
            why.contains("200000 products") && why.contains("3251200000") && why.contains("2147483647"),
            "{why}"
        );
    }

    /// ⟨dY, X∗W⟩ = ⟨dX, X⟩ = ⟨dW, W⟩, since the convolution is linear in each operand.
    #[test]
    fn gradients_are_adjoint_to_the_convolution() {
        for conv in [
            "n2c6h7w5k4r3s2t2-1p1-0-2-1d1-2g2",
            "n1c3h5w5k2r3s3p1",
            "n3c4h6w9k8r1s1t2",
            "n1c4h8w4k4r3s1p2-0-0-0g4",
        ] {
            let forward: Problem = conv.parse().unwrap();
            let [dx, dw] = ["dx", "dw"].map(|by| format!("{by}-{conv}").parse::<Problem>().unwrap());
            let numbers = |shape: Vec<u32>, step: usize| {
                floats(shape.iter().product::<u32>() as usize, |index| {
                    ((index * step) % 17) as f32 - 8.0
                })
            };
            let (x, w) = (
                numbers(forward.shape_of_input(0), 5),
                numbers(forward.shape_of_input(1), 7),
            );
            let dy = numbers(forward.shape_of_output(), 11);
            let inner = |a: &[f64], b: &Tensor| a.iter().zip(b.to_f64()).map(|(a, b)| a * b).sum::<f64>();
            let whole = inner(&compute(&forward, [&x, &w]), &dy);
            assert_eq!(inner(&compute(&dx, [&dy, &w]), &x), whole, "{dx}");
            assert_eq!(inner(&compute(&dw, [&dy, &x]), &w), whole, "{dw}");
            assert_eq!((dx.macs(), dw.macs()), (forward.macs(), forward.macs()));
        }
    }
}
