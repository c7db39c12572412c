//! Writes a run folder so that a kill at any moment loses no finished row. In: rows, ticks, manifest changes. Out:
//! files that hold whole lines only, and a manifest that is always either the old or the new one.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::manifest::{Manifest, RunState};
use crate::run_folder::{self, MANIFEST_FILE, SAMPLES_FILE, TICKS_FILE};
use crate::{COLUMNS, Error, Row, SCHEMA_VERSION, Status, Tick};

/// The writer of one run. Every row reaches the operating system before [`RunWriter::append`] returns.
#[derive(Debug)]
pub struct RunWriter {
    dir: PathBuf,
    manifest: Manifest,
    pub(crate) samples: LineFile,
    ticks: LineFile,
}

impl RunWriter {
    /// Creates `<root>/<machine>/<date>-<n>/` with the next free `n`, writes the manifest as `running`, and opens both
    /// tables with their headers. `date` is `yyyy-mm-dd`; no clock is read here.
    ///
    /// # Errors
    /// A name that cannot be a folder, or whatever the file system refuses.
    pub fn create(root: &Path, machine: &str, date: &str, mut manifest: Manifest) -> Result<Self, Error> {
        let (dir, run_id) = run_folder::create(root, machine, date)?;
        manifest.schema_version = SCHEMA_VERSION;
        manifest.run_id = run_id;
        manifest.state = RunState::Running;
        write_manifest(&dir, &manifest)?;
        let samples = LineFile::open(&dir.join(SAMPLES_FILE), &COLUMNS.map(|column| column.name))?;
        let ticks = LineFile::open(&dir.join(TICKS_FILE), &Tick::COLUMNS)?;
        samples.lock(&dir)?;
        Ok(Self {
            dir,
            manifest,
            samples,
            ticks,
        })
    }

    /// Opens a run again, to continue it. A torn last line is cut off; the state becomes `running`.
    ///
    /// # Errors
    /// No run there, another version of the layout, another process at work on it, or whatever the file system refuses.
    pub fn resume(dir: &Path) -> Result<Self, Error> {
        let manifest = Manifest::read(&dir.join(MANIFEST_FILE))?;
        let samples = LineFile::open(&dir.join(SAMPLES_FILE), &COLUMNS.map(|column| column.name))?;
        samples.lock(dir)?;
        let ticks = LineFile::open(&dir.join(TICKS_FILE), &Tick::COLUMNS)?;
        let mut writer = Self {
            dir: dir.to_owned(),
            manifest,
            samples,
            ticks,
        };
        let rows = crate::read_run(dir)?.rows;
        writer.manifest.totals.rows = rows.iter().map(|row| row.row + 1).max().unwrap_or(0);
        writer.manifest.totals.rows_ok = rows.iter().filter(|row| row.status == Status::Ok).count() as u64;
        writer.manifest.totals.ticks = writer.ticks.lines;
        writer.set_state(RunState::Running)?;
        Ok(writer)
    }

    /// The run folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `<machine>/<yyyy-mm-dd>-<n>`.
    #[must_use]
    pub fn run_id(&self) -> &str {
        &self.manifest.run_id
    }

    /// The manifest as it was last written.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Number that the next row will get.
    #[must_use]
    pub fn next_row(&self) -> u64 {
        self.manifest.totals.rows
    }

    /// Writes one row, with this run's id and the next number, and gives it back so. Line breaks in `reason` become spaces.
    ///
    /// # Errors
    /// A value that its column does not allow (NaN, a negative time …), or a file that cannot grow. Neither leaves
    /// anything of the row behind.
    pub fn append(&mut self, mut row: Row) -> Result<Row, Error> {
        row.run_id.clone_from(&self.manifest.run_id);
        row.row = self.manifest.totals.rows;
        row.reason = row.reason.replace(['\n', '\r'], " ");
        row.check()?;
        self.samples.append(&row)?;
        self.manifest.totals.rows += 1;
        self.manifest.totals.rows_ok += u64::from(row.status == Status::Ok);
        Ok(row)
    }

    /// Writes ticks, all of them or none.
    ///
    /// # Errors
    /// A file that cannot grow.
    pub fn append_ticks(&mut self, ticks: &[Tick]) -> Result<(), Error> {
        self.ticks.append_all(ticks)?;
        self.manifest.totals.ticks = self.ticks.lines;
        Ok(())
    }

