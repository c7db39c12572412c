//! A CSV that grows by whole lines. In: a path that nobody else writes to, and lines. Out: each line with the operating
//! system before the call returns, or nothing of it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::SCHEMA_VERSION;
use crate::error::Error;
use crate::run_folder::SAMPLES_FILE;

#[derive(Debug)]
pub(crate) struct LineFile {
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    pub(crate) length: u64,
    pub(crate) lines: u64,
}

impl LineFile {
    /// Opens the file or makes an empty one. A link is not followed: in a stranger's folder it may lead anywhere.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        if std::fs::symlink_metadata(path).is_ok_and(|facts| !facts.is_file()) {
            return Err(Error::NoTable {
                path: path.to_owned(),
                what: "it is a link or no file at all, and a run writes to files of its own only; put the file itself there",
            });
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
        let file = options.open(path).map_err(|e| Error::io("open", path, e))?;
        let length = file.metadata().map_err(|e| Error::io("open", path, e))?.len();
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
            lines: 0,
        })
    }

    /// Keeps a second writer out. File systems without locks do not keep a first one out.
    pub(crate) fn lock(&self) -> Result<(), Error> {
        let dir = self.path.parent().unwrap_or(Path::new(SAMPLES_FILE));
        match self.file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(Error::Busy { path: dir.to_owned() }),
            Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
        }
    }

    /// Keeps the header and the first `lines` lines, and cuts off the rest. Writes the header where there is none.
    pub(crate) fn keep(&mut self, header: &[&str], lines: u64) -> Result<(), Error> {
        let failed = |e| Error::io("mend", &self.path, e);
        let header = header.join(",") + "\n";
        let (length, found) = first_lines(&mut self.file, lines + 1).map_err(failed)?;
        if found > 0 {
            let mut there = vec![0; header.len()];
            self.file.seek(SeekFrom::Start(0)).map_err(failed)?;
            if self.file.read_exact(&mut there).is_err() || there != header.as_bytes() {
                return Err(Error::ForeignColumns {
                    path: self.path.clone(),
                    version: SCHEMA_VERSION,
                });
            }
        }
        if length < self.length {
            self.file.set_len(length).map_err(failed)?;
        }
        self.file.seek(SeekFrom::Start(length)).map_err(failed)?;
        self.length = length;
        if found == 0 {
            self.write(header.as_bytes())?;
        }
        self.lines = found.saturating_sub(1);
        Ok(())
    }

    /// Lines below the header.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    pub(crate) fn append_all<T: Serialize>(&mut self, lines: &[T]) -> Result<(), Error> {
        self.write(&text_of(&self.path, lines)?)?;
        self.lines += lines.len() as u64;
        Ok(())
    }

    /// One write, straight to the operating system; if it fails half-way, the half is taken back.
    fn write(&mut self, text: &[u8]) -> Result<(), Error> {
        self.undisturbed()?;
        if let Err(e) = self.file.write_all(text) {
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
        Ok(())
    }

    /// Whether the file at the path is still the one that was opened, with what was written to it.
    pub(crate) fn undisturbed(&self) -> Result<(), Error> {
        let disturbed = |what| Error::Disturbed {
            path: self.path.clone(),
            what,
        };
        let there = match std::fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(disturbed("removed")),
            other => other.map_err(|e| Error::io("look at", &self.path, e))?,
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let opened = self.file.metadata().map_err(|e| Error::io("look at", &self.path, e))?;
            if (there.dev(), there.ino()) != (opened.dev(), opened.ino()) {
                return Err(disturbed("replaced"));
            }
        }
        match there.len().cmp(&self.length) {
            std::cmp::Ordering::Less => Err(disturbed("shortened")),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(disturbed("written to")),
        }
    }
}

/// The lines as they stand in the file at `path`.
pub(crate) fn text_of<T: Serialize>(path: &Path, lines: &[T]) -> Result<Vec<u8>, Error> {
    let mut text = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    for line in lines {
        text.serialize(line).map_err(|e| Error::io("format", path, e.into()))?;
    }
    text.into_inner().map_err(|e| Error::io("format", path, e.into_error()))
}

/// The length of at most `most` first lines, and how many there are.
fn first_lines(file: &mut File, most: u64) -> std::io::Result<(u64, u64)> {
    use std::io::BufRead;
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::new(file);
    let (mut length, mut lines) = (0, 0);
    let mut line = Vec::new();
    while lines < most {
        line.clear();
        let read = Read::by_ref(&mut reader).read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            break;
        }
        length += read as u64;
        lines += 1;
    }
    Ok((length, lines))
}
