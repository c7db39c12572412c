//! `joulemark compare`: machines, drivers or dates against each other. In: two or more runs, the first being the
//! baseline. Out: ratios of time and energy with a verdict each, and an exit status for a gate.

use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use joulemark_study::compare::{CompareOptions, Gate, compare};
use joulemark_study::samples::Samples;
use joulemark_study::sections::compare::comparison as told;
use joulemark_study::{LoadOptions, load};

use crate::output::{print_document, print_json};

/// Compare runs: ratios of time and energy to the first, with intervals
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark compare results/my-gpu/2026-01-31-1 results/my-gpu/2026-02-28-1
  joulemark compare old new --fail-on worse:2%    for CI: exit status 1 if a case is worse by 2%
  joulemark compare old new --baseline-runs old2 old3    with what runs of the old side differ by")]
pub(crate) struct Compare {
    /// Run folders or CSVs of one device each; the first is the baseline
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Other runs of the first, old side: what runs differ by is then in the intervals
    #[arg(long, num_args = 1.., value_name = "RUN")]
    baseline_runs: Vec<PathBuf>,
    /// Exit with status 1 if a case is worse by more than a margin: worse:2%, or ambiguous:2% to fail where the
    /// intervals leave it open too. Of equal runs at most 5% fail (Holm's correction over cases, time and energy); cases
    /// that are missing fail it as well
    #[arg(long, value_name = "GATE")]
    fail_on: Option<Gate>,
    /// Mix simulated energy with measured energy; every output is then marked
    #[arg(long)]
    include_simulated: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Whether some samples have simulated energy and others have measured.
fn mixes<'a>(samples: impl Iterator<Item = &'a Samples> + Clone) -> bool {
    let has_energy = |samples: &&Samples| {
        let mut windows = samples.cases.iter().flat_map(|case| &case.windows);
        windows.any(|window| window.gross_j.is_some())
    };
    let with_energy = samples.filter(has_energy);
    with_energy.clone().any(|samples| samples.includes_simulated)
        && with_energy.clone().any(|samples| !samples.includes_simulated)
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
        let read = |paths: &[PathBuf]| -> anyhow::Result<Vec<(String, Samples)>> {
            let each = paths.iter();
            let one = |path: &PathBuf| {
                Ok((
                    path.display().to_string(),
                    load(std::slice::from_ref(path), load_options)?,
                ))
            };
            each.map(one).collect()
        };
        let (sets, more_baselines) = (read(&self.runs)?, read(&self.baseline_runs)?);
        ensure!(
            self.include_simulated || !mixes(sets.iter().chain(&more_baselines).map(|(_, samples)| samples)),
            "some of these runs have simulated energy and others measured; give one kind, or --include-simulated to mix them"
        );
        let defaults = CompareOptions::default();
        let options = self.fail_on.map_or(defaults, |gate| gate.options(defaults));
        let comparison = compare(&sets, &more_baselines, options)?;
        if self.json {
            print_json(&comparison)?;
        } else {
            print_document(&told(&comparison))?;
        }
        let defects = self.fail_on.map_or_else(Vec::new, |_| Gate::defects(&comparison));
        ensure!(defects.is_empty(), "this cannot pass a gate: {}", defects.join("; "));
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
