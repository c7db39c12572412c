//! One checked line of a table. In: its fields, by position. Out: their texts, and errors that name file, line and
//! column.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::column::{Kind, whole};
use crate::device_energy::DeviceEnergy;
use crate::error::Error;
use crate::heading::{Heading, Origin};
use crate::line::Line;
use crate::status::Status;

/// One checked line of a table.
#[derive(Debug)]
pub struct Record<'a> {
    heading: &'a Heading,
    line: &'a Line,
    offset: u64,
    number: Option<u64>,
    flaw: Option<usize>,
}

impl<'a> Record<'a> {
    /// Checks each field by its column. In a foreign table the numbers of a row that does not count anyway may be
    /// what they like: that is the row's [`flaw`](Self::flaw).
    pub(crate) fn checked(
        heading: &'a Heading,
        line: &'a Line,
        offset: u64,
        number: Option<u64>,
    ) -> Result<Self, Error> {
        let mut record = Self {
            heading,
            line,
            offset,
            number,
            flaw: None,
        };
        if line.len() != heading.columns.len() {
            return Err(Error::FieldCount {
                path: heading.path.clone(),
                line: record.line_number(),
                found: line.len(),
                expected: heading.columns.len(),
            });
        }
        for (position, kind) in heading.kinds.iter().enumerate() {
            let Some(kind) = kind.filter(|kind| !kind.fits(record.get(position))) else {
                // Our own rows keep counts in 64 bits; in others they may be rounded.
                let text = record.get(position);
                let is_own = heading.origin != Origin::Foreign && !text.is_empty();
                if is_own && kind.is_some_and(Kind::is_whole) && whole(text).is_none() {
                    return Err(record.wrong(position, "a whole number, 0 or more, below 2^64"));
                }
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
        let status = self.heading.energy.status.map(|position| self.get(position));
        self.heading.origin == Origin::Foreign
            && status
                .and_then(Status::from_word)
                .is_some_and(|status| !matches!(status, Status::Ok | Status::Idle))
    }

    /// The first column whose number cannot be, in a row that does not count anyway.
    #[must_use]
    pub fn flaw(&self) -> Option<&str> {
        self.flaw.map(|position| self.heading.columns[position].as_str())
    }

    /// The text of the column at `position`.
    #[must_use]
    pub fn get(&self, position: usize) -> &str {
        let text = self.line.get(position);
        match self.heading.origin {
            Origin::Foreign => text.trim(),
            Origin::Own | Origin::Unfinished => text,
        }
    }

    /// The whole number in the column at `position`, however it is written; `None` if there is none below 2⁶⁴.
    #[must_use]
    pub fn whole(&self, position: usize) -> Option<u64> {
        whole(self.get(position))
    }

    /// What the row says that its device took.
    #[must_use]
    pub fn device_energy(&self) -> DeviceEnergy {
        self.heading.energy.read(|position| self.get(position))
    }

    /// Where the line begins in its file, in bytes.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The line's number in its file. Where reading did not begin at the first line it is counted anew on each call.
    #[must_use]
    pub fn line_number(&self) -> u64 {
        self.number.unwrap_or_else(|| self.heading.line_at(self.offset))
    }

    /// What must not occur twice: `run_id` and `row`, or the whole line where these columns are missing.
    #[must_use]
    pub fn identity(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        match self.heading.identity {
            Some((run_id, row)) => (self.get(run_id), self.get(row)).hash(&mut hasher),
            None => self.line.whole().hash(&mut hasher),
        }
        hasher.finish()
    }

    /// An error about one of this line's fields.
    #[must_use]
    pub fn wrong(&self, position: usize, expected: &'static str) -> Error {
        Error::Field {
            path: self.heading.path.clone(),
            line: self.line_number(),
            column: self.heading.columns[position].clone(),
            value: self.get(position).to_owned(),
            expected,
        }
    }
}
