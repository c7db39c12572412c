//! `joulemark selftest`: the harness on trial. In: the harness's options. Out: whether one case under two names is called
//! the same, whether one kernel's energy follows its size, what a copy without FLOPs costs, and what measuring itself does.

use anyhow::{Context, bail, ensure};
use clap::Args;
use indicatif::ProgressBar;
use joulemark_base::duration::duration_text;
use joulemark_base::si::si;
use joulemark_energy::SourceChoice;
use joulemark_harness::campaign::{self, Outline};
use joulemark_harness::{
    BETWEEN_WINDOWS, Case, Failure, Forecast, OVERHEAD_WINDOW_S, Options, Pair, Session, Verb, overhead, pairs,
};
use joulemark_records::{Row, RunState};
use joulemark_study::outcome::Outcome;
use joulemark_study::stats::equivalence::{Equivalence, across_rounds, judge};
use joulemark_study::{LoadOptions, StudyOptions, load, study};

use crate::bar::bar;
use crate::flags::{Flags, Takes};
use crate::output::Told;
use crate::signal::Signal;

/// Try the harness itself: A/A pairs, a size sweep, a copy without FLOPs, the cost of measuring
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark selftest                      100 pairs; simulated joules where no counter is found
  joulemark selftest --budget 10m         as many pairs as fit, on the energy source at hand
  joulemark selftest --pairs 20

One case is measured under two names, the windows of each pair in random order. A pair is called
different if the 99% interval of Welch's t test on the logarithms does not hold 0; at most 5% of the
pairs may be. A systematic difference beyond 1% fails too, also where each name's windows are of other
rounds than the other's (three rounds against the next three). Two one-sided tests say whether the two are
shown to be the same within 1%; on a busy machine they may not be, and that alone fails nothing.

Exit status 1 if the harness fails one of its trials.")]
pub(crate) struct Selftest {
    /// Pairs to measure
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..))]
    pairs: u32,
    /// Print the lines as JSON when the trials end
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags<Self>,
}

impl Takes for Selftest {
    const VERB: Verb = Verb::Selftest;
}

/// Windows per name and pair.
const WINDOWS: u32 = 3;
/// Pairs of windows with the sampler and without it, at most.
const OVERHEAD_PAIRS: u32 = 40;
/// The two names are to be the same within this.
const MARGIN: f64 = 0.01;
/// Share of the pairs that may be called different.
const LARGEST_SHARE: f64 = 0.05;
/// The power of a simulated device with some noise, and a sensor fast enough for short windows.
const SIMULATED: &str = "simulated:period=1ms,power=100,idle=40,noise=0.05";

impl Selftest {
    /// Tries the harness.
    ///
    /// # Errors
    /// If it fails a trial, or cannot measure.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let told = Told::new(self.json);
        let result = self.try_harness(&told);
        told.finish()?;
        result
    }

    fn try_harness(&self, says: &Told) -> anyhow::Result<()> {
        let mut options = self.flags.options()?;
        options.set("suite", "controls")?;
        options.set("windows", "3")?;
        let cases = options.cases()?;
        let (first, second) = cases
            .iter()
            .find_map(|second| Some((cases.iter().find(|first| second.is_again(first))?, second)))
            .context("the suite controls names no case twice")?;
        choose_source(&mut options)?;
        let forecast = Forecast::of(&options, cases.len())?;
        let pairs_s = f64::from(self.pairs * 2 * WINDOWS) * BETWEEN_WINDOWS * forecast.window_s;
        let pairs_s = options.budget_s.unwrap_or(pairs_s).min(pairs_s);
        let simulated = matches!(options.energy, SourceChoice::Simulated(_) | SourceChoice::Replay(_));
        let source = if simulated {
            "simulated joules: they try the harness and say nothing about this device"
        } else {
            "measured joules"
        };
        let overhead_pairs = self.pairs.min(OVERHEAD_PAIRS);
        says.say(&format!(
            "{source}\npairs:   {} of {WINDOWS} windows per name of {}, about {}; with the sampler and without, about {}; then \
             the controls\n{forecast}\n",
            self.pairs,
            si(forecast.window_s, "s"),
            duration_text(pairs_s),
            duration_text(f64::from(2 * overhead_pairs + 8) * BETWEEN_WINDOWS * OVERHEAD_WINDOW_S)
        ))?;
        if options.dry_run {
            return Ok(());
        }
        let mut session = Session::open(&options, &[first.clone(), second.clone()])?;
        says.say(&format!("results: {}\n\n", session.folder().display()))?;
        let progress = bar(self.pairs.into(), "pairs");
        let measured = pairs(&mut session, [first, second], self.pairs, WINDOWS, &mut |done| {
            progress.set_position(done.into());
        });
        progress.finish_and_clear();
        let state = match &measured {
            Ok(_) => RunState::Complete,
            Err(error) => RunState::Failed {
                reason: error.to_string(),
            },
        };
        session.finish(state)?;
        let measured = measured?;
        let mut failed = Vec::new();
        for (name, value) in [("energy", energy as fn(&Row) -> Option<f64>), ("time", time)] {
            let values = values(&measured, value);
            let judged = judge(&values, MARGIN).with_context(|| format!("no {name} in the pairs"))?;
            says.say(&told(name, &judged))?;
            if let Some(judged) = judge(&across_rounds(&values), MARGIN) {
                let name = format!("{name} across rounds");
                says.say(&told(&name, &judged))?;
                if judged.is_systematic() {
                    failed.push(format!("a systematic difference in {name}"));
                }
            }
            if judged.is_systematic() {
                failed.push(format!("a systematic difference in {name}"));
            }
            if judged.different as f64 > LARGEST_SHARE * judged.pairs as f64 {
                failed.push(format!("A/A pairs called different by {name}"));
            }
        }
        let overhead = overhead(&options, first, overhead_pairs)?;
        says.say(&overhead.to_string())?;
        let broken = overhead.promises().into_iter().filter(|(kept, _)| !kept);
        failed.extend(broken.map(|(_, promise)| format!("the promise that measuring costs little ({promise})")));
        failed.extend(controls(&options, &cases, says)?);
        ensure!(failed.is_empty(), "the harness failed: {}", failed.join(", "));
        says.say("\nthe harness passed\n")
    }
}

