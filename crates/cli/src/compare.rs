//! `joulemark compare`: machines, drivers or dates against each other. In: two or more runs, the first being the
//! baseline. Out: ratios of time and energy with a verdict each, and an exit status for a gate.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use joulemark_study::compare::{CompareOptions, Gate, compare, render};
use joulemark_study::{LoadOptions, load};

use crate::output::{print, print_json};

/// Compare runs: ratios of time and energy to the first, with intervals
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark compare results/my-gpu/2026-01-31-1 results/my-gpu/2026-02-28-1
  joulemark compare old new --fail-on worse:2%    for CI: exit status 1 if a case is worse by 2%")]
pub(crate) struct Compare {
    /// Run folders or CSVs of one device each; the first is the baseline
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Exit with status 1 if a case is worse by more than a margin: worse:2%, or ambiguous:2% to fail where the
    /// intervals leave it open too
    #[arg(long, value_name = "GATE")]
    fail_on: Option<Gate>,
    /// Let simulated energy in; every output is then marked, and says nothing about a real device
    #[arg(long)]
    include_simulated: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Compare {
    /// Prints the comparison.
    ///
    /// # Errors
    /// What cannot be read or compared, or a case that fails the gate.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let load_options = LoadOptions {
            include_simulated: self.include_simulated,
        };
        let sets = self
            .runs
            .iter()
            .map(|path| {
                Ok((
                    path.display().to_string(),
                    load(std::slice::from_ref(path), load_options)?,
                ))
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let defaults = CompareOptions::default();
        let options = self.fail_on.map_or(defaults, |gate| gate.options(defaults));
        let comparison = compare(&sets, options)?;
        if self.json {
            print_json(&comparison)?;
        } else {
            print(&render(&comparison))?;
        }
        let regressions = self.fail_on.map_or_else(Vec::new, |gate| gate.regressions(&comparison));
        let named: Vec<_> = regressions
            .iter()
            .map(|one| format!("{} ({})", one.case, one.of))
            .collect();
        ensure!(
            named.is_empty(),
            "{} comparisons fail the gate: {}",
            named.len(),
            named.join(", ")
        );
        Ok(())
    }
}
