//! `joulemark analyze`: what the numbers say. In: run folders or CSVs. Out: the study's findings.

use std::path::PathBuf;

use clap::Args;
use joulemark_study::{Findings, LoadOptions, StudyOptions, load, study, text};

use crate::output::{print, print_json};

/// Analyse runs: a table per case, and whether FLOPs tell the energy
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark analyze results               every run under a folder
  joulemark analyze results/my-gpu/2026-01-31-1 other-tool.csv
  joulemark analyze results --json > findings.json")]
pub(crate) struct Analyze {
    #[command(flatten)]
    runs: Runs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a study reads.
#[derive(Args)]
pub(crate) struct Runs {
    /// Run folders, folders that hold some, or CSVs with the minimal columns
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Let simulated energy in; every output is then marked, and says nothing about a real device
    #[arg(long)]
    include_simulated: bool,
}

impl Runs {
    /// The findings of all runs together.
    ///
    /// # Errors
    /// What cannot be read, with file, line and column.
    pub(crate) fn study(&self) -> anyhow::Result<Findings> {
        let options = LoadOptions {
            include_simulated: self.include_simulated,
        };
        Ok(study(&load(&self.runs, options)?, StudyOptions::default()))
    }
}

impl Analyze {
    /// Prints the findings.
    ///
    /// # Errors
    /// What cannot be read.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let findings = self.runs.study()?;
        if self.json {
            print_json(&findings)
        } else {
            print(&text::render(&findings))
        }
    }
}
