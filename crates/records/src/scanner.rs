//! Reads tables line by line, strictly, never as a whole. In: a CSV with at least the minimal columns. Out: checked
//! records, or the file, line and column of what cannot be.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use crate::column::Kind;
use crate::error::Error;
use crate::heading::{Heading, Origin};
use crate::line::Line;
use crate::plain_file::{self, LONGEST_LINE, NOT_UTF8, TOO_LONG};
use crate::record::Record;

/// A table of samples that is read line by line.
#[derive(Debug)]
pub struct Scanner {
    pub(crate) heading: Heading,
    separator: char,
    body: Range<u64>,
    /// The number of the body's first line.
    first_line: u64,
}

impl Scanner {
    /// Opens a table and checks its header. `own` says that joulemark wrote it, so all columns of schema version 1
    /// must be there and the last line must be whole.
    ///
    /// # Errors
    /// No such file, no text, a missing column, or one that stands there twice.
    pub fn open(path: &Path, own: bool) -> Result<Self, Error> {
        Self::open_from(path, if own { Origin::Own } else { Origin::Foreign })
    }

    pub(crate) fn open_from(path: &Path, origin: Origin) -> Result<Self, Error> {
        let failed = |e| Error::io("read", path, e);
        let (file, separator, skipped) = match origin {
            Origin::Foreign => plain_file::open_table(path)?,
            Origin::Own | Origin::Unfinished => (plain_file::open(path)?, b',', 0),
        };
        let header_line = 1 + skipped;
        let malformed = |what| Error::Malformed {
            path: path.to_owned(),
            line: header_line,
            what,
        };
        let mut reader = BufReader::new(file);
        let begin = reader.stream_position().map_err(failed)?;
        let mut bytes = Vec::new();
        let limited = Read::by_ref(&mut reader)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut bytes);
        let start = begin + limited.map_err(failed)? as u64;
        if bytes.len() as u64 == LONGEST_LINE {
            return Err(malformed(TOO_LONG));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| malformed(NOT_UTF8))?;
        let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']);
        let separator = char::from(separator);
        let mut line = Line::default();
        line.split(text, separator).map_err(malformed)?;
        let header: Vec<String> = (0..line.len()).map(|index| line.get(index).trim().to_owned()).collect();
        let end = reader.get_ref().metadata().map_err(failed)?.len().max(start);
        Ok(Self {
            heading: Heading::new(path, header, origin)?,
            separator,
            body: start..end,
            first_line: header_line + 1,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.heading.path
    }

    /// The names of the columns, as they stand in the file.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.heading.columns
    }

    /// The columns that joulemark does not know, and so does not read.
    pub fn unknown_columns(&self) -> impl Iterator<Item = &str> {
        let pairs = self.heading.columns.iter().zip(&self.heading.kinds);
        pairs.filter(|(_, kind)| kind.is_none()).map(|(name, _)| name.as_str())
    }

    /// Where a column stands in this file.
    #[must_use]
    pub fn position(&self, column: &str) -> Option<usize> {
        self.heading.columns.iter().position(|name| name == column)
    }

    /// All lines but the header.
    #[must_use]
    pub fn body(&self) -> Range<u64> {
        self.body.clone()
    }

    /// Cuts the table into `parts` ranges of bytes, for as many threads. A line belongs to the range that it begins in.
    #[must_use]
    pub fn parts(&self, parts: u64) -> Vec<Range<u64>> {
        let length = self.body.end - self.body.start;
        let cut = |part: u64| self.body.start + length / parts * part;
        (0..parts)
            .map(|part| {
                cut(part)..if part + 1 == parts {
                    self.body.end
                } else {
                    cut(part + 1)
                }
            })
            .collect()
    }

    /// Calls `visit` with each checked line of a range, in order.
    ///
    /// # Errors
    /// The first field that its column does not allow, or what `visit` returned.
    pub fn scan<E: From<Error>>(
        &self,
        range: Range<u64>,
        mut visit: impl FnMut(&Record<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.scan_all(range, |record| visit(&record?))
    }

    /// As [`scan`](Self::scan), but a line that is wrong is given to `visit` too, as the error, and reading goes on.
    ///
    /// # Errors
    /// A file that cannot be read, or what `visit` returned.
    pub fn scan_all<E: From<Error>>(
        &self,
        range: Range<u64>,
        mut visit: impl FnMut(Result<Record<'_>, Error>) -> Result<(), E>,
    ) -> Result<(), E> {
        let failed = |e| Error::io("read", &self.heading.path, e);
        let mut file = File::open(&self.heading.path).map_err(failed)?;
        // One byte back: a line that begins exactly at the cut follows a line feed.
        let back = u64::from(range.start > self.body.start);
        file.seek(SeekFrom::Start(range.start - back)).map_err(failed)?;
        let mut reader = BufReader::with_capacity(1 << 18, file);
        let mut offset = range.start - back;
        if back == 1 {
            offset += reader.skip_until(b'\n').map_err(failed)? as u64;
        }
        // Known only to who reads from the first line on; the others count it when an error needs it.
        let mut number = (back == 0).then_some(self.first_line);
        let (mut bytes, mut line) = (Vec::new(), Line::default());
        while offset < range.end {
            bytes.clear();
            let limited = Read::by_ref(&mut reader)
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut bytes);
            let length = limited.map_err(failed)? as u64;
            if length == 0 || (self.heading.origin == Origin::Unfinished && bytes.last() != Some(&b'\n')) {
                break;
            }
            if length == LONGEST_LINE {
                return Err(self.malformed(offset, TOO_LONG).into());
            }
            match self.split(&bytes, offset, &mut line) {
                Ok(()) if line.whole().trim().is_empty() => {}
                Ok(()) => visit(Record::checked(&self.heading, &line, offset, number))?,
                Err(error) => visit(Err(error))?,
            }
            offset += length;
            number = number.map(|number| number + 1);
        }
        Ok(())
    }

    fn split(&self, bytes: &[u8], offset: u64, line: &mut Line) -> Result<(), Error> {
        let malformed = |what| self.malformed(offset, what);
        let body = match bytes.strip_suffix(b"\n") {
            Some(body) => body.strip_suffix(b"\r").unwrap_or(body),
            None if self.heading.origin == Origin::Own => return Err(malformed(TORN)),
            None => bytes,
        };
        let text = std::str::from_utf8(body).map_err(|_| malformed(NOT_UTF8))?;
        line.split(text, self.separator).map_err(malformed)?;
        if self.separator != ',' && line.len() == self.heading.kinds.len() {
            for (index, _) in self
                .heading
                .kinds
                .iter()
                .enumerate()
                .filter(|(_, kind)| kind.is_some_and(Kind::is_number))
            {
                line.point_for_comma(index);
            }
        }
        Ok(())
    }

    fn malformed(&self, offset: u64, what: &'static str) -> Error {
        Error::Malformed {
            path: self.heading.path.clone(),
            line: self.heading.line_at(offset),
            what,
        }
    }

    /// The error for a record whose [`Record::identity`] was seen before, at `first_offset` of `first`.
    #[must_use]
    pub fn duplicate(&self, offset: u64, first: &Self, first_offset: u64) -> Error {
        let column = if self.heading.identity.is_some() {
            "row"
        } else {
            "case_id"
        };
        Error::DuplicateRow {
            path: self.heading.path.clone(),
            line: self.heading.line_at(offset),
            column,
            first_path: first.heading.path.clone(),
            first_line: first.heading.line_at(first_offset),
        }
    }
}

const TORN: &str = "the last line is torn; resume the run (`joulemark run --resume`), which mends it, or remove it";