    /// Changes the manifest and writes it.
    ///
    /// # Errors
    /// Whatever the file system refuses; the old manifest stays.
    pub fn update(&mut self, change: impl FnOnce(&mut Manifest)) -> Result<(), Error> {
        change(&mut self.manifest);
        write_manifest(&self.dir, &self.manifest)
    }

    /// Says how the run stands.
    ///
    /// # Errors
    /// Whatever the file system refuses; the old manifest stays.
    pub fn set_state(&mut self, state: RunState) -> Result<(), Error> {
        self.update(|manifest| manifest.state = state)
    }
}

/// Writes beside the old manifest and renames over it, so that a reader sees one or the other, whole.
fn write_manifest(dir: &Path, manifest: &Manifest) -> Result<(), Error> {
    let (path, fresh) = (dir.join(MANIFEST_FILE), dir.join("manifest.json.new"));
    let mut text = serde_json::to_string_pretty(manifest).map_err(|source| Error::Manifest {
        path: path.clone(),
        source,
    })?;
    text.push('\n');
    let write = || {
        let mut file = File::create(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, &path)
    };
    write().map_err(|e| Error::io("write", &path, e))
}

/// A CSV that grows by whole lines.
#[derive(Debug)]
pub(crate) struct LineFile {
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    pub(crate) length: u64,
    pub(crate) lines: u64,
}

impl LineFile {
    /// Opens or creates it, cuts off a torn last line, and makes sure that the header is there and is ours.
    fn open(path: &Path, header: &[&str]) -> Result<Self, Error> {
        let failed = |e| Error::io("open", path, e);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        let header = header.join(",") + "\n";
        let (mut length, mut lines) = whole_lines(&mut file).map_err(failed)?;
        file.set_len(length).map_err(failed)?;
        if length > 0 {
            let mut found = vec![0; header.len()];
            file.seek(SeekFrom::Start(0)).map_err(failed)?;
            if file.read_exact(&mut found).is_err() || found != header.as_bytes() {
                return Err(Error::ForeignColumns {
                    path: path.to_owned(),
                    version: SCHEMA_VERSION,
                });
            }
            lines -= 1;
        }
        file.seek(SeekFrom::Start(length)).map_err(failed)?;
        if length == 0 {
            file.write_all(header.as_bytes())
                .map_err(|e| Error::io("write", path, e))?;
            length = header.len() as u64;
        }
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
            lines,
        })
    }

    /// Keeps a second writer out. File systems without locks do not keep a first one out.
    pub(crate) fn lock(&self, dir: &Path) -> Result<(), Error> {
        match self.file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(Error::Busy { path: dir.to_owned() }),
            Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
        }
    }

    fn append<T: Serialize>(&mut self, line: &T) -> Result<(), Error> {
        self.append_all(std::slice::from_ref(line))
    }

    /// One write per call, straight to the operating system; if it fails half-way, the half is taken back.
    fn append_all<T: Serialize>(&mut self, lines: &[T]) -> Result<(), Error> {
        let text = lines_of(&self.path, lines)?;
        if let Err(e) = self.file.write_all(&text) {
            let failure = Error::io("write", &self.path, e);
            self.file
                .set_len(self.length)
                .map_err(|e| Error::io("shorten", &self.path, e))?;
            self.file
                .seek(SeekFrom::Start(self.length))
                .map_err(|e| Error::io("seek in", &self.path, e))?;
            return Err(failure);
        }
        self.length += text.len() as u64;
        self.lines += lines.len() as u64;
        Ok(())
    }
}

/// The lines as they stand in the file.
pub(crate) fn lines_of<T: Serialize>(path: &Path, lines: &[T]) -> Result<Vec<u8>, Error> {
    let mut text = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    for line in lines {
        text.serialize(line).map_err(|e| Error::io("format", path, e.into()))?;
    }
    text.into_inner()
        .map_err(|e| Error::io("format", path, e.into_error()))
}

/// Length up to the last line feed, and the number of lines.
fn whole_lines(file: &mut File) -> std::io::Result<(u64, u64)> {
    let (mut buffer, mut position, mut length, mut lines) = (vec![0; 1 << 16], 0_u64, 0, 0);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((length, lines));
        }
        for (index, _) in buffer[..count].iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            length = position + index as u64 + 1;
            lines += 1;
        }
        position += count as u64;
    }
}
