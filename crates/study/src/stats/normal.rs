//! Least squares on the normal equations for a handful of columns: free, or non-negative by the active sets of Lawson
//! and Hanson (1974); and the condition number. In: rows, which can be taken out again. Out: coefficients.

use super::linear::solve;

/// The problem min ‖Xβ − y‖², kept as XᵀX and Xᵀy, so that rows can be taken out again without a second pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Normal {
    gram: Vec<Vec<f64>>,
    right: Vec<f64>,
}

impl Normal {
    /// A problem of `columns` unknowns and no rows yet.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self {
            gram: vec![vec![0.0; columns]; columns],
            right: vec![0.0; columns],
        }
    }

    /// Adds a row `weight` times; −1 takes it out again.
    pub fn add(&mut self, row: &[f64], response: f64, weight: f64) {
        for (a, value) in row.iter().enumerate() {
            for (b, other) in row.iter().enumerate() {
                self.gram[a][b] += weight * value * other;
            }
            self.right[a] += weight * value * response;
        }
    }

    /// The non-negative minimiser. A column that is zero in all rows gets 0.
    #[must_use]
    pub fn solve(&self) -> Vec<f64> {
        let count = self.right.len();
        let scale: Vec<f64> = (0..count).map(|index| self.gram[index][index].sqrt()).collect();
        let mut beta = vec![0.0; count];
        let mut active: Vec<usize> = Vec::new();
        let mut barred = vec![false; count];
        for _ in 0..10 * count {
            let slope = |index: usize, beta: &[f64]| {
                let fitted: f64 = (0..count).map(|other| self.gram[index][other] * beta[other]).sum();
                (self.right[index] - fitted) / scale[index]
            };
            let total: f64 = (0..count)
                .map(|i| self.right[i].abs() / scale[i].max(f64::MIN_POSITIVE))
                .sum();
            let next = (0..count)
                .filter(|index| !active.contains(index) && !barred[*index] && scale[*index] > 0.0)
                .map(|index| (index, slope(index, &beta)))
                .filter(|(_, slope)| *slope > 1e-12 * total)
                .max_by(|a, b| a.1.total_cmp(&b.1));
            let Some((index, _)) = next else { break };
            active.push(index);
            if !self.descend(&mut active, &mut beta) {
                active.retain(|other| *other != index);
                barred[index] = true;
            }
        }
        beta
    }

    /// Walks to the minimum over the active columns and drops those that would turn negative. `false` if the active
    /// columns follow from each other.
    fn descend(&self, active: &mut Vec<usize>, beta: &mut [f64]) -> bool {
        loop {
            let gram: Vec<Vec<f64>> = active
                .iter()
                .map(|row| active.iter().map(|column| self.gram[*row][*column]).collect())
                .collect();
            let right: Vec<f64> = active.iter().map(|row| self.right[*row]).collect();
            let Some(target) = solve(&gram, &right) else {
                return false;
            };
            let limit = active
                .iter()
                .zip(&target)
                .filter(|(_, target)| **target <= 0.0)
                .map(|(index, target)| (*index, beta[*index] / (beta[*index] - target).max(f64::MIN_POSITIVE)))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            let step = limit.map_or(1.0, |(_, step)| step);
            for (index, target) in active.iter().zip(&target) {
                beta[*index] += step * (target - beta[*index]);
            }
            let Some((index, _)) = limit else { return true };
            beta[index] = 0.0;
            active.retain(|other| *other != index);
            if active.is_empty() {
                return true;
            }
        }
    }

    /// Adds a row of a few columns, each with its value, once.
    pub fn add_sparse(&mut self, row: &[(usize, f64)], response: f64) {
        for (a, value) in row {
            for (b, other) in row {
                self.gram[*a][*b] += value * other;
            }
            self.right[*a] += value * response;
        }
    }

    /// The minimiser without a sign constraint; `None` where columns follow from each other.
    #[must_use]
    pub fn solve_free(&self) -> Option<Vec<f64>> {
        solve(&self.gram, &self.right)
    }

    /// Condition number of X with its columns scaled to unit length: √(λ_max / λ_min). Columns that are zero
    /// everywhere are left out; `None` if the rest is singular.
    #[must_use]
    pub fn condition_number(&self) -> Option<f64> {
        let used: Vec<usize> = (0..self.right.len())
            .filter(|index| self.gram[*index][*index] > 0.0)
            .collect();
        let entry = |a: usize, b: usize| self.gram[a][b] / (self.gram[a][a] * self.gram[b][b]).sqrt();
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
