//! Opens what is to be read as text: a regular file, and nothing that only looks like one. In: a path. Out: the file, or
//! what stands there instead and what to do about it.

use std::fs::{File, Metadata};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::Error;

/// Longest line that is read. Ours have less than 4 KiB.
pub(crate) const LONGEST_LINE: u64 = 1 << 20;

/// Opens a regular file that begins like text.
///
/// # Errors
/// No such file, or what it is instead and what to do about that.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    let failed = |e| Error::io("read", path, e);
    let no_table = |what| Error::NoTable {
        path: path.to_owned(),
        what,
    };
    // Asked before opening: a pipe without a writer would block, and a device may never end.
    if let Some(what) = other_than_a_file(&std::fs::metadata(path).map_err(failed)?) {
        return Err(no_table(what));
    }
    let mut file = File::open(path).map_err(failed)?;
    let mut first = Vec::new();
    Read::by_ref(&mut file)
        .take(4)
        .read_to_end(&mut first)
        .map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    match other_than_text(&first) {
        Some(what) => Err(no_table(what)),
        None => Ok(file),
    }
}

/// Reads a whole text of at most `most` bytes.
///
/// # Errors
/// As [`open_table`], a longer text, or one that is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let failed = |e| Error::io("read", path, e);
    open(path)?.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        let what = "is too long to be what its name says; give another file";
        return Err(Error::NoTable {
            path: path.to_owned(),
            what,
        });
    }
    String::from_utf8(bytes).map_err(|_| Error::NoTable {
        path: path.to_owned(),
        what: "is not UTF-8 text; save it as UTF-8",
    })
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

fn other_than_a_file(facts: &Metadata) -> Option<&'static str> {
    if facts.is_dir() {
        return Some("is a folder; give a file");
    }
    (!facts.is_file()).then_some(
        "is a pipe or a device, which can be read only once, and a table is read several times: write it to a file first \
         (`zcat x.csv.gz > x.csv`) and give that",
    )
}

fn other_than_text(first: &[u8]) -> Option<&'static str> {
    match first {
        [0x1f, 0x8b, ..] => Some("is compressed by gzip; unpack it first: `gunzip -k FILE`"),
        [0x28, 0xb5, 0x2f, 0xfd] => Some("is compressed by zstd; unpack it first: `unzstd FILE`"),
        [0xfd, b'7', b'z', b'X'] => Some("is compressed by xz; unpack it first: `unxz -k FILE`"),
        [b'B', b'Z', b'h', _] => Some("is compressed by bzip2; unpack it first: `bunzip2 -k FILE`"),
        [b'P', b'K', 3, 4] => Some("is a zip archive, as spreadsheets save themselves; save it as CSV (UTF-8)"),
        [b'P', b'A', b'R', b'1'] => Some("is a Parquet file; write it as CSV first"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("is UTF-16 text; save it as UTF-8"),
        _ => None,
    }
}
