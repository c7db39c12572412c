//! A verdict and a table as Markdown, and their place inside somebody's README. In: words and a table; a text with two markers.
//! Out: text in which no name can end a cell, open a tag or imitate a marker.

use super::table::Table;

const BEGIN: &str = "<!-- joulemark:results -->";
const END: &str = "<!-- /joulemark:results -->";

/// A text without the two markers.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the text has no place for results; put the lines {BEGIN} and {END} where they should stand")]
pub struct SpliceError;

/// Replaces what stands between `<!-- joulemark:results -->` and `<!-- /joulemark:results -->`.
///
/// # Errors
/// One of the markers is missing, or they stand in the wrong order.
pub fn splice(text: &str, results: &str) -> Result<String, SpliceError> {
    let (before, rest) = text.split_once(BEGIN).ok_or(SpliceError)?;
    let (_, after) = rest.split_once(END).ok_or(SpliceError)?;
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", results.trim()))
}

/// Words with Markdown's own marks escaped.
#[must_use]
pub fn escaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '<' => text += "&lt;",
            '>' => text += "&gt;",
            '&' => text += "&amp;",
            _ => {
                if "\\`*_[]|#~".contains(character) {
                    text.push('\\');
                }
                text.push(character);
            }
        }
    }
    text
}

/// A table.
#[must_use]
pub fn table(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let heads = table.columns.iter().map(|column| escaped(&column.name));
    let mut text = line(heads.collect());
    text += &line(table.columns.iter().map(|_| "---".into()).collect());
    for row in &table.rows {
        let cells = row
            .iter()
            .map(|cell| escaped(format!("{} {}", cell.text, cell.detail).trim_end()));
        text += &line(cells.collect());
    }
    text
}
