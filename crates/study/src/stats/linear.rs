//! Ordinary least squares with an intercept, for a handful of columns. In: columns and a response. Out: coefficients.

use super::cholesky::solve_unit;
use super::normal::MOST_COLUMNS;
use joulemark_base::statistics::mean;

/// A fitted plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Value where all columns are zero.
    pub intercept: f64,
    /// One slope per column.
    pub slopes: Vec<f64>,
}

impl Fit {
    /// The fitted value for one row of columns.
    #[must_use]
    pub fn predict(&self, row: impl IntoIterator<Item = f64>) -> f64 {
        self.intercept
            + self
                .slopes
                .iter()
                .zip(row)
                .map(|(slope, value)| slope * value)
                .sum::<f64>()
    }
}

/// Fits by centred normal equations. `None` where a column is constant or follows from the others.
#[must_use]
pub fn fit(columns: &[&[f64]], response: &[f64]) -> Option<Fit> {
    let centres = columns.iter().map(|column| mean(column)).collect::<Option<Vec<_>>>()?;
    let centre = mean(response)?;
    let product = |a: &[f64], a0: f64, b: &[f64], b0: f64| a.iter().zip(b).map(|(a, b)| (a - a0) * (b - b0)).sum();
    let count = columns.len();
    let mut gram = vec![vec![0.0; count]; count];
    let mut right = vec![0.0; count];
    for row in 0..count {
        for column in 0..count {
            gram[row][column] = product(columns[row], centres[row], columns[column], centres[column]);
        }
        right[row] = product(columns[row], centres[row], response, centre);
    }
    let slopes = solve(&gram, &right)?;
    let intercept = centre
        - slopes
            .iter()
            .zip(&centres)
            .map(|(slope, centre)| slope * centre)
            .sum::<f64>();
    Some(Fit { intercept, slopes })
}

/// Solves a symmetric positive definite system, scaled to a unit diagonal. `None` where it is singular to working precision.
///
/// # Panics
/// With more than [`MOST_COLUMNS`] columns.
#[must_use]
pub fn solve(gram: &[Vec<f64>], right: &[f64]) -> Option<Vec<f64>> {
    let scale: Vec<f64> = (0..right.len()).map(|index| gram[index][index].sqrt()).collect();
    if scale.iter().any(|scale| !(*scale > 0.0 && scale.is_finite())) {
        return None;
    }
    let entry = |row: usize, column: usize| gram[row][column] / (scale[row] * scale[column]);
    let solution = solve_unit::<MOST_COLUMNS>(right.len(), entry, |row| right[row] / scale[row])?;
    Some(
        solution
            .iter()
            .zip(&scale)
            .map(|(value, scale)| value / scale)
            .collect(),
    )
}

/// Share of the response's variance that a fit explains; `None` where the response is constant.
#[must_use]
pub fn r_squared(fitted: &[f64], response: &[f64]) -> Option<f64> {
    let centre = mean(response)?;
    let total: f64 = response.iter().map(|value| (value - centre).powi(2)).sum();
    let left: f64 = response
        .iter()
        .zip(fitted)
        .map(|(value, fitted)| (value - fitted).powi(2))
        .sum();
    (total > 0.0).then(|| 1.0 - left / total)
}
