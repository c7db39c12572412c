//! Standard output. In: text, a document or a value. Out: the text, or `Closed` where the reader has gone away.

use std::cell::RefCell;
use std::io::{ErrorKind, Write};

use anyhow::Context;
use joulemark_study::document::{Document, terminal};
use serde::Serialize;

/// The reader of standard output has closed it.
#[derive(Debug)]
pub(crate) struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("standard output is closed")
    }
}

impl std::error::Error for Closed {}

/// Prints text as it is.
///
/// # Errors
/// [`Closed`], or the system's words.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Closed.into()),
        result => result.context("cannot write to standard output"),
    }
}

/// How many columns there are: as `COLUMNS` says, else those of the terminal; `None` where the output goes elsewhere.
pub(crate) fn width() -> Option<usize> {
    let said = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.trim().parse().ok());
    let of_terminal = || {
        console::Term::stdout()
            .size_checked()
            .map(|(_, columns)| columns.into())
    };
    said.or_else(of_terminal).filter(|columns| *columns > 0)
}

/// Prints a document as wide as there is room.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_document(document: &Document) -> anyhow::Result<()> {
    print(&terminal::text(document, width()))
}

/// Prints a value as indented JSON.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    print(&to_json(value)?)
}

/// What a verb says as it goes: at once, or all of it as JSON when it ends.
pub(crate) struct Told {
    as_json: bool,
    lines: RefCell<Vec<String>>,
}

impl Told {
    /// Nothing has been said yet.
    pub(crate) const fn new(as_json: bool) -> Self {
        Self {
            as_json,
            lines: RefCell::new(Vec::new()),
        }
    }

    /// Says it.
    ///
    /// # Errors
    /// As [`print()`].
    pub(crate) fn say(&self, text: &str) -> anyhow::Result<()> {
        if !self.as_json {
            return print(text);
        }
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        self.lines.borrow_mut().extend(lines.map(str::to_owned));
        Ok(())
    }

    /// Prints the lines where they were to be JSON.
    ///
    /// # Errors
    /// As [`print()`].
    pub(crate) fn finish(&self) -> anyhow::Result<()> {
        match self.as_json {
            true => print_json(&serde_json::json!({ "lines": *self.lines.borrow() })),
            false => Ok(()),
        }
    }
}

/// A value as indented JSON.
///
/// # Errors
/// A value that JSON cannot hold.
pub(crate) fn to_json(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// A size in bytes with a binary prefix: `32 KiB`, `2 GiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    // 4 GiB less one byte is 4 GiB to a person.
    while size >= 1023.95 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    let text = format!("{size:.1}");
    format!("{} {}", text.strip_suffix(".0").unwrap_or(&text), UNITS[unit])
}

/// yes or no.
pub(crate) fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_have_binary_prefixes() {
        for (size, text) in [
            (0, "0 B"),
            (1000, "1000 B"),
            (1024, "1 KiB"),
            (48 << 10, "48 KiB"),
            (3 << 19, "1.5 MiB"),
            (u64::from(u32::MAX), "4 GiB"),
            (2 << 40, "2 TiB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }
}
