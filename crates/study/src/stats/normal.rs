//! Least squares on the normal equations for a handful of columns: free, or non-negative by the active sets of Lawson
//! and Hanson (1974); and the condition number. In: rows, which can be taken out again. Out: coefficients.

use super::cholesky::solve_unit;

/// Columns at most: the solver works on the stack, as a bootstrap calls it a million times.
pub const MOST_COLUMNS: usize = 16;

/// One number per column.
pub type Coefficients = [f64; MOST_COLUMNS];

/// The problem min ‖Xβ − y‖², kept as XᵀX and Xᵀy, so that rows can be taken out again without a second pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Normal {
    width: usize,
    gram: Vec<f64>,
    right: Coefficients,
}

impl Normal {
    /// A problem of `columns` unknowns and no rows yet.
    ///
    /// # Panics
    /// More columns than [`MOST_COLUMNS`].
    #[must_use]
    pub fn new(columns: usize) -> Self {
        assert!(columns <= MOST_COLUMNS, "{columns} columns, at most {MOST_COLUMNS}");
        Self {
            width: columns,
            gram: vec![0.0; columns * columns],
            right: [0.0; MOST_COLUMNS],
        }
    }

    /// Adds a row `weight` times; −1 takes it out again.
    pub fn add(&mut self, row: &[f64], response: f64, weight: f64) {
        for (a, value) in row.iter().enumerate() {
            for (b, other) in row.iter().enumerate() {
                self.gram[a * self.width + b] += weight * value * other;
            }
            self.right[a] += weight * value * response;
        }
    }

    /// Adds a row of a few columns, each with its value, `weight` times.
    pub fn add_sparse(&mut self, row: &[(usize, f64)], response: f64, weight: f64) {
        for (a, value) in row {
            for (b, other) in row {
                self.gram[a * self.width + b] += weight * value * other;
            }
            self.right[*a] += weight * value * response;
        }
    }

    /// Adds all rows of another problem of as many columns, `weight` times.
    pub fn add_all(&mut self, other: &Self, weight: f64) {
        self.gram
            .iter_mut()
            .zip(&other.gram)
            .for_each(|(own, other)| *own += weight * other);
        self.right
            .iter_mut()
            .zip(&other.right)
            .for_each(|(own, other)| *own += weight * other);
    }

    /// Takes all rows out.
    pub fn clear(&mut self) {
        self.gram.fill(0.0);
        self.right = [0.0; MOST_COLUMNS];
    }

    /// The non-negative minimiser. A column that is zero in all rows gets 0.
    #[must_use]
    pub fn solve(&self) -> Vec<f64> {
        self.solve_from(0).0[..self.width].to_vec()
    }

    /// As [`Normal::solve`], starting from a set of columns (a bit each) that may well be the ones above zero; with the
    /// set of those that are.
    #[must_use]
    pub fn solve_from(&self, likely: u32) -> (Coefficients, u32) {
        let scale = self.scale();
        let (mut beta, mut active, mut barred) = ([0.0; MOST_COLUMNS], 0_u32, 0_u32);
        if likely != 0
            && let Some(found) = self
                .minimum(likely, &scale)
                .filter(|found| lowest(found, likely).is_none_or(|low| low > 0.0))
        {
            (beta, active) = (found, likely);
        }
        let total: f64 = (0..self.width)
            .map(|index| self.right[index].abs() / scale[index].max(f64::MIN_POSITIVE))
            .sum();
        for _ in 0..10 * self.width {
            let slope = |index: usize| {
                let row = &self.gram[index * self.width..(index + 1) * self.width];
                let fitted: f64 = row.iter().zip(&beta).map(|(value, beta)| value * beta).sum();
                (self.right[index] - fitted) / scale[index]
            };
            let next = (0..self.width)
                .filter(|index| (active | barred) & (1 << index) == 0 && scale[*index] > 0.0)
                .map(|index| (index, slope(index)))
                .filter(|(_, slope)| *slope > 1e-12 * total)
                .max_by(|a, b| a.1.total_cmp(&b.1));
            let Some((index, _)) = next else { break };
            active |= 1 << index;
            if !self.descend(&mut active, &mut beta, &scale) {
                active &= !(1 << index);
                barred |= 1 << index;
            }
        }
        (beta, active)
    }

