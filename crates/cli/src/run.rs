//! `joulemark run`: a campaign. In: a filter and the harness's options. Out: a line per case and round, and the run
//! folder.

use std::path::PathBuf;

use anyhow::{bail, ensure};
use clap::Args;
use joulemark_base::si::percent;
use joulemark_harness::campaign;
use joulemark_harness::{NOT_REACHED, Verb, where_the_time_went};

use crate::console::Console;
use crate::filter;
use crate::flags::{Flags, Takes};
use crate::output::Told;
use crate::signal::Stopped;

/// Measure time and energy of a suite's cases, and write them to a fresh run folder
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark run --suite quick
  joulemark run 'matmul/.*/f16' --rounds 5 --seed 7
  joulemark run --budget 9m               as many windows as fit into nine minutes
  joulemark run --resume results/my-gpu/2026-01-31-1
  joulemark run --energy none             time only
  joulemark run --energy simulated        made-up joules, labelled so, to try the tool

Each case is verified before it is timed. Every window is written as soon as it ends: a run that is
stopped, or killed, keeps what it has, and --resume measures the rest. Flags win over the
environment; an unknown JOULEMARK_* is an error.

Exit status 1 if a case gave a wrong result or broke off, 3 if the adapter or a named energy source
is missing, 130 if a signal stopped it.")]
pub(crate) struct Run {
    /// Regular expression on the cases' ids, as `cargo bench -- FILTER` takes it
    filter: Option<String>,
    /// Go on with a run that broke off, with the options that it was begun with
    #[arg(long, value_name = "RUN", conflicts_with = "filter")]
    resume: Option<PathBuf>,
    /// Say at the end where the time went, as the manifest's totals hold it
    #[arg(short, long)]
    verbose: bool,
    /// Print the lines as JSON when the run ends
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags<Self>,
}

impl Takes for Run {
    const VERB: Verb = Verb::Run;
}

impl Run {
    /// Measures.
    ///
    /// # Errors
    /// If a case is wrong, or something needed is missing.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let told = Told::new(self.json);
        let result = self.measure(&told);
        told.finish()?;
        result
    }

    fn measure(&self, told: &Told) -> anyhow::Result<()> {
        let resumable = self.resume.as_deref().map(campaign::resumable).transpose()?;
        let (options, cases) = match &resumable {
            Some(run) => {
                ensure!(
                    self.flags.is_empty(),
                    "a resumed run keeps the options that it was begun with: leave out the other flags"
                );
                (run.options.clone(), run.cases.clone())
            }
            None => {
                let mut options = self.flags.options()?;
                let cases = filter::cases(&mut options, self.filter.as_deref())?;
                (options, cases)
            }
        };
        if options.dry_run {
            return told.say(&format!("{}\n", campaign::forecast(&options, &cases)?));
        }
        let mut console = Console::new(&options, &cases, told)?;
        let result = match &resumable {
            Some(run) => campaign::resume(run, &mut console),
            None => campaign::run(&options, &cases, &mut console),
        };
        console.finish();
        let ending = result?;
        let folder = shell_word(&ending.folder.display().to_string());
        match &ending.stopped {
            Some(reason) if reason == "a signal" => {
                return Err(Stopped(format!("joulemark run --resume {folder}")).into());
            }
            Some(reason) => bail!("stopped: {reason}; what was measured is in {folder}"),
            None => {}
        }
        if !ending.not_reached.is_empty() {
            told.say(&format!(
                "\n{NOT_REACHED} wider than ±{}: {} of {} cases; more --rounds narrow them\n",
                percent(options.precision().target),
                ending.not_reached.len(),
                cases.len()
            ))?;
        }
        if let Some(drift) = ending.sentinel_time_drift {
            told.say(&format!(
                "\nsentinel: the time of {} varied by {:.1}% over the run\n",
                cases[0].id(),
                100.0 * drift
            ))?;
        }
        if self.verbose {
            told.say(&format!("\n{}", where_the_time_went(&ending.totals)))?;
        }
        told.say(&format!("\nresults: {folder}\nnext:    joulemark analyze {folder}\n"))?;
        let wrong = console.wrong;
        ensure!(
            wrong == 0,
            "{wrong} times a case gave a wrong result or broke off; its rows say why"
        );
        Ok(())
    }
}

/// The text as one word for a shell.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:\\".contains(c);
    if text.chars().all(plain) {
        text.into()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
