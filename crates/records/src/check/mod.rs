//! Whether a run folder is what it claims to be. In: the folder, read line by line by the one reader. Out: every defect
//! by file and line, up to a hundred, and what a further check needs of the rows.

mod manifest;
mod rows;
mod ticks;

use joulemark_base::si::plural;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::manifest::Manifest;
use crate::row::Row;
use crate::run_folder::MANIFEST_FILE;

/// What was found in one run folder.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The folder.
    pub folder: PathBuf,
    /// Rows that could be read.
    pub rows: u64,
    /// Cases that have a row.
    pub cases: usize,
    /// Lines of `ticks.csv`.
    pub ticks: u64,
    /// What is wrong.
    #[serde(flatten)]
    pub defects: Defects,
    /// What is no defect and yet worth knowing.
    pub notes: Vec<String>,
}

/// What a further check needs of a run.
#[derive(Debug)]
pub struct Checked {
    /// What was found so far.
    pub report: Report,
    /// The manifest, if it could be read.
    pub manifest: Option<Manifest>,
    /// The first timed row of each case.
    pub cases: BTreeMap<String, Row>,
    /// The windows that have an energy, in the order of the file.
    pub windows: Vec<CheckedWindow>,
}

/// A window whose energy can be derived again.
#[derive(Clone, Debug)]
pub struct CheckedWindow {
    /// Its line in `samples.csv`.
    pub line: u64,
    /// Begin and end, on the clock of `ticks.csv`, in nanoseconds.
    pub marks_ns: [u64; 2],
    /// Joules of the device and half the width of their interval; `None` if the row has none.
    pub device_j: Option<[f64; 2]>,
    /// The same of the host.
    pub host_j: Option<[f64; 2]>,
}

/// Defects, of which a list shows the first hundred.
#[derive(Debug, Default, Serialize)]
pub struct Defects {
    #[serde(rename = "defects")]
    list: Vec<String>,
    #[serde(rename = "more_defects")]
    more: usize,
}

/// A file that is wrong in one way is wrong in it a million times.
const MOST_LISTED: usize = 100;

impl Defects {
    /// Adds one; its text is made only if it will be listed.
    pub fn push(&mut self, defect: impl FnOnce() -> String) {
        if self.list.len() < MOST_LISTED {
            self.list.push(defect());
        } else {
            self.more += 1;
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list.len() + self.more
    }
}

/// Checks one run folder.
#[must_use]
pub fn check(folder: &Path) -> Checked {
    let mut defects = Defects::default();
    let manifest = match Manifest::read(&folder.join(MANIFEST_FILE)) {
        Ok(manifest) => Some(manifest),
        Err(error) => {
            defects.push(|| error.to_string());
            None
        }
    };
    let mut rows = rows::check(folder, manifest.as_ref(), &mut defects);
    let ticks = ticks::check(folder, manifest.as_ref(), &mut rows, &mut defects);
    if let Some(manifest) = &manifest {
        manifest::check(folder, manifest, &rows, ticks, &mut defects);
    }
    Checked {
        report: Report {
            folder: folder.to_owned(),
            rows: rows.count,
            cases: rows.measured.iter().filter(|id| *id != "idle").count(),
            ticks,
            defects,
            notes: manifest.iter().flat_map(|manifest| manifest.mended.clone()).collect(),
        },
        manifest,
        cases: rows.cases,
        windows: rows.windows,
    }
}

impl Report {
    /// The report as lines of text, the verdict last.
    #[must_use]
    pub fn text(&self) -> String {
        let folder = self.folder.display();
        let mut text = String::new();
        for defect in &self.defects.list {
            text += &format!("{folder}: {defect}\n");
        }
        if self.defects.more > 0 {
            text += &format!("{folder}: … and {} more\n", self.defects.more);
        }
        for note in &self.notes {
            text += &format!("{folder}: note: {note}\n");
        }
        let verdict = match self.defects.count() {
            0 => "sound".into(),
            count => plural(count, "defect"),
        };
        let (rows, cases) = (plural(self.rows, "row"), plural(self.cases, "case"));
        let ticks = plural(self.ticks, "tick");
        text + &format!("{folder}: {rows} of {cases}, {ticks}: {verdict}\n")
    }
}