    /// Walks to the minimum over the active columns and drops those that would turn negative. `false` if the active
    /// columns follow from each other.
    fn descend(&self, active: &mut u32, beta: &mut Coefficients, scale: &Coefficients) -> bool {
        while *active != 0 {
            let Some(target) = self.minimum(*active, scale) else {
                return false;
            };
            let limit = columns_of(*active)
                .filter(|index| target[*index] <= 0.0)
                .map(|index| {
                    (
                        index,
                        beta[index] / (beta[index] - target[index]).max(f64::MIN_POSITIVE),
                    )
                })
                .min_by(|a, b| a.1.total_cmp(&b.1));
            let step = limit.map_or(1.0, |(_, step)| step);
            for index in columns_of(*active) {
                beta[index] += step * (target[index] - beta[index]);
            }
            let Some((index, _)) = limit else { return true };
            beta[index] = 0.0;
            *active &= !(1 << index);
        }
        true
    }

    /// The minimiser without a sign constraint; `None` where columns follow from each other.
    #[must_use]
    pub fn solve_free(&self) -> Option<Vec<f64>> {
        let all = (1_u32 << self.width) - 1;
        Some(self.minimum(all, &self.scale())?[..self.width].to_vec())
    }

    /// Lengths of the columns.
    fn scale(&self) -> Coefficients {
        let mut scale = [0.0; MOST_COLUMNS];
        for (index, scale) in scale.iter_mut().enumerate().take(self.width) {
            *scale = self.gram[index * self.width + index].max(0.0).sqrt();
        }
        scale
    }

    /// The minimum over a set of columns; zero elsewhere. `None` where they follow from each other to working precision.
    fn minimum(&self, columns: u32, scale: &Coefficients) -> Option<Coefficients> {
        let (mut used, mut count) = ([0_usize; MOST_COLUMNS], 0);
        for column in columns_of(columns) {
            if !(scale[column] > 0.0 && scale[column].is_finite()) {
                return None;
            }
            used[count] = column;
            count += 1;
        }
        let entry = |row: usize, column: usize| {
            let (a, b) = (used[row], used[column]);
            self.gram[a * self.width + b] / (scale[a] * scale[b])
        };
        let solution = solve_unit::<MOST_COLUMNS>(count, entry, |row| self.right[used[row]] / scale[used[row]])?;
        let mut beta = [0.0; MOST_COLUMNS];
        for row in 0..count {
            beta[used[row]] = solution[row] / scale[used[row]];
        }
        Some(beta)
    }

    /// Condition number of X with its columns scaled to unit length: √(λ_max / λ_min). Columns that are zero
    /// everywhere are left out; `None` if the rest is singular.
    #[must_use]
    pub fn condition_number(&self) -> Option<f64> {
        let gram = |a: usize, b: usize| self.gram[a * self.width + b];
        let used: Vec<usize> = (0..self.width).filter(|index| gram(*index, *index) > 0.0).collect();
        let entry = |a: usize, b: usize| gram(a, b) / (gram(a, a) * gram(b, b)).sqrt();
        let eigenvalues = eigenvalues(
            used.iter()
                .map(|a| used.iter().map(|b| entry(*a, *b)).collect())
                .collect(),
        );
        let low = eigenvalues.iter().copied().reduce(f64::min)?;
        let high = eigenvalues.iter().copied().reduce(f64::max)?;
        (low > 0.0).then(|| (high / low).sqrt())
    }
}

/// The columns in a set.
fn columns_of(set: u32) -> impl Iterator<Item = usize> {
    (0..MOST_COLUMNS).filter(move |index| set & (1 << index) != 0)
}

fn lowest(values: &Coefficients, set: u32) -> Option<f64> {
    columns_of(set).map(|index| values[index]).reduce(f64::min)
}

/// Eigenvalues of a symmetric matrix by Jacobi's rotations.
fn eigenvalues(mut matrix: Vec<Vec<f64>>) -> Vec<f64> {
    let count = matrix.len();
    for _ in 0..60 {
        for a in 0..count {
            for b in a + 1..count {
                rotate(&mut matrix, a, b);
            }
        }
    }
    (0..count).map(|index| matrix[index][index]).collect()
}

fn rotate(matrix: &mut [Vec<f64>], a: usize, b: usize) {
    if matrix[a][b].abs() < 1e-300 {
        return;
    }
    let ratio = (matrix[b][b] - matrix[a][a]) / (2.0 * matrix[a][b]);
    let tangent = ratio.signum() / (ratio.abs() + (ratio * ratio + 1.0).sqrt());
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for row in matrix.iter_mut() {
        (row[a], row[b]) = (cosine * row[a] - sine * row[b], sine * row[a] + cosine * row[b]);
    }
    for (column, upper) in matrix[a].clone().into_iter().enumerate() {
        let lower = matrix[b][column];
        matrix[a][column] = cosine * upper - sine * lower;
        matrix[b][column] = sine * upper + cosine * lower;
    }
}
