//! Finds what there is to read. In: a path that a person typed. Out: tables of samples, each with its manifest.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::manifest::Manifest;
use crate::run_folder::{MANIFEST_FILE, SAMPLES_FILE};

/// A table of samples, and the manifest beside it where there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The CSV.
    pub samples: PathBuf,
    /// Its manifest; `None` for a CSV from elsewhere.
    pub manifest: Option<Manifest>,
}

/// Finds the tables at `path`: a CSV, a run folder, a machine's folder with several runs, or a results root. Sorted by
/// path.
///
/// # Errors
/// Nothing there, or a manifest that is not one or is of another version.
pub fn locate(path: &Path) -> Result<Vec<Input>, Error> {
    if !path.is_dir() {
        std::fs::metadata(path).map_err(|e| Error::io("read", path, e))?;
        let beside = path.with_file_name(MANIFEST_FILE);
        let ours = path.file_name().is_some_and(|name| name == SAMPLES_FILE) && beside.is_file();
        let manifest = if ours { Some(Manifest::read(&beside)?) } else { None };
        return Ok(vec![Input {
            samples: path.to_owned(),
            manifest,
        }]);
    }
    let runs = run_folders(path)?;
    if runs.is_empty() {
        return Err(Error::NoRun { path: path.to_owned() });
    }
    runs.into_iter()
        .map(|dir| {
            let manifest = Manifest::read(&dir.join(MANIFEST_FILE))?;
            Ok(Input {
                samples: dir.join(SAMPLES_FILE),
                manifest: Some(manifest),
            })
        })
        .collect()
}

/// How far below a folder runs are looked for: a project, its results, a machine, a run.
const DEEPEST: u32 = 3;

/// The run folders at or below `dir`, sorted by path.
///
/// # Errors
/// A folder that cannot be read.
pub fn run_folders(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut runs = Vec::new();
    collect(dir, DEEPEST, &mut runs)?;
    runs.sort();
    Ok(runs)
}

fn collect(dir: &Path, depth: u32, runs: &mut Vec<PathBuf>) -> Result<(), Error> {
    if dir.join(MANIFEST_FILE).is_file() {
        runs.push(dir.to_owned());
    } else if depth > 0 {
        for entry in std::fs::read_dir(dir).map_err(|e| Error::io("read", dir, e))? {
            let child = entry.map_err(|e| Error::io("read", dir, e))?.path();
            if child.is_dir() {
                collect(&child, depth - 1, runs)?;
            }
        }
    }
    Ok(())
}
