//! One checked line of a table. In: its fields, by position. Out: their texts, and errors that name file, line and
//! column.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::device_energy::DeviceEnergy;
use crate::error::Error;
use crate::line::Line;
use crate::scanner::{Origin, Scanner};
use crate::status::Status;

/// One checked line of a table.
#[derive(Debug)]
pub struct Record<'a> {
    pub(crate) scanner: &'a Scanner,
    line: &'a Line,
    offset: u64,
    number: Option<u64>,
    flaw: Option<usize>,
}

impl<'a> Record<'a> {
    /// Checks each field by its column. In a foreign table the numbers of a row that does not count anyway may be
    /// what they like: that is the row's [`flaw`](Self::flaw).
    pub(crate) fn checked(
        scanner: &'a Scanner,
        line: &'a Line,
        offset: u64,
        number: Option<u64>,
    ) -> Result<Self, Error> {
        let mut record = Self {
            scanner,
            line,
            offset,
            number,
            flaw: None,
        };
        if line.len() != scanner.header.len() {
            return Err(Error::FieldCount {
                path: scanner.path.clone(),
                line: record.line_number(),
                found: line.len(),
                expected: scanner.header.len(),
            });
        }
        for (position, kind) in scanner.kinds.iter().enumerate() {
            let Some(kind) = kind.filter(|kind| !kind.fits(record.get(position))) else {
                continue;
            };
            if !(kind.is_number() && record.is_set_aside()) {
                return Err(record.wrong(position, kind.expected()));
            }
            record.flaw = record.flaw.or(Some(position));
        }
        Ok(record)
    }

    /// Whether the row says of itself that it does not count.
    fn is_set_aside(&self) -> bool {
        let status = self.scanner.energy.status.map(|position| self.get(position));
        self.scanner.origin == Origin::Foreign
            && status
                .and_then(Status::from_word)
                .is_some_and(|status| !matches!(status, Status::Ok | Status::Idle))
    }

    /// The first column whose number cannot be, in a row that does not count anyway.
    #[must_use]
    pub fn flaw(&self) -> Option<&str> {
        self.flaw.map(|position| self.scanner.header[position].as_str())
    }

    /// The text of the column at `position`.
    #[must_use]
    pub fn get(&self, position: usize) -> &str {
        let text = self.line.get(position);
        match self.scanner.origin {
            Origin::Foreign => text.trim(),
            Origin::Own | Origin::Unfinished => text,
        }
    }

    /// What the row says that its device took.
    #[must_use]
    pub fn device_energy(&self) -> DeviceEnergy {
        self.scanner.energy.read(|position| self.get(position))
    }

    /// Where the line begins in its file, in bytes.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The line's number in its file. Where reading did not begin at the first line it is counted anew on each call.
    #[must_use]
    pub fn line_number(&self) -> u64 {
        self.number.unwrap_or_else(|| self.scanner.line_at(self.offset))
    }

    /// What must not occur twice: `run_id` and `row`, or the whole line where these columns are missing.
    #[must_use]
    pub fn identity(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self.scanner.identity {
            Some((run_id, row)) => (self.get(run_id), self.get(row)).hash(&mut hasher),
            None => self.line.whole().hash(&mut hasher),
        }
        hasher.finish()
    }

    /// An error about one of this line's fields.
    #[must_use]
    pub fn wrong(&self, position: usize, expected: &'static str) -> Error {
        Error::Field {
            path: self.scanner.path.clone(),
            line: self.line_number(),
            column: self.scanner.header[position].clone(),
            value: self.get(position).to_owned(),
            expected,
        }
    }
}
