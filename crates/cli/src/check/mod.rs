//! `joulemark check`: whether a run folder is what it claims to be. In: run folders. Out: every defect by file and line,
//! and exit status 1 if there is one.

mod derive;
mod shaders;

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use clap::Args;
use joulemark_records::{MANIFEST_FILE, Report, check};

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
            let before = folders.len();
            collect(dir, 3, &mut folders)?;
            if folders.len() == before {
                bail!(
                    "{} holds no run: there is no {MANIFEST_FILE} in it or below",
                    dir.display()
                );
            }
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

/// The folder's own checks, and those that need kernels.
fn report(folder: &Path) -> Report {
    let mut checked = check(folder);
    derive::check(folder, &checked.windows, &mut checked.report);
    if let Some(manifest) = &checked.manifest {
        shaders::check(manifest, &checked.cases, &mut checked.report);
    }
    checked.report
}
