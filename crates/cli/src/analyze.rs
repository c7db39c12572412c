//! `joulemark analyze`: what the numbers say. In: run folders or CSVs. Out: the study's findings.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, ensure};
use clap::Args;
use joulemark_study::figures::measured_roofline;
use joulemark_study::samples::Samples;
use joulemark_study::sections::{self, Depth};
use joulemark_study::{Findings, LoadOptions, StudyOptions, load, study};

use crate::output::{print_document, print_json, to_json};
use crate::safe_output;

/// Analyse runs: a table per case, and whether FLOPs tell the energy
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark analyze results               every run under a folder
  joulemark analyze results/my-gpu/2026-01-31-1 other-tool.csv
  joulemark analyze results --json findings.json
  joulemark analyze results --json | jq .scopes[0].verdict.active.verdict

Only measured energy enters the verdict. The layout of the JSON: crates/study/FINDINGS.md")]
pub(crate) struct Analyze {
    #[command(flatten)]
    runs: Runs,
    /// Everything else too: conditions, controls, correlations, predictors, experiments, peaks, the papers' claims
    #[arg(long)]
    all: bool,
    /// Write the findings as JSON into a file that ends in .json; without one or with -, print them in place of the text
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    json: Option<PathBuf>,
    /// Draw each kernel under the measured peaks of its device, as SVG
    #[arg(long, value_name = "FILE.svg")]
    roofline: Option<PathBuf>,
}

/// What a study reads.
#[derive(Args)]
pub(crate) struct Runs {
    /// Run folders, folders that hold some, or CSVs with the minimal columns
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Mix simulated energy with measured energy, of which it is otherwise kept apart; every output is then marked
    #[arg(long)]
    include_simulated: bool,
}

impl Runs {
    /// Writes an output in one step, unless it would replace one of the runs.
    ///
    /// # Errors
    /// That, or a folder that is missing, may not be written or is full.
    pub(crate) fn write(&self, path: &Path, text: &str) -> anyhow::Result<()> {
        safe_output::replace(path, text, &self.runs)
    }

    /// Refuses an output that would replace one of the runs.
    ///
    /// # Errors
    /// That.
    pub(crate) fn guard(&self, path: &Path) -> anyhow::Result<()> {
        safe_output::guard(path, &self.runs)
    }

    /// The findings of all runs together.
    ///
    /// # Errors
    /// What cannot be read, with file, line and column.
    pub(crate) fn study(&self) -> anyhow::Result<Findings> {
        Ok(study(&self.load()?, StudyOptions::default()))
    }

    /// The samples of all runs together.
    ///
    /// # Errors
    /// What cannot be read, with file, line and column.
    pub(crate) fn load(&self) -> anyhow::Result<Samples> {
        let options = LoadOptions {
            include_simulated: self.include_simulated,
        };
        Ok(load(&self.runs, options)?)
    }
}

impl Analyze {
    /// Prints the findings.
    ///
    /// # Errors
    /// What cannot be read.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let file = self.json.as_deref().filter(|path| *path != Path::new("-"));
        if let Some(path) = file {
            // `--json results.csv` would otherwise replace the data.
            ensure!(
                path.extension().is_some_and(|end| end == "json"),
                "--json {}: a file for findings has to end in .json; to print them put --json last, or write --json=-",
                path.display()
            );
        }
        let findings = self.runs.study()?;
        if let Some(path) = &self.roofline {
            ensure!(
                path.extension().is_some_and(|end| end == "svg"),
                "--roofline {}: the file has to end in .svg",
                path.display()
            );
            let svg = measured_roofline(&findings).map_err(|why| anyhow!("--roofline {}: {why}", path.display()))?;
            self.runs.write(path, &svg)?;
        }
        if self.json.is_some() && file.is_none() {
            return print_json(&findings);
        }
        let depth = if self.all { Depth::All } else { Depth::Front };
        print_document(&sections::study(&findings, depth))?;
        match file {
            Some(path) => self.runs.write(path, &to_json(&findings)?),
            None => Ok(()),
        }
    }
}
