//! A document as one HTML file that opens offline and prints well. In: a document. Out: the file; the template escapes all text
//! but the figures, which escaped their own.

use std::fmt::Write;

use askama::Template;

use super::table::Table;
use super::{Block, Document};
use crate::figures::Figure;

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    document: &'a Document,
}

/// Writes the page.
///
/// # Errors
/// A template that cannot be filled, which is a defect of joulemark.
pub fn html(document: &Document) -> Result<String, askama::Error> {
    Page { document }.render()
}

impl Page<'_> {
    /// What a cell looks like.
    #[expect(clippy::unused_self, reason = "a template calls methods of its page")]
    fn class(&self, table: &Table, row: &usize, column: &usize) -> String {
        let is_best = table.rows[*row][*column].is_best;
        [
            (table.columns[*column].is_number, "number"),
            (!table.columns[*column].is_number, "words"),
            (table.repeats(*row, *column), "again"),
            (is_best, "best"),
        ]
        .into_iter()
        .filter_map(|(is_so, class)| is_so.then_some(class))
        .collect::<Vec<_>>()
        .join(" ")
    }

    /// A figure's data as a link that needs no file: what such a link cannot hold is percent-encoded.
    #[expect(clippy::unused_self, reason = "a template calls methods of its page")]
    fn data(&self, figure: &Figure) -> String {
        let mut data = String::from("data:text/csv;charset=utf-8,");
        for byte in figure.csv.bytes() {
            if byte.is_ascii_alphanumeric() || b".,-_/".contains(&byte) {
                data.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(data, "%{byte:02X}");
            }
        }
        data
    }
}
