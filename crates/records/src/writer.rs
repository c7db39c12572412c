//! Writes a run folder so that a kill at any moment loses no finished row. In: rows, ticks, manifest changes. Out:
//! files that hold whole lines only, and a manifest that is always either the old or the new one.

use std::fs::OpenOptions;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::SCHEMA_VERSION;
use joulemark_base::timestamp::Timestamp;

use crate::column::COLUMNS;
use crate::error::Error;
use crate::line_file::LineFile;
use crate::manifest::{Manifest, RunState};
use crate::row::Row;
use crate::run::{Unfinished, read_unfinished};
use crate::run_folder::{self, MANIFEST_FILE, SAMPLES_FILE, TICKS_FILE, machine_slug};
use crate::status::Status;
use crate::ticks::TickLine;

/// The writer of one run. Every row reaches the operating system before [`RunWriter::append`] returns.
#[derive(Debug)]
pub struct RunWriter {
    dir: PathBuf,
    manifest: Manifest,
    pub(crate) samples: LineFile,
    ticks: LineFile,
    /// The last moment in `ticks.csv` when the run was opened.
    last_tick: Option<Timestamp>,
}

const SAMPLES_HEADER: [&str; COLUMNS.len()] = {
    let (mut names, mut index) = ([""; COLUMNS.len()], 0);
    while index < COLUMNS.len() {
        names[index] = COLUMNS[index].name;
        index += 1;
    }
    names
};

/// All lines of a table that is kept whole.
const ALL: u64 = u64::MAX - 1;

/// What resuming this run mends, in sentences.
fn mended(found: &Unfinished) -> Vec<String> {
    let mut notes = Vec::new();
    // A run that was killed before its tables were begun has lost nothing.
    if !found.torn.is_empty() && found.manifest.totals.rows + found.rows.len() as u64 > 0 {
        notes.push(format!(
            "{} had lost a part of its end when the run was resumed",
            found.torn.join(" and ")
        ));
    }
    match found.unmarked() {
        0 => {}
        unmarked => notes.push(format!(
            "the ticks of {unmarked} rows were lost; the rows stand as they were measured"
        )),
    }
    notes
}

impl RunWriter {
    /// Creates `<root>/<machine>/<date>-<n>/` with the next free `n`, writes the manifest as `running`, and opens both
    /// tables with their headers. `date` is `yyyy-mm-dd`; no clock is read here. The run's id is that path, the host's
    /// name and a random part, so that no two runs anywhere share it: `gpu/2026-01-31-1@node7-9f86d081`.
    ///
    /// # Errors
    /// A name that cannot be a folder, or whatever the file system refuses.
    pub fn create(root: &Path, machine: &str, date: &str, mut manifest: Manifest) -> Result<Self, Error> {
        let (dir, place) = run_folder::create(root, machine, date)?;
        // The hasher's keys are the standard library's random numbers.
        let random = RandomState::new().hash_one((&dir, std::process::id())) >> 32;
        manifest.schema_version = SCHEMA_VERSION;
        manifest.run_id = format!("{place}@{}-{random:08x}", machine_slug(&manifest.host.name));
        manifest.state = RunState::Running;
        let mut writer = Self {
            samples: LineFile::open(&dir.join(SAMPLES_FILE))?,
            ticks: LineFile::open(&dir.join(TICKS_FILE))?,
            dir,
            manifest,
            last_tick: None,
        };
        writer.samples.lock()?;
        writer.write_manifest()?;
        writer.samples.keep(&SAMPLES_HEADER, ALL)?;
        writer.ticks.keep(&TickLine::COLUMNS, ALL)?;
        Ok(writer)
    }

