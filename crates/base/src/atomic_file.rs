//! A file that appears whole or not at all. In: a path and what to write. Out: the file, in place of what was there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Replaces a file with this text, in one step.
///
/// # Errors
/// If the folder is missing, may not be written or is full.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    AtomicFile::create(path)
        .and_then(|file| file.commit(|writer| writer.write_all(text.as_bytes())))
        .map_err(|error| io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display())))
}

/// An output that takes its name when it is complete. Dropped before that, it leaves nothing behind.
pub struct AtomicFile {
    writer: Option<BufWriter<File>>,
    /// Where it is written.
    temporary: PathBuf,
    /// What it will be called; `None` where nothing can be renamed: a device or a pipe is written straight to.
    target: Option<PathBuf>,
}

impl AtomicFile {
    /// Opens a file beside `path`, or the device or pipe at `path`.
    ///
    /// # Errors
    /// If the folder is missing or may not be written.
    pub fn create(path: &Path) -> io::Result<Self> {
        // Through a link it is the file behind it that is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&target) {
            Ok(facts) if facts.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(facts) if !facts.is_file() => {
                return Ok(Self {
                    writer: Some(BufWriter::new(OpenOptions::new().write(true).open(&target)?)),
                    temporary: target,
                    target: None,
                });
            }
            _ => {}
        }
        let name = target
            .file_name()
            .ok_or(io::ErrorKind::InvalidFilename)?
            .to_string_lossy();
        let temporary = target.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        Ok(Self {
            writer: Some(BufWriter::new(file)),
            temporary,
            target: Some(target),
        })
    }

    /// Writes through `write` and gives the file its name.
    ///
    /// # Errors
    /// If the disk is full, for instance; then the old file is still there.
    pub fn commit(mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut writer = self
            .writer
            .take()
            .expect("only `commit` takes it, and it consumes the file");
        write(&mut writer)?;
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        if let Some(target) = &self.target {
            file.sync_all()?;
            drop(file);
            fs::rename(&self.temporary, target)?;
            self.target = None;
        }
        Ok(())
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if self.target.is_some() {
            drop(self.writer.take());
            // What cannot be removed now will not be later; the error that led here says more.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AtomicFile;
    use std::fs;

    #[test]
    fn the_old_file_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.npy");
        fs::write(&path, "old").unwrap();
        let failed = AtomicFile::create(&path)
            .unwrap()
            .commit(|_| Err(std::io::ErrorKind::StorageFull.into()));
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        AtomicFile::create(&path)
            .unwrap()
            .commit(|writer| writer.write_all(b"new"))
            .unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_written_and_links_followed() {
        AtomicFile::create("/dev/null".as_ref())
            .unwrap()
            .commit(|writer| writer.write_all(b"x"))
            .unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        let folder = tempfile::tempdir().unwrap();
        let [real, link] = ["real", "link"].map(|name| folder.path().join(name));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        AtomicFile::create(&link)
            .unwrap()
            .commit(|writer| writer.write_all(b"new"))
            .unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
