//! Inputs whose structure lies in the shape of a problem: weights pruned row by row, operands of low rank. And the variant
//! parameters `density` and `rank`, by which a plan knows of it before there are data.

use half::f16;
use rand::seq::index::sample;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::input::Distribution;
use crate::precision::{Element, Precision};
use crate::problem::{Matmul, Problem};
use crate::tensor::Tensor;
use crate::unsupported::Unsupported;
use crate::variant::Variant;

/// Numbers that are left of a row of `k` when this percentage is kept: at least one.
pub(crate) fn kept(percent: u32, k: u32) -> u32 {
    ((u64::from(percent) * u64::from(k) + 50) / 100).max(1) as u32
}

impl Distribution {
    /// Whether there are such inputs for a problem in a precision.
    ///
    /// # Errors
    /// The reason why not.
    pub fn suits(self, problem: &Problem, precision: Precision) -> Result<(), Unsupported> {
        match (self, problem) {
            (Self::Pruned(_), Problem::Matmul(_)) => Ok(()),
            (Self::Rank(_), Problem::Matmul(_)) if precision != Precision::I8 => Ok(()),
            (Self::Rank(_), Problem::Matmul(_)) => Err(Unsupported::new(
                "operands of low rank are sums of products, which i8 does not hold",
            )),
            (Self::Pruned(_) | Self::Rank(_), _) => Err(Unsupported::new(format!(
                "inputs `{self}` are for matrix products, not for {problem}"
            ))),
            _ => Ok(()),
        }
    }

    /// Both inputs of a problem that they [suit](Self::suits).
    pub fn inputs(self, problem: &Problem, element: Element, seed: u64) -> [Tensor; 2] {
        let [mut first, mut second] = [0, 1].map(|index| {
            let count = problem
                .shape_of_input(index)
                .iter()
                .map(|&size| size as usize)
                .product();
            self.fill(element, count, seed, index as u64)
        });
        match (self, problem) {
            (Self::Pruned(percent), Problem::Matmul(size)) => match &mut first {
                Tensor::F32(data) => prune(data, 1.0, percent, size, seed),
                Tensor::F16(data) => prune(data, f16::ONE, percent, size, seed),
                Tensor::I8(data) => prune(data, 1, percent, size, seed),
                Tensor::I32(data) => prune(data, 1, percent, size, seed),
            },
            (Self::Rank(rank), Problem::Matmul(size)) => match &mut second {
                Tensor::F32(data) => lower_rank(data, |x| x, rank, size, seed),
                Tensor::F16(data) => lower_rank(data, f16::from_f32, rank, size, seed),
                Tensor::I8(_) | Tensor::I32(_) => {}
            },
            _ => {}
        }
        [first, second]
    }

    /// A variant with what it has to know of these inputs: `density`, the percentage of A's numbers that are not 0, and
    /// `rank`, B's, 0 if it is unknown.
    pub fn describe(self, variant: Variant) -> Variant {
        let density = if let Self::Pruned(percent) = self { percent } else { 100 };
        let rank = if let Self::Rank(rank) = self { rank } else { 0 };
        [format!("density={density}"), format!("rank={rank}")]
            .iter()
            .fold(variant, |variant, parameter| variant.with(parameter).unwrap_or(variant))
    }

    /// Inputs for a variant: uniform ones, with the structure that its parameters tell of.
    pub fn described_by(variant: &Variant) -> Self {
        let value = |name: &str| {
            variant
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value as u8)
        };
        match (value("density"), value("rank")) {
            (Some(percent @ ..100), _) => Self::Pruned(percent),
            (_, Some(rank @ 1..)) => Self::Rank(rank),
            _ => Self::Uniform,
        }
    }
}

/// Keeps as many numbers of each row of A, at random columns; a kept 0 becomes `one`.
fn prune<T: Copy + Default + PartialEq>(data: &mut [T], one: T, percent: u8, size: &Matmul, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(2);
    let k = size.k as usize;
    for row in 0..(size.batch * size.m) as usize {
        let mut is_kept = vec![false; k];
        for column in sample(&mut rng, k, kept(percent.into(), size.k) as usize) {
            is_kept[column] = true;
        }
        for (column, is_kept) in is_kept.into_iter().enumerate() {
            let number = &mut data[size.lhs_index(row, column)];
            *number = match is_kept {
                true if *number == T::default() => one,
                true => *number,
                false => T::default(),
            };
        }
    }
}

