//! What the host makes out of a product's inputs before it uploads them: A as compressed sparse rows, B as two factors.
//! Pure, from the same numbers that every other algorithm gets; data that do not have the structure are refused.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::problem::Matmul;
use crate::tensor::Tensor;
use crate::unsupported::Unsupported;

/// A part of an input, and the problem whose input it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derived {
    /// Which part.
    pub part: Part,
    /// The problem.
    pub problem: Matmul,
}

/// A part of an input in another form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Where each of A's rows begins among the numbers that are not 0, and where the last one ends: batch·m + 1.
    RowOffsets,
    /// The columns of these numbers, row by row.
    Columns,
    /// These numbers.
    Values,
    /// B's first columns, so many.
    LeftFactor(u32),
    /// B's first rows, so many, and the bias if there is one.
    RightFactor(u32),
}

impl Derived {
    /// The part of these inputs, made to fill `count` numbers.
    ///
    /// # Errors
    /// If there are more numbers than room for them, or B is not the product of its factors.
    pub fn tensor(&self, inputs: [&Tensor; 2], count: usize) -> Result<Tensor, Unsupported> {
        match self.part {
            Part::LeftFactor(rank) => {
                self.check_rank(rank, inputs[1])?;
                Ok(self.gather(inputs[1], 0..self.problem.k, rank))
            }
            Part::RightFactor(rank) => {
                let bias = self.problem.bias_relu.then_some(self.problem.k);
                Ok(self.gather(inputs[1], (0..rank).chain(bias), self.problem.n))
            }
            Part::RowOffsets | Part::Columns | Part::Values => self.sparse(inputs[0], count),
        }
    }

    fn sparse(&self, a: &Tensor, count: usize) -> Result<Tensor, Unsupported> {
        let Matmul { batch, m, k, .. } = self.problem;
        let (mut offsets, mut columns, mut places) = (vec![0], Vec::new(), Vec::new());
        for row in 0..(batch * m) as usize {
            for column in 0..k as usize {
                let place = self.problem.lhs_index(row, column);
                if a.at(place) != 0.0 {
                    columns.push(column as i32);
                    places.push(place);
                }
            }
            offsets.push(places.len() as i32);
        }
        if self.part == Part::RowOffsets {
            return Ok(Tensor::I32(offsets));
        }
        if places.len() > count {
            return Err(Unsupported::new(format!(
                "A has {} numbers that are not 0, and the kernel has room for {count}: give it a higher density",
                places.len()
            )));
        }
        // What lies behind the last row's end is not read.
        columns.resize(count, 0);
        places.resize(count, 0);
        Ok(match self.part {
            Part::Columns => Tensor::I32(columns),
            _ => a.gather(&places),
        })
    }

    /// These rows of each B, the first columns of them.
    fn gather(&self, b: &Tensor, rows: impl Iterator<Item = u32> + Clone, columns: u32) -> Tensor {
        let mut places = Vec::new();
        for product in 0..self.problem.batch as usize {
            for row in rows.clone() {
                let columns = 0..columns as usize;
                places.extend(columns.map(|column| self.problem.rhs_index(product, row as usize, column)));
            }
        }
        b.gather(&places)
    }

    /// Freivalds' check of B = U·V, in f64 with its rounding allowed for: B·x = U·(V·x) for a random x. No number of a
    /// factor may be above 1 in magnitude, which the kernel's error bound relies on.
    fn check_rank(&self, rank: u32, b: &Tensor) -> Result<(), Unsupported> {
        let Matmul { batch, n, k, .. } = self.problem;
        let [n, k, rank] = [n, k, rank].map(|size| size as usize);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let x: Vec<f64> = (0..n).map(|_| rng.random_range(-1.0..1.0)).collect();
        for product in 0..batch as usize {
            let at = |row: usize, column: usize| b.at(self.problem.rhs_index(product, row, column));
            // B·x and the sum of magnitudes in it, row by row; the first ones are V·x.
            let times_x = |row: usize| {
                (0..n).fold([0.0, 0.0], |[sum, size], column| {
                    let term = at(row, column) * x[column];
                    [sum + term, size + term.abs()]
                })
            };
            let whole: Vec<[f64; 2]> = (0..k).map(times_x).collect();
            for (row, [right, size]) in whole.iter().enumerate() {
                let terms = |part: usize| (0..rank).map(move |r| (r, part));
                let left: f64 = terms(0).map(|(r, part)| at(row, r) * whole[r][part]).sum();
                let left_size: f64 = terms(1).map(|(r, part)| at(row, r).abs() * whole[r][part]).sum();
                let rounding = (n + rank + 2) as f64 * f64::EPSILON * (size + left_size);
                let within_one = (0..rank).all(|r| at(row, r).abs() <= 1.0)
                    && (row >= rank || (0..n).all(|column| at(row, column).abs() <= 1.0));
                let equal = (left - right).abs() <= rounding;
                if !(within_one && equal) {
                    return Err(Unsupported::new(format!(
                        "B is not its first {rank} columns times its first {rank} rows, all within ±1: low_rank \
                         with rank {rank} computes inputs such as `rank{rank}`"
                    )));
                }
            }
        }
        Ok(())
    }
}
