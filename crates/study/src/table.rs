//! Tables on the terminal: no lines, two spaces between columns, no trailing blanks; they fit a terminal's width, and are as
//! wide as they need where there is none.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// A table whose first `left` columns are words, the others numbers.
#[must_use]
pub fn table(header: &[&str], left: usize) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_cell_alignment(if index < left {
            CellAlignment::Left
        } else {
            CellAlignment::Right
        });
        column.set_padding((0, 2));
    }
    table
}

/// Its lines, indented by so many spaces.
#[must_use]
pub fn lines(table: &Table, indent: usize) -> String {
    table
        .lines()
        .map(|line| format!("{:indent$}{}\n", "", line.trim_end()))
        .collect()
}
