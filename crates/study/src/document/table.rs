//! A table with typed columns. In: columns, then rows of cells. Out: what either back end lays out: words to the left, numbers to
//! the right, and which columns may go where there is no room.

use joulemark_base::estimate::Estimate;
use joulemark_base::si::{reach, si};

use super::words::Words;

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// One line above it; may be empty.
    pub caption: Words,
    /// Its columns.
    pub columns: Vec<Column>,
    /// How many of the first columns say what rows belong together: a terminal writes them once above their rows.
    pub grouped: usize,
    /// Its rows, each with a cell per column.
    pub rows: Vec<Vec<Cell>>,
    /// Lines below it.
    pub notes: Vec<Words>,
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its heading.
    pub name: Words,
    /// Whether it holds numbers.
    pub is_number: bool,
    /// Where there is no room the highest goes first; 0 never goes.
    pub spare: u8,
    /// The same of what stands behind its numbers.
    pub spare_detail: u8,
}

/// A cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// What it says.
    pub text: Words,
    /// What it is sorted by, where it is a number.
    pub value: Option<f64>,
    /// How far the number is known: `±1.2%`, `[1.1, 1.3]`; may be empty.
    pub detail: Words,
    /// Whether it is the best of its kind.
    pub is_best: bool,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub fn words(name: impl Into<Words>) -> Self {
        Self {
            name: name.into(),
            is_number: false,
            spare: 0,
            spare_detail: 0,
        }
    }

    /// A column of numbers.
    #[must_use]
    pub fn number(name: impl Into<Words>) -> Self {
        Self {
            is_number: true,
            spare_detail: 1,
            ..Self::words(name)
        }
    }

    /// The column as one that may go; the highest goes first.
    #[must_use]
    pub fn spare(self, spare: u8) -> Self {
        Self { spare, ..self }
    }
}

impl Cell {
    /// Words.
    #[must_use]
    pub fn words(text: impl Into<Words>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Nothing is known.
    #[must_use]
    pub fn none() -> Self {
        Self::words("–")
    }

    /// A number, in words.
    #[must_use]
    pub fn number(value: f64, text: impl Into<Words>) -> Self {
        Self {
            text: text.into(),
            value: Some(value),
            ..Self::default()
        }
    }

    /// A count.
    #[must_use]
    pub fn count(count: usize) -> Self {
        Self::number(count as f64, count.to_string())
    }

    /// An estimate in its unit, and how far its interval reaches; nothing where there is none.
    #[must_use]
    pub fn quantity(estimate: Option<Estimate>, unit: &str) -> Self {
        estimate.map_or_else(Self::none, |estimate| Self {
            detail: reach(&estimate).into(),
            ..Self::number(estimate.value, si(estimate.value, unit))
        })
    }

    /// An estimate with both ends of its interval; nothing where there is none.
    #[must_use]
    pub fn interval(estimate: Option<Estimate>, format: impl Fn(f64) -> String) -> Self {
        estimate.map_or_else(Self::none, |estimate| Self {
            detail: estimate.ci95.map_or_else(Words::default, |[low, high]| {
                format!("[{}, {}]", format(low), format(high)).into()
            }),
            ..Self::number(estimate.value, format(estimate.value))
        })
    }

    /// A number that may be missing.
    #[must_use]
    pub fn maybe(value: Option<f64>, format: impl Fn(f64) -> String) -> Self {
        Self::interval(value.map(Estimate::point), format)
    }

    /// The cell as the best of its kind, if it is.
    #[must_use]
    pub fn best_if(self, is_best: bool) -> Self {
        Self { is_best, ..self }
    }
}

impl Table {
    /// A table without rows yet.
    #[must_use]
    pub fn new(caption: impl Into<Words>, columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            caption: caption.into(),
            columns: columns.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The table with so many first columns that group its rows.
    #[must_use]
    pub fn grouped_by(self, grouped: usize) -> Self {
        Self { grouped, ..self }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a row of words.
    pub fn row_of_words<W: Into<Words>>(&mut self, cells: impl IntoIterator<Item = W>) {
        self.row(cells.into_iter().map(Cell::words));
    }

    /// Whether a row repeats what the one above says in the columns that group them, up to this column.
    #[must_use]
    pub fn repeats(&self, row: usize, column: usize) -> bool {
        column < self.grouped && row > 0 && self.rows[row][..=column] == self.rows[row - 1][..=column]
    }
}
