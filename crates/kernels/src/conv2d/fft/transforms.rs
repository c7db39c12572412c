//! The three transforms of a tile as generated WGSL: each invocation of a workgroup takes a row of the tile, then a column,
//! which meet in workgroup memory. In: sizes. Out: `fn rows` and `fn columns`, and their operations per tile.

use super::radix2::{Complex, Radix2, text};

/// Sizes of a tile of `side`² numbers, of the filter, and of the outputs that are right.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) side: usize,
    pub(super) filter: [usize; 2],
}

/// Generated text and the operations of one tile.
pub(super) struct Transform {
    pub(super) text: String,
    pub(super) operations: u64,
}

impl Sizes {
    /// Columns of the half spectrum.
    pub(super) fn half(self) -> usize {
        self.side / 2 + 1
    }

    /// Outputs per axis that circular correlation gets right.
    pub(super) fn outputs(self) -> [usize; 2] {
        self.filter.map(|taps| self.side - taps + 1)
    }

    /// Real numbers to half spectrum; `rows` × `columns` of them are not zero.
    pub(super) fn forward(self, [rows, columns]: [usize; 2]) -> Transform {
        let mut code = Radix2::default();
        code.text.push_str("fn rows(at: Place, slot: u32, lane: u32) {\n");
        for i in 0..columns {
            code.line(&format!("let x{i} = load_at(at, lane, {i}u);"));
        }
        let inputs: Vec<_> = (0..self.side).map(|i| (i < columns).then(|| format!("x{i}"))).collect();
        for (k, z) in code.real(&inputs).iter().enumerate() {
            code.line(&format!(
                "{} = vec2<f32>({}, {});",
                self.shared("lane", &format!("{k}u")),
                text(&z.re),
                text(&z.im)
            ));
        }
        let row_operations = code.operations;
        code.text
            .push_str("}\n\nfn columns(at: Place, slot: u32, lane: u32) {\n");
        let inputs = self.load_shared_column(&mut code, rows);
        for (k, z) in code.complex(&inputs, false).iter().enumerate() {
            code.line(&format!(
                "store_at(at, {k}u, lane, vec2<f32>({}, {}));",
                text(&z.re),
                text(&z.im)
            ));
        }
        code.text.push_str("}\n");
        let column_operations = code.operations - row_operations;
        Transform {
            operations: row_operations * rows as u64 + column_operations * self.half() as u64,
            text: code.text,
        }
    }

    /// Half spectrum to the outputs that are right, times side².
    pub(super) fn inverse(self) -> Transform {
        let [outputs_y, outputs_x] = self.outputs();
        let mut code = Radix2::default();
        code.text.push_str("fn columns(at: Place, slot: u32, lane: u32) {\n");
        for i in 0..self.side {
            code.line(&format!("let z{i} = load_at(at, {i}u, lane);"));
        }
        let inputs: Vec<_> = (0..self.side).map(register).collect();
        for (y, z) in code.complex(&inputs, true).iter().take(outputs_y).enumerate() {
            code.line(&format!(
                "{} = vec2<f32>({}, {});",
                self.shared(&format!("{y}u"), "lane"),
                text(&z.re),
                text(&z.im)
            ));
        }
        let column_operations = code.operations;
        code.text.push_str("}\n\nfn rows(at: Place, slot: u32, lane: u32) {\n");
        for k in 0..self.half() {
            code.line(&format!("let z{k} = {};", self.shared("lane", &format!("{k}u"))));
        }
        let spectrum: Vec<_> = (0..self.half()).map(register).collect();
        for (x, value) in code.real_inverse(&spectrum).iter().take(outputs_x).enumerate() {
            code.line(&format!("store_at(at, lane, {x}u, {} * SCALE);", text(value)));
            code.operations += 1;
        }
        code.text.push_str("}\n");
        let row_operations = code.operations - column_operations;
        Transform {
            operations: column_operations * self.half() as u64 + row_operations * outputs_y as u64,
            text: code.text,
        }
    }

    fn load_shared_column(self, code: &mut Radix2, rows: usize) -> Vec<Complex> {
        for y in 0..rows {
            code.line(&format!("let z{y} = {};", self.shared(&format!("{y}u"), "lane")));
        }
        let zero = Complex { re: None, im: None };
        (0..self.side)
            .map(|y| if y < rows { register(y) } else { zero.clone() })
            .collect()
    }

    /// A place in the workgroup's tiles.
    fn shared(self, row: &str, column: &str) -> String {
        format!("spectrum[(slot*{}u+{row})*{}u+{column}]", self.side, self.half())
    }
}

fn register(index: usize) -> Complex {
    Complex {
        re: Some(format!("z{index}.x")),
        im: Some(format!("z{index}.y")),
    }
}

#[cfg(test)]
mod tests {
    use super::Sizes;

    /// Each operator of the text is executed once per row or column that is computed.
    #[test]
    fn operations_are_those_of_the_text() {
        let sizes = Sizes {
            side: 16,
            filter: [5, 3],
        };
        let count = |text: &str| {
            [" + ", " - ", " * "]
                .map(|operator| text.matches(operator).count())
                .iter()
                .sum::<usize>()
        };
        let parts = |text: &str| {
            let (first, second) = text.split_once("\n\n").unwrap();
            [count(first), count(second)]
        };
        for (transform, [first, second]) in [
            (sizes.forward([5, 3]), [5, 9]),
            (sizes.forward([16, 16]), [16, 9]),
            (sizes.inverse(), [9, 12]),
        ] {
            let [a, b] = parts(&transform.text);
            assert_eq!(transform.operations, (a * first + b * second) as u64);
        }
        // A real transform of 16: fewer than half of a complex one's 5·16·log2(16) operations.
        assert!(sizes.forward([1, 16]).operations < sizes.forward([16, 16]).operations / 8);
    }
}
