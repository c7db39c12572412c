//! Rows completed by what was measured after them. In: a place in `samples.csv`, and the rows from there on once more. Out:
//! the table with them, in one step: a reader, or a run that is killed, has the old rows or the new ones, all of them.

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};

use crate::error::Error;
use crate::line_file::{LineFile, text_of};
use crate::row::Row;
use crate::writer::RunWriter;

/// Where the next row will stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    length: u64,
    lines: u64,
}

impl RunWriter {
    /// Where the next row will stand.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            length: self.samples.length,
            lines: self.samples.lines,
        }
    }

    /// Writes the rows since `place` again. They keep their numbers and their status, and none is added or left out.
    ///
    /// # Errors
    /// A value that its column does not allow, or a file that cannot be written; the rows stay as they were.
    pub fn rewrite_since(&mut self, place: Place, rows: &[Row]) -> Result<(), Error> {
        debug_assert_eq!(self.samples.lines - place.lines, rows.len() as u64);
        let rows: Vec<Row> = rows.iter().cloned().map(Row::settled).collect::<Result<_, _>>()?;
        self.samples.rewrite_since(place, &rows)?;
        self.samples.lock()
    }
}

impl LineFile {
    fn rewrite_since(&mut self, place: Place, rows: &[Row]) -> Result<(), Error> {
        self.undisturbed()?;
        let text = text_of(&self.path, rows)?;
        let beside = self.path.with_extension("csv.new");
        let mut write = || {
            // What a killed process left is of no use, and nothing that lies there is written through.
            match std::fs::remove_file(&beside) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&beside)?;
            self.file.seek(SeekFrom::Start(0))?;
            std::io::copy(&mut (&self.file).take(place.length), &mut file)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&beside, &self.path)?;
            Ok(file)
        };
        let written = write();
        match written {
            Ok(file) => {
                self.file = file;
                self.length = place.length + text.len() as u64;
                Ok(())
            }
            Err(error) => {
                let failure = Error::io("write", &beside, error);
                self.file
                    .seek(SeekFrom::Start(self.length))
                    .map_err(|error| Error::io("seek in", &self.path, error))?;
                Err(failure)
            }
        }
    }
}
