//! Straight-line WGSL for a small constant matrix times registers, with a count of its operations.
//!
//! Rows that differ only in the sign of some terms share their even and odd parts, and so do columns: Cook–Toom points
//! come in pairs ±a, which makes half of each matrix such a pair.

use std::fmt::Write;

/// Generated text and the operations (additions and multiplications) that it executes.
#[derive(Default)]
pub(super) struct Linear {
    pub(super) text: String,
    pub(super) operations: u64,
    names: u32,
}

impl Linear {
    /// A function that loads a square number by number, transforms both axes and stores: `load` gives an expression for row
    /// and column, `store` lines for the names of the results.
    pub(super) fn function(
        signature: &str,
        matrix: &[Vec<f64>],
        load: impl Fn(usize, usize) -> String,
        store: impl Fn(&[Vec<String>]) -> Vec<String>,
    ) -> Self {
        let mut linear = Self::default();
        linear.line(&format!("{signature} {{"));
        let size = matrix[0].len();
        let registers: Vec<Vec<String>> = (0..size)
            .map(|i| (0..size).map(|j| format!("x{i}_{j}")).collect())
            .collect();
        for (i, row) in registers.iter().enumerate() {
            for (j, name) in row.iter().enumerate() {
                linear.line(&format!("    let {name} = {};", load(i, j)));
            }
        }
        let results = linear.both_axes(matrix, &registers);
        store(&results)
            .iter()
            .for_each(|line| linear.line(&format!("    {line}")));
        linear.line("}");
        linear
    }

    fn line(&mut self, line: &str) {
        writeln!(self.text, "{line}").expect("writing to a String cannot fail");
    }

    /// M·x·Mᵀ for a square of registers: first the columns, then the rows.
    pub(super) fn both_axes(&mut self, matrix: &[Vec<f64>], registers: &[Vec<String>]) -> Vec<Vec<String>> {
        let columns = (0..registers[0].len()).map(|j| registers.iter().map(|row| row[j].clone()).collect::<Vec<_>>());
        let columns: Vec<Vec<String>> = columns.map(|column| self.apply(matrix, &column)).collect();
        (0..matrix.len())
            .map(|i| {
                let row: Vec<String> = columns.iter().map(|column| column[i].clone()).collect();
                self.apply(matrix, &row)
            })
            .collect()
    }

    /// The names of M·x.
    fn apply(&mut self, matrix: &[Vec<f64>], inputs: &[String]) -> Vec<String> {
        let (matrix, inputs) = self.pair_columns(matrix.to_vec(), inputs.to_vec());
        let mut outputs = vec![String::new(); matrix.len()];
        for i in 0..matrix.len() {
            if !outputs[i].is_empty() {
                continue;
            }
            match (i + 1..matrix.len()).find(|other| mirrored(&matrix[i], &matrix[*other])) {
                Some(other) => {
                    let part = |sign: f64| -> Vec<f64> {
                        let pairs = matrix[i].iter().zip(&matrix[other]);
                        pairs.map(|(a, b)| if *a == sign * b { *a } else { 0.0 }).collect()
                    };
                    let even = self.combine(&part(1.0), &inputs);
                    let odd = self.combine(&part(-1.0), &inputs);
                    outputs[i] = self.name(&format!("{even} + {odd}"), 1);
                    outputs[other] = self.name(&format!("{even} - {odd}"), 1);
                }
                None => outputs[i] = self.combine(&matrix[i], &inputs),
            }
        }
        outputs
    }

    /// Replaces columns that differ only in the sign of some rows by their sum and difference.
    fn pair_columns(&mut self, mut matrix: Vec<Vec<f64>>, mut inputs: Vec<String>) -> (Vec<Vec<f64>>, Vec<String>) {
        let column = |matrix: &[Vec<f64>], j: usize| matrix.iter().map(|row| row[j]).collect::<Vec<_>>();
        for j in 0..inputs.len() {
            let Some(other) = (j + 1..inputs.len()).find(|k| mirrored(&column(&matrix, j), &column(&matrix, *k)))
            else {
                continue;
            };
            let (a, b) = (inputs[j].clone(), inputs[other].clone());
            inputs[j] = self.name(&format!("{a} + {b}"), 1);
            inputs[other] = self.name(&format!("{a} - {b}"), 1);
            for row in &mut matrix {
                let equal = row[j] == row[other];
                (row[j], row[other]) = if equal { (row[j], 0.0) } else { (0.0, row[j]) };
            }
        }
        (matrix, inputs)
    }

