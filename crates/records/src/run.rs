//! Reads a run whole. In: its folder. Out: manifest and rows, or the first thing in it that cannot be.

use std::collections::HashMap;
use std::path::Path;

use crate::column::COLUMNS;
use crate::error::Error;
use crate::manifest::{Manifest, RunState};
use crate::record::Record;
use crate::row::Row;
use crate::run_folder::{MANIFEST_FILE, SAMPLES_FILE, TICKS_FILE};
use crate::scanner::{Origin, Scanner};
use crate::ticks::{TickLine, read_unfinished_ticks};

/// A run, whole in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its rows, in the order of the file.
    pub rows: Vec<Row>,
}

impl Run {
    /// Whether nothing is missing: the run came to its end, and all rows that its manifest counts are there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.manifest.state == RunState::Complete && self.manifest.totals.rows == self.rows.len() as u64
    }
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

/// Reads the run in `dir` as it may be after a kill, a full disk or a power cut: a last line that is torn, a header that
/// is not whole and tables that are missing are as if they had never been written. Nothing is changed.
///
/// # Errors
/// No run there, or the first thing in it that is wrong in another way.
pub fn read_unfinished(dir: &Path) -> Result<Run, Error> {
    let (manifest, rows, _) = judge(dir)?;
    Ok(Run { manifest, rows })
}

/// The run in `dir` and its ticks, as far as they are whole.
pub(crate) fn judge(dir: &Path) -> Result<(Manifest, Vec<Row>, Vec<TickLine>), Error> {
    let manifest = manifest(dir)?;
    let samples = dir.join(SAMPLES_FILE);
    let rows = match has_whole_line(&samples)? {
        true => read_rows(&samples, &manifest, Origin::Unfinished)?,
        false => Vec::new(),
    };
    let ticks = dir.join(TICKS_FILE);
    let ticks = match has_whole_line(&ticks)? {
        true => read_unfinished_ticks(&ticks)?,
        false => Vec::new(),
    };
    Ok((manifest, rows, ticks))
}

fn manifest(dir: &Path) -> Result<Manifest, Error> {
    let path = dir.join(MANIFEST_FILE);
    match path.exists() {
        true => Manifest::read(&path),
        false => Err(Error::NoRun { path: dir.to_owned() }),
    }
}

/// Whether a table is there and has its header.
fn has_whole_line(path: &Path) -> Result<bool, Error> {
    use std::io::{BufRead, BufReader, Read};
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        _ => {}
    }
    let file = crate::plain_file::open(path)?;
    let mut first = Vec::new();
    let limited = BufReader::new(file)
        .take(crate::plain_file::LONGEST_LINE)
        .read_until(b'\n', &mut first);
    limited.map_err(|e| Error::io("read", path, e))?;
    Ok(first.ends_with(b"\n"))
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
        let field = |position: &Option<usize>| position.map_or("", |position| record.get(position));
        let fields: csv::StringRecord = self.0.iter().map(field).collect();
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
