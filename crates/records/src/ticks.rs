//! `ticks.csv`: what each source said when it changed, and where each window began and ended. In: lines to write, or a
//! file. Out: its lines, or the first that is none.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use joulemark_base::tick::Tick;
use joulemark_base::timestamp::Timestamp;
use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::plain_file::{self, LONGEST_LINE};

/// One line of `ticks.csv`. With the marks that stand between the ticks, every joule of `samples.csv` can be derived again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TickLine {
    /// A source's reading changed, or failed.
    Tick(Tick),
    /// A window begins or ends.
    Mark(Mark),
}

/// One end of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The number of the window's row in `samples.csv`.
    pub row: u64,
    /// When, on the clock of the ticks.
    pub at: Timestamp,
    /// Which end.
    pub end: WindowEnd,
}

/// Which end of a window a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowEnd {
    /// The window begins.
    Begin,
    /// The window ends.
    End,
}

/// What stands in place of a source's name in the line of a mark.
const WINDOW: &str = "window";

impl TickLine {
    /// The columns of `ticks.csv`, in their order.
    pub const COLUMNS: [&'static str; 7] = ["source", "after_ns", "time_ns", "raw", "unit", "range", "flag"];

    /// The two marks of the window that `samples.csv` holds as `row`.
    #[must_use]
    pub fn marks(row: u64, begin: Timestamp, end: Timestamp) -> [Self; 2] {
        [(begin, WindowEnd::Begin), (end, WindowEnd::End)].map(|(at, end)| Self::Mark(Mark { row, at, end }))
    }

    /// The line's moment: when the reading was seen, or when the window began or ended.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        match self {
            Self::Tick(tick) => tick.time_ns,
            Self::Mark(mark) => mark.at,
        }
    }

    /// The same line on a clock that began so much earlier.
    #[must_use]
    pub fn shifted(self, offset_ns: u64) -> Self {
        let shift = |time: Timestamp| Timestamp::from_nanos(time.nanos().saturating_add(offset_ns));
        match self {
            Self::Tick(tick) => Self::Tick(Tick {
                after_ns: shift(tick.after_ns),
                time_ns: shift(tick.time_ns),
                ..tick
            }),
            Self::Mark(mark) => Self::Mark(Mark {
                at: shift(mark.at),
                ..mark
            }),
        }
    }

    fn parse(fields: &csv::StringRecord) -> Option<Self> {
        if fields.get(0) != Some(WINDOW) {
            return fields.deserialize(None).ok().map(Self::Tick);
        }
        let (_, after, time, row, unit, range, flag): (String, u64, u64, u64, String, Option<u64>, String) =
            fields.deserialize(None).ok()?;
        let end = match flag.as_str() {
            "begin" => WindowEnd::Begin,
            "end" => WindowEnd::End,
            _ => return None,
        };
        let at = Timestamp::from_nanos(time);
        (after == time && unit == "row" && range.is_none()).then_some(Self::Mark(Mark { row, at, end }))
    }
}

impl Serialize for TickLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Tick(tick) => tick.serialize(serializer),
            Self::Mark(Mark { row, at, end }) => {
                let flag = match end {
                    WindowEnd::Begin => "begin",
                    WindowEnd::End => "end",
                };
                (WINDOW, at, at, row, "row", None::<u64>, flag).serialize(serializer)
            }
        }
    }
}

/// Reads a `ticks.csv`.
///
/// # Errors
/// No such file, or the first line that is neither tick nor mark.
pub fn read_ticks(path: &Path) -> Result<Vec<TickLine>, Error> {
    let mut lines = Vec::new();
    scan_ticks(path, Tail::Whole, |line| {
        lines.push(line?.1);
        Ok(())
    })?;
    Ok(lines)
}

/// Counts the lines below the header of a `ticks.csv`, without looking at what they say.
///
/// # Errors
/// No such file.
pub fn count_ticks(path: &Path) -> Result<u64, Error> {
    let mut reader = BufReader::with_capacity(1 << 18, plain_file::open(path)?);
    let mut lines = 0_u64;
    while reader.skip_until(b'\n').map_err(|e| Error::io("read", path, e))? > 0 {
        lines += 1;
    }
    Ok(lines.saturating_sub(1))
}

/// As [`read_ticks`], without a last line that is torn.
pub(crate) fn read_unfinished_ticks(path: &Path) -> Result<Vec<TickLine>, Error> {
    let mut lines = Vec::new();
    scan_ticks(path, Tail::MayBeTorn, |line| {
        lines.push(line?.1);
        Ok(())
    })?;
    Ok(lines)
}

/// What a last line without a line feed is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    /// An error.
    Whole,
    /// As if it had not been written.
    MayBeTorn,
}

/// Calls `visit` with each line and its number; a line that is none is an error, and reading goes on.
///
/// # Errors
/// A file that cannot be read, other columns, or what `visit` returned.
pub(crate) fn scan_ticks(
    path: &Path,
    tail: Tail,
    mut visit: impl FnMut(Result<(u64, TickLine), Error>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut reader = BufReader::new(plain_file::open(path)?);
    let (mut bytes, mut number) = (Vec::new(), 0);
    let mut fields = csv::StringRecord::new();
    loop {
        bytes.clear();
        let limited = Read::by_ref(&mut reader)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut bytes);
        if limited.map_err(|e| Error::io("read", path, e))? == 0 {
            return if number == 0 { Err(foreign(path)) } else { Ok(()) };
        }
        number += 1;
        let malformed = |what| Error::Malformed {
            path: path.to_owned(),
            line: number,
            what,
        };
        if bytes.len() as u64 == LONGEST_LINE {
            return Err(malformed("a line of more than 1 MiB; that is no table of ticks"));
        }
        if !bytes.ends_with(b"\n") {
            return match tail {
                Tail::MayBeTorn => Ok(()),
                Tail::Whole => visit(Err(malformed(
                    "the last line is torn; `joulemark run --resume` mends it",
                ))),
            };
        }
        let mut parser = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes.as_slice());
        let read = parser.read_record(&mut fields);
        if number == 1 {
            if read.is_err() || fields.iter().ne(TickLine::COLUMNS) {
                return Err(foreign(path));
            }
            continue;
        }
        let line = read.ok().and_then(|_| TickLine::parse(&fields));
        visit(line.map(|line| (number, line)).ok_or_else(|| malformed(NO_TICK)))?;
    }
}

const NO_TICK: &str = "no tick: there should be source, after_ns, time_ns, raw, unit, range and flag";

fn foreign(path: &Path) -> Error {
    Error::Malformed {
        path: path.to_owned(),
        line: 1,
        what: "the columns should be source, after_ns, time_ns, raw, unit, range, flag",
    }
}