    /// One row times the inputs; a common factor is multiplied last.
    fn combine(&mut self, row: &[f64], inputs: &[String]) -> String {
        let mut terms: Vec<(f64, &String)> = row.iter().copied().zip(inputs).filter(|(x, _)| *x != 0.0).collect();
        terms.sort_by(|a, b| b.0.signum().total_cmp(&a.0.signum()));
        let Some(&(first, only)) = terms.first() else {
            return "0.0f".into();
        };
        if terms.len() == 1 && first == 1.0 {
            return only.clone();
        }
        let factor = first.abs();
        let common = terms.len() > 1 && factor != 1.0 && terms.iter().all(|(x, _)| x.abs() == factor);
        let mut operations = terms.len() as u64 - 1 + u64::from(common);
        let mut sum = String::new();
        for (coefficient, name) in &terms {
            let sign = match (*coefficient < 0.0, sum.is_empty()) {
                (true, true) => "-",
                (true, false) => " - ",
                (false, true) => "",
                (false, false) => " + ",
            };
            sum += sign;
            if !common && coefficient.abs() != 1.0 {
                operations += 1;
                sum += &format!("{} * ", literal(coefficient.abs()));
            }
            sum += name;
        }
        if common {
            sum = format!("{} * ({sum})", literal(factor));
        }
        self.name(&sum, operations)
    }

    fn name(&mut self, expression: &str, operations: u64) -> String {
        let name = format!("v{}", self.names);
        self.names += 1;
        self.operations += operations;
        self.line(&format!("    let {name} = {expression};"));
        name
    }
}

/// Whether two lists have equal magnitudes, some with the same and some with the other sign.
fn mirrored(a: &[f64], b: &[f64]) -> bool {
    let pairs = || a.iter().zip(b).filter(|(a, b)| **a != 0.0 || **b != 0.0);
    pairs().all(|(a, b)| a.abs() == b.abs()) && pairs().any(|(a, b)| a == b) && pairs().any(|(a, b)| *a == -b)
}

fn literal(value: f64) -> String {
    format!("{:?}f", value as f32)
}

#[cfg(test)]
mod tests {
    use super::super::matrices::cook_toom;
    use super::Linear;

    fn operations(matrix: &[Vec<f64>]) -> u64 {
        let size = matrix[0].len();
        let registers = vec![vec!["x".to_string(); size]; size];
        let mut linear = Linear::default();
        linear.both_axes(matrix, &registers);
        linear.operations
    }

    /// Lavin and Gray count 32 and 24 operations for the data and inverse transforms of F(2×2, 3×3), 28 for the filter
    /// (we spend one more per vector: both halves are scaled).
    #[test]
    fn operations_are_the_published_ones() {
        let f2 = cook_toom(2);
        assert_eq!(
            [&f2.data, &f2.filter, &f2.inverse].map(|matrix| operations(matrix)),
            [32, 35, 24]
        );
    }

    /// Counts the operators in the generated text.
    #[test]
    fn operations_are_those_in_the_text() {
        for outputs in [2, 4] {
            let matrices = cook_toom(outputs);
            for matrix in [&matrices.data, &matrices.filter, &matrices.inverse] {
                let registers = vec![vec!["x".to_string(); matrix[0].len()]; matrix[0].len()];
                let mut linear = Linear::default();
                linear.both_axes(matrix, &registers);
                let operators = [" + ", " - ", " * "].map(|operator| linear.text.matches(operator).count() as u64);
                assert_eq!(linear.operations, operators.iter().sum::<u64>(), "F({outputs}, 3)");
            }
        }
    }
}
