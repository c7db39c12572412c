//! `joulemark check`: whether a run folder is what it claims to be. In: run folders. Out: every defect by file and line,
//! and exit status 1 if there is one.

mod manifest;
mod rows;
mod shaders;
mod ticks;

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use clap::Args;
use joulemark_records::{MANIFEST_FILE, Manifest, Row};
use serde::Serialize;

use crate::output::{print, print_json};

/// Check run folders: schema, counts, hashes of shaders, duplicates, units
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark check results/my-gpu/2026-01-31-1
  joulemark check results                 every run below it

Checked are the manifest, each field of samples.csv and ticks.csv, the numbers of rows and ticks, rows that stand
there twice, windows that are missing, impossible powers and times, sums that do not add up, the marks of each
window against its duration, and the hash of each shader against the one that this version composes.

Exit status 1 if there is a defect.")]
pub(crate) struct Check {
    /// Run folders, or folders that hold some
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was found in one run folder.
#[derive(Serialize)]
struct Report {
    folder: PathBuf,
    rows: usize,
    cases: usize,
    ticks: usize,
    defects: Vec<String>,
    /// What is no defect and yet worth knowing.
    notes: Vec<String>,
}

/// A row and the line that it stands on.
struct Line {
    number: u64,
    row: Row,
}

impl Check {
    /// Checks and prints.
    ///
    /// # Errors
    /// If a folder has a defect, or there is no run.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut folders = Vec::new();
        for dir in &self.dirs {
            let before = folders.len();
            collect(dir, 3, &mut folders)?;
            if folders.len() == before {
                bail!(
                    "{} holds no run: there is no {MANIFEST_FILE} in it or below",
                    dir.display()
                );
            }
        }
        let reports: Vec<Report> = folders.iter().map(|folder| Report::of(folder)).collect();
        if self.json {
            print_json(&reports)?;
        } else {
            for report in &reports {
                print(&report.text())?;
            }
        }
        let defects: usize = reports.iter().map(|report| report.defects.len()).sum();
        ensure!(defects == 0, "{defects} defect(s) in {} run(s)", reports.len());
        Ok(())
    }
}

/// Folders with a manifest, at most `depth` below `dir`.
fn collect(dir: &Path, depth: u32, folders: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if dir.join(MANIFEST_FILE).exists() {
        folders.push(dir.to_owned());
    } else if depth > 0 {
        let mut children: Vec<_> = std::fs::read_dir(dir)
            .map_err(|error| anyhow::anyhow!("cannot read {}: {error}", dir.display()))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.is_dir())
            .collect();
        children.sort();
        for child in children {
            collect(&child, depth - 1, folders)?;
        }
    }
    Ok(())
}

impl Report {
    fn of(folder: &Path) -> Self {
        let mut report = Self {
            folder: folder.to_owned(),
            rows: 0,
            cases: 0,
            ticks: 0,
            defects: Vec::new(),
            notes: Vec::new(),
        };
        let path = folder.join(MANIFEST_FILE);
        let manifest = match Manifest::read(&path) {
            Ok(manifest) => Some(manifest),
            Err(error) => {
                report.defects.push(error.to_string());
                None
            }
        };
        let lines = rows::read(folder, &mut report.defects);
        let cases: std::collections::BTreeSet<_> = lines.iter().map(|line| &line.row.case_id).collect();
        (report.rows, report.cases) = (lines.len(), cases.iter().filter(|id| **id != "idle").count());
        rows::check(&lines, &mut report.defects);
        report.ticks = ticks::check(folder, &lines, &mut report.defects);
        if let Some(manifest) = &manifest {
            manifest::check(folder, manifest, &lines, report.ticks, &mut report.defects);
            shaders::check(manifest, &lines, &mut report.defects, &mut report.notes);
        }
        report
    }

    fn text(&self) -> String {
        let folder = self.folder.display();
        let mut text = String::new();
        for defect in &self.defects {
            text += &format!("{folder}: {defect}\n");
        }
        for note in &self.notes {
            text += &format!("{folder}: note: {note}\n");
        }
        let verdict = match self.defects.len() {
            0 => "sound".into(),
            count => format!("{count} defect(s)"),
        };
        text + &format!(
            "{folder}: {} rows of {} cases, {} ticks: {verdict}\n",
            self.rows, self.cases, self.ticks
        )
    }
}