/// Makes each B the product of k×r and r×n factors that both begin with the identity, so that its first r columns and
/// rows are these factors. They are multiples of 1/4 up to 1, their products multiples of 1/16 up to 1, and a sum of
/// r ≤ 128 of those is at most 2048 sixteenths: 11 bits, which f16 holds exactly.
fn lower_rank<T>(data: &mut [T], of: impl Fn(f32) -> T, rank: u8, size: &Matmul, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(3);
    let [k, n] = [size.k, size.n].map(|size| size as usize);
    let rank = usize::from(rank).min(k).min(n);
    for batch in 0..size.batch as usize {
        // In quarters: `rank` numbers for each row of B, then for each column.
        let mut factor = |lines: usize| -> Vec<i32> {
            let mut quarters = |line: usize, other: usize| match line < rank {
                true => 4 * i32::from(line == other),
                false => rng.random_range(1..=4) * [1, -1][rng.random_range(0..2)],
            };
            (0..lines * rank).map(|at| quarters(at / rank, at % rank)).collect()
        };
        let (left, right) = (factor(k), factor(n));
        for (row, left) in left.chunks_exact(rank).enumerate() {
            for (column, right) in right.chunks_exact(rank).enumerate() {
                let sixteenths: i32 = left.iter().zip(right).map(|(a, b)| a * b).sum();
                data[size.rhs_index(batch, row, column)] = of(sixteenths as f32 / 16.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::kept;
    use crate::input::Distribution;
    use crate::precision::{Element, Precision};
    use crate::problem::{Matmul, Problem};
    use crate::variant::Variant;

    fn product(text: &str) -> (Problem, Matmul) {
        let problem: Problem = text.parse().unwrap();
        let Problem::Matmul(size) = problem else { unreachable!() };
        (problem, size)
    }

    #[test]
    fn every_row_of_pruned_weights_keeps_as_many() {
        assert_eq!([kept(10, 64), kept(50, 3), kept(1, 7), kept(100, 7)], [6, 2, 1, 7]);
        for text in ["9x5x40", "3b9x5x40ta", "9x5x40relu"] {
            let (problem, size) = product(text);
            for element in [Element::F32, Element::F16, Element::I8] {
                let [a, b] = Distribution::Pruned(25).inputs(&problem, element, 1);
                for row in 0..(size.batch * size.m) as usize {
                    let left = (0..40).filter(|&k| a.at(size.lhs_index(row, k)) != 0.0);
                    assert_eq!(left.count(), 10, "{text}");
                }
                assert_eq!(b, Distribution::Uniform.inputs(&problem, element, 1)[1]);
            }
        }
    }

    #[test]
    fn operands_of_low_rank_are_their_first_columns_times_their_first_rows_in_f16_too() {
        for (text, rank) in [("4x150x140", 128), ("4x30x20tb", 3), ("2b4x5x7", 4), ("4x9x6relu", 128)] {
            let (problem, size) = product(text);
            let [halves, floats] = [Element::F16, Element::F32].map(|element| {
                let [_, b] = Distribution::Rank(rank).inputs(&problem, element, 3);
                b
            });
            let rank = usize::from(rank).min(size.k as usize).min(size.n as usize);
            for batch in 0..size.batch as usize {
                let at = |row: usize, column: usize| halves.at(size.rhs_index(batch, row, column));
                for (row, column) in (0..size.k as usize).flat_map(|row| (0..size.n as usize).map(move |c| (row, c))) {
                    let product: f64 = (0..rank).map(|r| at(row, r) * at(r, column)).sum();
                    let float = floats.at(size.rhs_index(batch, row, column));
                    assert_eq!([product, float], [at(row, column); 2], "{text} at {row}, {column}");
                }
            }
        }
    }

    #[test]
    fn variants_know_of_the_structure_and_tell_of_it() {
        let variant = Variant::new(&[("density", 100), ("rank", 7), ("lanes", 8)]);
        for (input, parameters) in [
            (Distribution::Pruned(5), "density=5,rank=0,lanes=8"),
            (Distribution::Rank(9), "density=100,rank=9,lanes=8"),
            (Distribution::Uniform, "density=100,rank=0,lanes=8"),
        ] {
            let described = input.describe(variant.clone());
            assert_eq!(described.to_string(), parameters);
            assert_eq!(Distribution::described_by(&described), input);
        }
        let conv = "n1c1h1w1k1r1s1".parse().unwrap();
        assert!(Distribution::Pruned(5).suits(&conv, Precision::F32).is_err());
        assert!(Distribution::Rank(5).suits(&product("4x4x4").0, Precision::I8).is_err());
        assert!(Distribution::Sparse(5).suits(&conv, Precision::I8).is_ok());
    }
}