/// A source of joules: the one at hand, or the simulated one if none was asked for by name.
fn choose_source(options: &mut Options) -> anyhow::Result<()> {
    let adapter = joulemark_gpu::Adapter::choose(options.adapter.as_deref()).map_err(joulemark_harness::Error::from)?;
    let request = joulemark_energy::Request::new(joulemark_harness::identity(&adapter), options.energy.clone());
    let found = joulemark_energy::Meter::open(&request).slowest_period_s().is_some();
    if !found && matches!(options.energy, SourceChoice::Auto | SourceChoice::None) {
        options.set("energy", SIMULATED)?;
    }
    Ok(())
}

fn energy(row: &Row) -> Option<f64> {
    Some(row.device.energy_j? / row.iterations? as f64)
}

fn time(row: &Row) -> Option<f64> {
    Some(row.wall_s? / row.iterations? as f64)
}

fn values(pairs: &[Pair], value: fn(&Row) -> Option<f64>) -> Vec<(Vec<f64>, Vec<f64>)> {
    let of = |rows: &[Row]| rows.iter().filter_map(value).collect();
    pairs.iter().map(|[first, second]| (of(first), of(second))).collect()
}

fn told(name: &str, judged: &Equivalence) -> String {
    let [low, high] = judged.ratio_ci90;
    let word = if judged.equivalent {
        "the same"
    } else {
        "NOT shown to be the same"
    };
    format!(
        "A/A by {name}: {} of {} pairs called different; ratio {:.4} [{low:.4} {high:.4}] (90%): {word} within ±{:.0}%\n",
        judged.different,
        judged.pairs,
        judged.ratio,
        100.0 * judged.margin
    )
}

/// Measures the suite of controls and gives the trials that failed.
fn controls(options: &Options, cases: &[Case], says: &Told) -> anyhow::Result<Vec<String>> {
    let options = Options {
        budget_s: None,
        ..options.clone()
    };
    let mut quiet = Quiet {
        bar: ProgressBar::hidden(),
        signal: Signal::listen()?,
    };
    let ending = campaign::run(&options, cases, &mut quiet)?;
    quiet.bar.finish_and_clear();
    if let Some(reason) = ending.stopped {
        bail!("stopped by {reason} before the harness was tried in full");
    }
    let samples = load(
        &[ending.folder],
        LoadOptions {
            include_simulated: true,
        },
    )?;
    let findings = study(&samples, StudyOptions::default());
    let mut failed = Vec::new();
    let scope = findings.scopes.first().context("nothing was measured")?;
    match &scope.controls.sweep {
        Outcome::Available(sweep) => {
            says.say(&format!(
                "size sweep of {}: slope {:.3}, R² of the logarithms {:.4} over {} sizes\n",
                sweep.kernel, sweep.slope, sweep.r2_loglog, sweep.cases
            ))?;
            if sweep.r2_loglog <= 0.99 {
                failed.push("the size sweep".into());
            }
        }
        Outcome::Unavailable { unavailable } => failed.push(format!("the size sweep ({unavailable})")),
    }
    match &scope.controls.zero_flop {
        Outcome::Available(copy) => {
            says.say(&format!(
                "{}: {:.3e} J at zero FLOPs\n",
                copy.case_id, copy.response.value
            ))?;
            if copy.response.low() <= 0.0 {
                failed.push("the copy without FLOPs, which took no energy".into());
            }
        }
        Outcome::Unavailable { unavailable } => failed.push(format!("the copy without FLOPs ({unavailable})")),
    }
    Ok(failed)
}

/// Shows how far the controls are and nothing else.
struct Quiet {
    bar: ProgressBar,
    signal: Signal,
}

impl campaign::Progress for Quiet {
    fn begin(&mut self, _session: &Session, outline: &Outline) {
        self.bar = bar(outline.windows_left, "windows of the controls");
    }

    fn case(&mut self, case: &Case, _round: u32) {
        self.bar.set_message(case.id());
    }

    fn failed(&mut self, case: &Case, failure: &Failure) {
        self.bar.inc(WINDOWS.into());
        self.bar
            .suspend(|| eprintln!("{}: {}: {}", case.id(), failure.status, failure.reason));
    }

    fn window(&mut self, _case: &Case, _row: &Row) {
        self.bar.inc(1);
    }

    fn stop(&mut self) -> Option<String> {
        self.signal.has_come().then(|| "a signal".into())
    }
}
