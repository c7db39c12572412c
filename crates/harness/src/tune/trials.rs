//! What was tried, line by line, so that a search that was stopped or killed goes on where it was. In: trials. Out: a
//! file of JSON lines, and the trials in it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use joulemark_records::Status;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// One variant on one problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The case's id.
    pub case: String,
    /// Tuning parameters.
    pub variant: String,
    /// Hashes of its shaders: with others the trial is about another kernel and does not count.
    pub shaders: String,
    /// Whether it gave the right result.
    pub status: Status,
    /// Why not.
    pub reason: String,
    /// Seconds per iteration, median of its windows; `None` if it was not timed.
    pub time_s: Option<f64>,
    /// Joules of the device per iteration, median of its windows.
    pub energy_j: Option<f64>,
}

/// The file of trials, open for more.
#[derive(Debug)]
pub(super) struct Trials {
    path: PathBuf,
    file: File,
    /// What was in it.
    pub(super) known: Vec<Trial>,
}

impl Trials {
    /// Opens or creates it. A last line that was cut off, or lines of another version of this program, are dropped.
    pub(super) fn open(path: &Path, fresh: bool) -> Result<Self, Error> {
        let refused = |error: std::io::Error| Error::Input(format!("cannot write {}: {error}", path.display()));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(refused)?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(fresh)
            .open(path)
            .map_err(refused)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(refused)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64)
            .and_then(|()| file.seek(SeekFrom::End(0)))
            .map_err(refused)?;
        let known = text[..whole].lines().filter_map(|line| serde_json::from_str(line).ok());
        Ok(Self {
            path: path.to_owned(),
            known: known.collect(),
            file,
        })
    }

    /// Adds one and makes sure that it is written.
    pub(super) fn append(&mut self, trial: &Trial) -> Result<(), Error> {
        let refused = |error: std::io::Error| Error::Input(format!("cannot write {}: {error}", self.path.display()));
        let line = serde_json::to_string(trial)
            .map_err(std::io::Error::from)
            .map_err(refused)?
            + "\n";
        self.file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.flush())
            .map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use joulemark_records::Status;

    use super::{Trial, Trials};

    #[test]
    fn whole_lines_survive_and_a_torn_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.jsonl");
        let trial = |variant: &str| Trial {
            case: "matmul/naive/f32/1x1x1".into(),
            variant: variant.into(),
            shaders: "ab".into(),
            status: Status::Ok,
            reason: String::new(),
            time_s: Some(0.1),
            energy_j: None,
        };
        let mut trials = Trials::open(&path, false).unwrap();
        trials.append(&trial("tile=8")).unwrap();
        drop(trials);
        let mut text = std::fs::read_to_string(&path).unwrap();
        text += "{\"case\":\"matm";
        std::fs::write(&path, text).unwrap();
        let mut trials = Trials::open(&path, false).unwrap();
        assert_eq!(trials.known, [trial("tile=8")]);
        trials.append(&trial("tile=16")).unwrap();
        drop(trials);
        assert_eq!(Trials::open(&path, false).unwrap().known.len(), 2);
        assert!(Trials::open(&path, true).unwrap().known.is_empty(), "afresh");
    }
}
