//! Opens the files of results as text. In: a path. Out: the file, or what stands there instead and what to do about it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use joulemark_base::plain_file::{self, Unfit};

use crate::error::Error;

/// Longest line that is read. Ours have less than 4 KiB.
pub(crate) const LONGEST_LINE: u64 = 1 << 20;

/// Opens a regular file that begins like text.
///
/// # Errors
/// No such file, or what it is instead and what to do about that.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    plain_file::open_text(path).map_err(|error| told(path, error))
}

/// Reads a whole text of at most `most` bytes.
///
/// # Errors
/// As [`open_table`], a longer text, or one that is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> Result<String, Error> {
    plain_file::read_text(path, most).map_err(|error| told(path, error))
}

fn told(path: &Path, error: io::Error) -> Error {
    match Unfit::of(&error) {
        Some(Unfit(what)) => Error::NoTable {
            path: path.to_owned(),
            what,
        },
        None => Error::io("read", path, error),
    }
}

/// Opens a CSV: the file at its header, what parts its fields, and how many lines were skipped before the header.
///
/// # Errors
/// No such file, what it is instead of a text, or a separator that is not read.
pub fn open_table(path: &Path) -> Result<(File, u8, u64), Error> {
    let failed = |e| Error::io("read", path, e);
    let mut reader = BufReader::new(open(path)?);
    let mut line = || -> Result<(u64, String), Error> {
        let mut bytes = Vec::new();
        let length = Read::by_ref(&mut reader)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut bytes)
            .map_err(failed)?;
        let malformed = |what| Error::Malformed {
            path: path.to_owned(),
            line: 1,
            what,
        };
        if length as u64 == LONGEST_LINE {
            return Err(malformed(TOO_LONG));
        }
        let text = String::from_utf8(bytes).map_err(|_| malformed(NOT_UTF8))?;
        Ok((length as u64, text.trim_start_matches('\u{feff}').trim_end().to_owned()))
    };
    let (length, first) = line()?;
    let (separator, skipped, start) = match first.strip_prefix("sep=") {
        // A line for spreadsheets, which says what parts the fields.
        Some(said) => (said.trim_matches('"').bytes().next(), 1, length),
        None => (
            [b',', b';', b'\t']
                .into_iter()
                .find(|separator| first.as_bytes().contains(separator)),
            0,
            0,
        ),
    };
    let separator = separator.unwrap_or(b',');
    if !b",;\t|".contains(&separator) {
        return Err(Error::Malformed {
            path: path.to_owned(),
            line: 1,
            what: "the fields are parted by what joulemark does not read; use comma, semicolon or tab",
        });
    }
    let mut file = reader.into_inner();
    file.seek(SeekFrom::Start(start)).map_err(failed)?;
    Ok((file, separator, skipped))
}

pub(crate) const NOT_UTF8: &str = "it is not UTF-8 text; save the file as UTF-8";
pub(crate) const TOO_LONG: &str = "a line of more than 1 MiB; that is no table";