    /// Opens a run again, to continue it; the state becomes `running`. Everything is read and judged before a byte is
    /// changed. Then what a kill, a full disk or a power cut left is mended: torn last lines and the marks of rows that
    /// were lost are cut off, headers and tables that are missing are written, and the manifest says so.
    ///
    /// # Errors
    /// No run there, another version of the layout, another process at work on it, something wrong that resuming
    /// cannot mend, or whatever the file system refuses.
    pub fn resume(dir: &Path) -> Result<Self, Error> {
        let paths = [SAMPLES_FILE, TICKS_FILE].map(|name| dir.join(name));
        // Nobody else writes from here on; a link is told before anything behind it is read.
        let open = |path: &PathBuf| {
            path.symlink_metadata()
                .is_ok()
                .then(|| LineFile::open(path))
                .transpose()
        };
        let [samples, ticks] = [open(&paths[0])?, open(&paths[1])?];
        if let Some(samples) = &samples {
            samples.lock()?;
        }
        let found = read_unfinished(dir)?;
        let notes = mended(&found);
        let Unfinished {
            mut manifest,
            rows,
            ticks: lines,
            ..
        } = found;
        manifest.mended.extend(notes);
        if manifest.schema_version != SCHEMA_VERSION {
            return Err(Error::ForeignColumns {
                path: dir.join(SAMPLES_FILE),
                version: SCHEMA_VERSION,
            });
        }
        let next_row = rows.iter().map(|row| row.row + 1).max().unwrap_or(0);
        // From the first mark of a lost row on, nothing in the file belongs to a row that is there.
        let lost = |line: &TickLine| matches!(line, TickLine::Mark(mark) if mark.row >= next_row);
        let kept = lines.iter().position(lost).unwrap_or(lines.len());
        let mut writer = Self {
            samples: samples.map_or_else(|| LineFile::open(&paths[0]), Ok)?,
            ticks: ticks.map_or_else(|| LineFile::open(&paths[1]), Ok)?,
            dir: dir.to_owned(),
            manifest,
            last_tick: lines[..kept].iter().map(TickLine::time).max(),
        };
        writer.samples.lock()?;
        writer.samples.keep(&SAMPLES_HEADER, ALL)?;
        writer.ticks.keep(&TickLine::COLUMNS, kept as u64)?;
        writer.count(&rows);
        writer.manifest.state = RunState::Running;
        writer.write_manifest()?;
        Ok(writer)
    }

    /// The run folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `<machine>/<yyyy-mm-dd>-<n>@<host>-<random>`.
    #[must_use]
    pub fn run_id(&self) -> &str {
        &self.manifest.run_id
    }

    /// The manifest as it was last written.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The last moment that stood in `ticks.csv` when the run was opened; `None` in a fresh run.
    #[must_use]
    pub fn last_tick(&self) -> Option<Timestamp> {
        self.last_tick
    }

    /// Number that the next row will get.
    #[must_use]
    pub fn next_row(&self) -> u64 {
        self.manifest.totals.rows
    }

    /// Writes one row, with this run's id and the next number, and gives it back as it was written. A value that its column does
    /// not allow is left empty, with a word in `reason` ([`Row::settled`]).
    ///
    /// # Errors
    /// A file that cannot grow, or that somebody else removed or changed. Neither leaves anything of the row behind.
    pub fn append(&mut self, mut row: Row) -> Result<Row, Error> {
        row.run_id.clone_from(&self.manifest.run_id);
        row.row = self.manifest.totals.rows;
        let row = row.settled()?;
        self.samples.append_all(std::slice::from_ref(&row))?;
        self.manifest.totals.rows += 1;
        self.manifest.totals.rows_ok += u64::from(row.status == Status::Ok);
        Ok(row)
    }

    /// Writes lines of `ticks.csv`, all of them or none.
    ///
    /// # Errors
    /// A file that cannot grow, or that somebody else removed or changed.
    pub fn append_ticks(&mut self, ticks: &[TickLine]) -> Result<(), Error> {
        self.ticks.append_all(ticks)?;
        self.manifest.totals.ticks = self.ticks.lines();
        Ok(())
    }

    /// Changes the manifest, and writes it if that made it another one.
    ///
    /// # Errors
    /// Whatever the file system refuses; the old manifest stays.
    pub fn update(&mut self, change: impl FnOnce(&mut Manifest)) -> Result<(), Error> {
        let before = self.manifest.clone();
        change(&mut self.manifest);
        match self.manifest == before {
            true => Ok(()),
            false => self.write_manifest(),
        }
    }

    /// Says how the run stands.
    ///
    /// # Errors
    /// Whatever the file system refuses; the old manifest stays.
    pub fn set_state(&mut self, state: RunState) -> Result<(), Error> {
        self.update(|manifest| manifest.state = state)
    }

    fn count(&mut self, rows: &[Row]) {
        let totals = &mut self.manifest.totals;
        // Numbers go on behind the highest; where none is missing, that is the count.
        totals.rows = rows.iter().map(|row| row.row + 1).max().unwrap_or(0);
        totals.rows_ok = rows.iter().filter(|row| row.status == Status::Ok).count() as u64;
        totals.ticks = self.ticks.lines();
    }

    /// Writes beside the old manifest and renames over it, so that a reader sees one or the other, whole. Renaming
    /// replaces a link that somebody put there, and does not follow it.
    fn write_manifest(&self) -> Result<(), Error> {
        let (path, fresh) = (self.dir.join(MANIFEST_FILE), self.dir.join("manifest.json.new"));
        let mut text = serde_json::to_string_pretty(&self.manifest).map_err(|error| Error::Manifest {
            path: path.clone(),
            error,
        })?;
        text.push('\n');
        let write = || {
            // Left over from a kill, or planted: it goes, and nothing that it points to is touched.
            match std::fs::remove_file(&fresh) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new().write(true).create_new(true).open(&fresh)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&fresh, &path)
        };
        write().map_err(|e| Error::io("write", &path, e))
    }
}
