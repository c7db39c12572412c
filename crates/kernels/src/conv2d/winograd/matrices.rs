//! The matrices of Winograd's minimal filtering F(m, 3), derived from their Cook–Toom points.
//!
//! A filter g of r = 3 taps slides over t = m + 2 inputs d and gives m outputs Y = Aᵀ[(G g) ⊙ (Bᵀ d)] with t products.
//! Derivation: the product of two polynomials of degrees r − 1 and m − 1 has degree t − 1, so its values at t points
//! decide it. Take t − 1 finite points a_0 … and ∞, where a value is the leading coefficient. Evaluating one factor at
//! a_j is the row (1, a_j, a_j², …), at ∞ (0, …, 0, 1); Lagrange's interpolation multiplies the value at a_j with
//! L_j(x)/N_j, where L_j(x) = Π_{l≠j}(x − a_l) and N_j = L_j(a_j), and the value at ∞ with M(x) = Π_l(x − a_l).
//! Filtering is the transpose of polynomial multiplication (Winograd 1980; Lavin and Gray, arXiv 1509.09308), so
//!
//! - Aᵀ has the columns (1, a_j, …, a_j^{m−1})ᵀ, and (0, …, 0, 1)ᵀ for ∞,
//! - G has the rows (1, a_j, a_j²)/|N_j|, and (0, 0, 1) for ∞,
//! - Bᵀ has as rows the coefficients of sign(N_j)·L_j, lowest power first, and of M for ∞.
//!
//! F(2, 3) uses the points 0, 1, −1; F(4, 3) uses 0, 1, −1, 2, −2. Aᵀ and Bᵀ hold small integers.

/// Finite points, as many as t − 1.
const POINTS: [f64; 5] = [0.0, 1.0, -1.0, 2.0, -2.0];

/// Aᵀ (m×t), G (t×3) and Bᵀ (t×t), row by row.
pub(super) struct Matrices {
    pub(super) inverse: Vec<Vec<f64>>,
    pub(super) filter: Vec<Vec<f64>>,
    pub(super) data: Vec<Vec<f64>>,
}

/// The matrices of F(m, 3).
pub(super) fn cook_toom(outputs: usize) -> Matrices {
    let points = &POINTS[..outputs + 1];
    let infinity = |length: usize| {
        let mut row = vec![0.0; length];
        row[length - 1] = 1.0;
        row
    };
    let powers = |point: f64, length: usize| (0..length as i32).map(|power| point.powi(power)).collect::<Vec<_>>();
    let (mut filter, mut data) = (Vec::new(), Vec::new());
    for (j, &point) in points.iter().enumerate() {
        let others: Vec<f64> = (0..points.len()).filter(|l| *l != j).map(|l| points[l]).collect();
        let scale: f64 = others.iter().map(|other| point - other).product();
        filter.push(powers(point, 3).iter().map(|power| power / scale.abs()).collect());
        let mut row = monic(&others);
        row.push(0.0);
        data.push(row.iter().map(|coefficient| coefficient * scale.signum()).collect());
    }
    filter.push(infinity(3));
    data.push(monic(points));
    let columns: Vec<Vec<f64>> = points
        .iter()
        .map(|&point| powers(point, outputs))
        .chain([infinity(outputs)])
        .collect();
    Matrices {
        inverse: (0..outputs)
            .map(|i| columns.iter().map(|column| column[i]).collect())
            .collect(),
        filter,
        data,
    }
}

/// Coefficients of Π(x − root), lowest power first.
fn monic(roots: &[f64]) -> Vec<f64> {
    roots.iter().fold(vec![1.0], |polynomial, root| {
        let mut next = vec![0.0; polynomial.len() + 1];
        for (power, coefficient) in polynomial.iter().enumerate() {
            next[power + 1] += coefficient;
            next[power] -= root * coefficient;
        }
        next
    })
}

impl Matrices {
    /// How much larger than max|g|·max|d| the sum of magnitudes of one output of a two-dimensional tile can be:
    /// (max_i Σ_j |Aᵀ|_ij · Σ|G|_j · Σ|Bᵀ|_j)², since |U| ≤ |G||g||Gᵀ|, |V| ≤ |Bᵀ||d||B| and all of it is separable.
    pub(super) fn amplification(&self) -> f64 {
        let sum = |row: &Vec<f64>| row.iter().map(|x| x.abs()).sum::<f64>();
        let products: Vec<f64> = self
            .filter
            .iter()
            .zip(&self.data)
            .map(|(g, b)| sum(g) * sum(b))
            .collect();
        let row = |a: &Vec<f64>| {
            a.iter()
                .zip(&products)
                .map(|(a, product)| a.abs() * product)
                .sum::<f64>()
        };
        self.inverse.iter().map(row).fold(0.0, f64::max).powi(2)
    }

    /// Roundings that one term goes through in the three transforms, both axes: in each at most as many as the longest
    /// row has terms, one for its multiplication and one for a coefficient that f32 does not hold (1/6).
    pub(super) fn roundings(&self) -> f64 {
        let terms = |matrix: &[Vec<f64>]| {
            let lengths = matrix.iter().map(|row| row.iter().filter(|x| **x != 0.0).count());
            lengths.max().unwrap_or(0) as f64
        };
        2.0 * [&self.inverse, &self.filter, &self.data]
            .map(|matrix| terms(matrix) + 2.0)
            .iter()
            .sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::cook_toom;

    #[test]
    fn matrices_filter() {
        for outputs in [2, 4] {
            let matrices = cook_toom(outputs);
            // Bilinear, so unit vectors prove it: tap k and input l meet in output l − k with weight 1.
            for tap in 0..3 {
                for input in 0..outputs + 2 {
                    for (i, row) in matrices.inverse.iter().enumerate() {
                        let got: f64 = (0..outputs + 2)
                            .map(|j| row[j] * matrices.filter[j][tap] * matrices.data[j][input])
                            .sum();
                        let want = if input == i + tap { 1.0 } else { 0.0 };
                        assert!(
                            (got - want).abs() < 1e-14,
                            "F({outputs}, 3): {i}, {tap}, {input} is {got}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn matrices_are_the_known_ones() {
        let f2 = cook_toom(2);
        assert_eq!(f2.inverse, [[1.0, 1.0, 1.0, 0.0], [0.0, 1.0, -1.0, 1.0]]);
        assert_eq!(f2.filter[1], [0.5, 0.5, 0.5]);
        assert_eq!(f2.data[1], [0.0, 1.0, 1.0, 0.0]);
        let f4 = cook_toom(4);
        assert_eq!(f4.data[0], [4.0, 0.0, -5.0, 0.0, 1.0, 0.0]);
        assert_eq!(f4.inverse[3], [0.0, 1.0, -1.0, 8.0, -8.0, 1.0]);
        // F2: rows 2·1, 2·1.5, 2·1.5, 2·1 of |Bᵀ|·|G|, of which an output adds three.
        assert_eq!(f2.amplification(), 64.0);
    }
}
