//! Reads a run whole. In: its folder. Out: manifest and rows, or the first thing in it that cannot be.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::column::{COLUMNS, Column, whole};
use crate::error::Error;
use crate::heading::Origin;
use crate::manifest::{Manifest, RunState};
use crate::plain_file::{self, LONGEST_LINE};
use crate::record::Record;
use crate::row::Row;
use crate::run_folder::{MANIFEST_FILE, SAMPLES_FILE, TICKS_FILE};
use crate::scanner::Scanner;
use crate::ticks::{TickLine, read_unfinished_ticks};

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
    let manifest = manifest(dir)?;
    let rows = read_rows(&dir.join(SAMPLES_FILE), &manifest, Origin::Own)?;
    Ok(Run { manifest, rows })
}

/// A run as it may be after a kill, a full disk or a power cut.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its whole rows, in the order of the file.
    pub rows: Vec<Row>,
    /// The whole lines of its ticks.
    pub(crate) ticks: Vec<TickLine>,
    /// The tables that are missing, or whose last line is torn.
    pub(crate) torn: Vec<&'static str>,
}

impl Unfinished {
    /// Whether nothing is left to do: the run came to its end, and its tables hold what the manifest counts.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let totals = &self.manifest.totals;
        self.manifest.state == RunState::Complete
            && self.torn.is_empty()
            && (totals.rows, totals.ticks) == (self.rows.len() as u64, self.ticks.len() as u64)
    }

    /// Rows that the ticks have no marks of.
    pub(crate) fn unmarked(&self) -> usize {
        let marks = self.ticks.iter().filter_map(|line| match line {
            TickLine::Mark(mark) => Some(mark.row),
            TickLine::Tick(_) => None,
        });
        let marked: HashSet<u64> = marks.collect();
        let windows = self.rows.iter().filter(|row| row.wall_s.is_some());
        windows.filter(|row| !marked.contains(&row.row)).count()
    }
}

/// Reads the run in `dir` as it may be after a kill, a full disk or a power cut: a last line that is torn, a header that
/// is not whole and tables that are missing are as if they had never been written. Nothing is changed.
///
/// # Errors
/// No run there, or the first thing in it that is wrong in another way.
pub fn read_unfinished(dir: &Path) -> Result<Unfinished, Error> {
    let manifest = manifest(dir)?;
    let [samples, ticks] = [SAMPLES_FILE, TICKS_FILE].map(|name| dir.join(name));
    let (samples_ends, ticks_ends) = (ends(&samples)?, ends(&ticks)?);
    let rows = match samples_ends.has_header {
        true => read_rows(&samples, &manifest, Origin::Unfinished)?,
        false => Vec::new(),
    };
    let lines = match ticks_ends.has_header {
        true => read_unfinished_ticks(&ticks)?,
        false => Vec::new(),
    };
    let tables = [(SAMPLES_FILE, samples_ends), (TICKS_FILE, ticks_ends)];
    Ok(Unfinished {
        manifest,
        rows,
        ticks: lines,
        torn: tables
            .into_iter()
            .filter(|(_, ends)| ends.is_torn)
            .map(|(name, _)| name)
            .collect(),
    })
}

fn manifest(dir: &Path) -> Result<Manifest, Error> {
    let path = dir.join(MANIFEST_FILE);
    match path.exists() {
        true => Manifest::read(&path),
        false => Err(Error::NoRun { path: dir.to_owned() }),
    }
}

/// What the ends of a table show.
struct Ends {
    has_header: bool,
    /// There is no line feed at its end, or no file.
    is_torn: bool,
}

fn ends(path: &Path) -> Result<Ends, Error> {
    let failed = |e| Error::io("read", path, e);
    if path
        .symlink_metadata()
        .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    {
        return Ok(Ends {
            has_header: false,
            is_torn: true,
        });
    }
    let mut file = plain_file::open(path)?;
    let mut first = Vec::new();
    let limited = BufReader::new(&mut file)
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut first);
    limited.map_err(failed)?;
    let mut last = [0];
    let has_last = file.seek(SeekFrom::End(-1)).is_ok() && file.read_exact(&mut last).is_ok();
    Ok(Ends {
        has_header: first.ends_with(b"\n"),
        is_torn: !(has_last && last == *b"\n"),
    })
}

fn read_rows(samples: &Path, manifest: &Manifest, origin: Origin) -> Result<Vec<Row>, Error> {
    let scanner = Scanner::open_from(samples, origin)?;
    let layout = RowLayout::of(&scanner);
    let (mut rows, mut seen) = (Vec::new(), HashMap::new());
    scanner.scan(scanner.body(), |record| {
        let row = layout.row(record)?;
        if row.run_id != manifest.run_id {
            return Err(record.wrong(scanner.position("run_id").unwrap_or(0), "the run_id of the manifest"));
        }
        if let Some(first) = seen.insert(row.row, record.offset()) {
            return Err(scanner.duplicate(record.offset(), &scanner, first));
        }
        rows.push(row);
        Ok(())
    })?;
    Ok(rows)
}

/// Where the columns of [`Row`] stand in one table.
pub(crate) struct RowLayout([Option<usize>; COLUMNS.len()]);

impl RowLayout {
    pub(crate) fn of(scanner: &Scanner) -> Self {
        Self(COLUMNS.map(|column| scanner.position(column.name)))
    }

    /// The record as a row; a column that the table lacks is empty.
    pub(crate) fn row(&self, record: &Record<'_>) -> Result<Row, Error> {
        let field = |(position, column): (&Option<usize>, &Column)| {
            let text = position.map_or("", |position| record.get(position));
            match whole(text) {
                Some(number) if column.kind.is_whole() => number.to_string(),
                _ => text.to_owned(),
            }
        };
        let fields: csv::StringRecord = self.0.iter().zip(&COLUMNS).map(field).collect();
        fields.deserialize(None).map_err(|e| {
            let index = match e.kind() {
                csv::ErrorKind::Deserialize { err, .. } => err.field().unwrap_or(0) as usize,
                _ => 0,
            };
            let position = self.0.get(index).copied().flatten().unwrap_or(0);
            record.wrong(position, "a value of the type that joulemark writes there")
        })
    }
}
