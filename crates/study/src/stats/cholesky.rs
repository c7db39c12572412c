//! Cholesky's decomposition of a small symmetric matrix with a unit diagonal. In: its entries and a right side. Out: the solution.

/// Solves a system of at most `MOST` rows, on the stack; `None` where it is singular to working precision.
pub(super) fn solve_unit<const MOST: usize>(
    count: usize,
    entry: impl Fn(usize, usize) -> f64,
    right: impl Fn(usize) -> f64,
) -> Option<[f64; MOST]> {
    let mut lower = [[0.0; MOST]; MOST];
    let mut solution = [0.0; MOST];
    for row in 0..count {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| lower[row][k] * lower[column][k]).sum();
            let rest = entry(row, column) - known;
            if row == column {
                if rest < 1e-12 {
                    return None;
                }
                lower[row][row] = rest.sqrt();
            } else {
                lower[row][column] = rest / lower[column][column];
            }
        }
        let known: f64 = (0..row).map(|k| lower[row][k] * solution[k]).sum();
        solution[row] = (right(row) - known) / lower[row][row];
    }
    for row in (0..count).rev() {
        let known: f64 = (row + 1..count).map(|k| lower[k][row] * solution[k]).sum();
        solution[row] = (solution[row] - known) / lower[row][row];
    }
    Some(solution)
}
