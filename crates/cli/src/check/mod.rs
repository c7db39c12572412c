//! `joulemark check`: whether a run folder is what it claims to be. In: run folders. Out: every defect by file and line,
//! and exit status 1 if there is one.

mod derive;
mod shaders;

use std::path::{Path, PathBuf};

use anyhow::ensure;
use clap::Args;
use joulemark_records::{MANIFEST_FILE, Report, check, run_folders};

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
    #[arg(required = true, value_name = "RUN")]
    dirs: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Checks and prints.
    ///
    /// # Errors
    /// If a folder has a defect, or there is no run.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut folders = Vec::new();
        for dir in &self.dirs {
            ensure!(
                dir.is_dir() || !dir.exists(),
                "{} is a file, and runs are folders: give the folder that it lies in, or read a table by `joulemark analyze`",
                dir.display()
            );
            let found = run_folders(dir)?;
            ensure!(
                !found.is_empty(),
                "{} holds no run: there is no {MANIFEST_FILE} in it or below",
                dir.display()
            );
            folders.extend(found);
        }
        let reports: Vec<Report> = folders.iter().map(|folder| report(folder)).collect();
        if self.json {
            print_json(&reports)?;
        } else {
            for report in &reports {
                print(&report.text())?;
            }
        }
        let defects: usize = reports.iter().map(|report| report.defects.count()).sum();
        ensure!(defects == 0, "{defects} defect(s) in {} run(s)", reports.len());
        Ok(())
    }
}

/// The folder's own checks, and those that need kernels.
fn report(folder: &Path) -> Report {
    let mut checked = check(folder);
    derive::check(folder, &checked.windows, &mut checked.report);
    if let Some(manifest) = &checked.manifest {
        shaders::check(manifest, &checked.cases, &mut checked.report);
    }
    checked.report
}
