//! Reads tables strictly. In: a CSV with at least the minimal columns. Out: checked records, or the file, line and
//! column of the first thing that cannot be.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::column::ADDED_IN_VERSION_2;
use crate::input::locate;
use crate::line::Line;
use crate::{COLUMNS, Column, Error, Kind, MINIMAL, Manifest, Row, Tick};

/// A table of samples that is read line by line, never as a whole.
#[derive(Debug)]
pub struct Scanner {
    path: PathBuf,
    header: Vec<String>,
    kinds: Vec<Option<Kind>>,
    identity: Option<(usize, usize)>,
    body: Range<u64>,
    /// Whether a last line without a line feed is an error: in our own files it is torn.
    whole_lines: bool,
}

/// One checked line of a table.
#[derive(Debug)]
pub struct Record<'a> {
    scanner: &'a Scanner,
    line: &'a Line,
    offset: u64,
}

impl Scanner {
    /// Opens a table and checks its header. `own` says that joulemark wrote it, so all columns of schema version 1
    /// must be there and the last line must be whole.
    ///
    /// # Errors
    /// No such file, a missing column, or one that stands there twice.
    pub fn open(path: &Path, own: bool) -> Result<Self, Error> {
        let failed = |e| Error::io("read", path, e);
        let mut reader = BufReader::new(File::open(path).map_err(failed)?);
        let mut bytes = Vec::new();
        let start = reader.read_until(b'\n', &mut bytes).map_err(failed)? as u64;
        let end = reader.get_ref().metadata().map_err(failed)?.len();
        let malformed = |what| Error::Malformed {
            path: path.to_owned(),
            line: 1,
            what,
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| malformed(NOT_UTF8))?;
        let mut line = Line::default();
        line.split(text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']))
            .map_err(malformed)?;
        let header: Vec<String> = (0..line.len()).map(|index| line.get(index).to_owned()).collect();
        let mut seen = HashSet::new();
        if let Some(column) = header.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(Error::RepeatedColumn {
                path: path.to_owned(),
                column: column.clone(),
            });
        }
        let needed = if own {
            let first_version = COLUMNS.iter().map(|column| column.name);
            first_version
                .filter(|name| !ADDED_IN_VERSION_2.contains(name))
                .collect()
        } else {
            MINIMAL.to_vec()
        };
        let missing: Vec<_> = needed
            .into_iter()
            .filter(|name| !seen.contains(name))
            .map(str::to_owned)
            .collect();
        if !missing.is_empty() {
            return Err(Error::MissingColumns {
                path: path.to_owned(),
                missing,
            });
        }
        let kinds = header
            .iter()
            .map(|name| Column::named(name).map(|column| column.kind))
            .collect();
        let position = |name| header.iter().position(|column| column == name);
        let identity = position("run_id").zip(position("row"));
        Ok(Self {
            path: path.to_owned(),
            kinds,
            identity,
            body: start..end,
            whole_lines: own,
            header,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the columns, as they stand in the file.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Where a column stands in this file.
    #[must_use]
    pub fn position(&self, column: &str) -> Option<usize> {
        self.header.iter().position(|name| name == column)
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
        let failed = |e| Error::io("read", &self.path, e);
        let mut file = File::open(&self.path).map_err(failed)?;
        // One byte back: a line that begins exactly at the cut follows a line feed.
        let back = u64::from(range.start > self.body.start);
        file.seek(SeekFrom::Start(range.start - back)).map_err(failed)?;
        let mut reader = BufReader::with_capacity(1 << 18, file);
        let mut offset = range.start - back;
        if back == 1 {
            offset += reader.skip_until(b'\n').map_err(failed)? as u64;
        }
        let (mut bytes, mut line) = (Vec::new(), Line::default());
        while offset < range.end {
            bytes.clear();
            let length = reader.read_until(b'\n', &mut bytes).map_err(failed)? as u64;
            if length == 0 {
                break;
            }
            self.split(&bytes, offset, &mut line)?;
            if !line.whole().is_empty() {
                let record = Record {
                    scanner: self,
                    line: &line,
                    offset,
                };
                record.check()?;
                visit(&record)?;
            }
            offset += length;
        }
        Ok(())
    }

    fn split(&self, bytes: &[u8], offset: u64, line: &mut Line) -> Result<(), Error> {
        let malformed = |what| Error::Malformed {
            path: self.path.clone(),
            line: self.line_at(offset),
            what,
        };
        let body = match bytes.strip_suffix(b"\n") {
            Some(body) => body.strip_suffix(b"\r").unwrap_or(body),
            None if self.whole_lines => return Err(malformed("the last line is torn; resume the run or remove it")),
            None => bytes,
        };
        line.split(std::str::from_utf8(body).map_err(|_| malformed(NOT_UTF8))?)
            .map_err(malformed)
    }

    /// The number of the line at `offset`, counted only when an error needs it; 0 if the file cannot be read again.
    fn line_at(&self, offset: u64) -> u64 {
        let count = || -> std::io::Result<u64> {
            let mut before = BufReader::new(File::open(&self.path)?.take(offset));
            let mut lines = 1;
            while before.skip_until(b'\n')? > 0 {
                lines += 1;
            }
            Ok(lines)
        };
        count().unwrap_or(0)
    }

    /// The error for a record whose [`Record::identity`] was seen before.
    #[must_use]
    pub fn duplicate(&self, offset: u64) -> Error {
        let column = if self.identity.is_some() { "row" } else { "case_id" };
        Error::DuplicateRow {
            path: self.path.clone(),
            line: self.line_at(offset),
            column,
        }
    }
}

const NOT_UTF8: &str = "it is not UTF-8 text; save the file as UTF-8";

impl Record<'_> {
    /// The text of the column at `position`.
    #[must_use]
    pub fn get(&self, position: usize) -> &str {
        self.line.get(position)
    }

    /// Where the line begins in its file, in bytes.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The line's number in its file. Counted anew on each call: for messages only.
    #[must_use]
    pub fn line_number(&self) -> u64 {
        self.scanner.line_at(self.offset)
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

    fn check(&self) -> Result<(), Error> {
        if self.line.len() != self.scanner.header.len() {
            return Err(Error::FieldCount {
                path: self.scanner.path.clone(),
                line: self.line_number(),
                found: self.line.len(),
                expected: self.scanner.header.len(),
            });
        }
        for (position, kind) in self.scanner.kinds.iter().enumerate() {
            if let Some(kind) = kind.filter(|kind| !kind.fits(self.get(position))) {
                return Err(self.wrong(position, kind.expected()));
            }
        }
        Ok(())
    }
}

/// A run, whole in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its rows, in the order of the file.
    pub rows: Vec<Row>,
}

/// Reads the run in `dir`.
///
/// # Errors
/// No run there, or the first thing in it that cannot be.
pub fn read_run(dir: &Path) -> Result<Run, Error> {
    let mut inputs = locate(dir)?;
    let (Some(input), true) = (inputs.pop(), inputs.is_empty()) else {
        return Err(Error::NoRun { path: dir.to_owned() });
    };
    let manifest = input.manifest.ok_or_else(|| Error::NoRun { path: dir.to_owned() })?;
    let scanner = Scanner::open(&input.samples, true)?;
    let positions = COLUMNS.map(|column| scanner.position(column.name));
    let (mut rows, mut seen) = (Vec::new(), HashSet::new());
    scanner.scan(scanner.body.clone(), |record| {
        let field = |position: &Option<usize>| position.map_or("", |position| record.get(position));
        let fields: csv::StringRecord = positions.iter().map(field).collect();
        let row: Row = fields.deserialize(None).map_err(|e| {
            let index = match e.kind() {
                csv::ErrorKind::Deserialize { err, .. } => err.field().unwrap_or(0) as usize,
                _ => 0,
            };
            let position = positions.get(index).copied().flatten().unwrap_or(0);
            record.wrong(position, "a value of the type that joulemark writes there")
        })?;
        if row.run_id != manifest.run_id {
            return Err(record.wrong(scanner.position("run_id").unwrap_or(0), "the run_id of the manifest"));
        }
        if !seen.insert(row.row) {
            return Err(scanner.duplicate(record.offset));
        }
        rows.push(row);
        Ok(())
    })?;
    Ok(Run { manifest, rows })
}

/// Reads a `ticks.csv`.
///
/// # Errors
/// No such file, or the first line that is not a tick.
pub fn read_ticks(path: &Path) -> Result<Vec<Tick>, Error> {
    let file = File::open(path).map_err(|e| Error::io("read", path, e))?;
    let mut reader = csv::Reader::from_reader(file);
    reader
        .deserialize()
        .map(|tick| {
            let tick: Tick = tick.map_err(|e| Error::Malformed {
                path: path.to_owned(),
                line: e.position().map_or(0, csv::Position::line),
                what: "not a tick; it needs source, after_ns, time_ns, raw, unit, range and flag",
            })?;
            Ok(tick)
        })
        .collect()
}

impl Row {
    /// Whether every field fits its column.
    ///
    /// # Errors
    /// The first one that does not.
    pub fn check(&self) -> Result<(), Error> {
        let mut text = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        let line = text
            .serialize(self)
            .map_err(std::io::Error::from)
            .and_then(|()| text.into_inner().map_err(csv::IntoInnerError::into_error))
            .map_err(|e| Error::io("format a row for", Path::new(crate::SAMPLES_FILE), e))?;
        let mut fields = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(line.as_slice());
        let mut record = csv::StringRecord::new();
        fields
            .read_record(&mut record)
            .map_err(|e| Error::io("format a row for", Path::new(crate::SAMPLES_FILE), e.into()))?;
        match COLUMNS
            .iter()
            .zip(&record)
            .find(|(column, text)| !column.kind.fits(text))
        {
            Some((column, text)) => Err(Error::BadRow {
                case_id: self.case_id.clone(),
                column: column.name,
                value: text.into(),
                expected: column.kind.expected(),
            }),
            None => Ok(()),
        }
    }
}
