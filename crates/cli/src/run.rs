//! `joulemark run`: a campaign. In: a filter and the harness's options. Out: a line per case and round, and the run
//! folder.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use clap::Args;
use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};
use joulemark_base::si::reach;
use joulemark_base::si::si;
use joulemark_base::si::significant;
use joulemark_base::statistics::mean_ci95;
use joulemark_energy::SourceChoice;
use joulemark_harness::campaign::{self, Outline};
use joulemark_harness::{Case, EnergySummary, Failure, Options, Session, Verb};
use joulemark_records::{Row, Status};

use crate::filter;
use crate::flags::{Flags, Takes};
use crate::output::print;
use crate::signal::{Signal, Stopped};

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
    #[command(flatten)]
    flags: Flags<Self>,
}

impl Takes for Run {
    const VERB: Verb = Verb::Run;
}

/// A bar with the remaining time on a terminal; elsewhere it draws nothing.
pub(crate) fn bar(length: u64, unit: &str) -> ProgressBar {
    let template = format!("{{bar:30}} {{pos}} of {{len}} {unit}{{left}}  {{wide_msg}}");
    let style = ProgressStyle::with_template(&template)
        .expect("a constant template")
        .with_key("left", |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            // Nothing is known of the rest before something is done.
            if state.pos() > 0 {
                let _ = write!(text, ", {:#} left", HumanDuration(state.eta()));
            }
        })
        .progress_chars("━╸─");
    let bar = ProgressBar::new(length).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}

impl Run {
    /// Measures.
    ///
    /// # Errors
    /// If a case is wrong, or something needed is missing.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
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
        let mut console = Console {
            options: &options,
            width: cases.iter().map(|case| case.id().len()).max().unwrap_or_default(),
            bar: ProgressBar::hidden(),
            window_s: 0.0,
            signal: Signal::listen()?,
            round: None,
            rounds: options.rounds,
            said: String::new(),
            wrong: 0,
        };
        let result = match &resumable {
            Some(run) => campaign::resume(run, &mut console),
            None => campaign::run(&options, &cases, &mut console),
        };
        console.bar.finish_and_clear();
        let ending = result?;
        let folder = shell_word(&ending.folder.display().to_string());
        if ending.stopped.is_some() {
            return Err(Stopped(format!("joulemark run --resume {folder}")).into());
        }
        if let Some(drift) = ending.sentinel_time_drift {
            print(&format!(
                "\nsentinel: the time of {} varied by {:.1}% over the run\n",
                cases[0].id(),
                100.0 * drift
            ))?;
        }
        let simulated = matches!(options.energy, SourceChoice::Simulated(_) | SourceChoice::Replay(_));
        let flag = if simulated { "--include-simulated " } else { "" };
        print(&format!(
            "\nresults: {folder}\nnext:    joulemark analyze {flag}{folder}\n"
        ))?;
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

/// Tells a person how the campaign goes.
struct Console<'a> {
    options: &'a Options,
    /// Characters of the longest id.
    width: usize,
    bar: ProgressBar,
    window_s: f64,
    signal: Signal,
    round: Option<u32>,
    /// How many there will be.
    rounds: u32,
    /// Why energy was not measured, as last told: it is told in full once.
    said: String,
    wrong: u32,
}

impl Console<'_> {
    /// Prints above the bar. A reader who went away does not stop the measurement: the results are in the folder.
    fn say(&self, text: &str) {
        let _ = self.bar.suspend(|| print(text));
    }

    fn case_line(&mut self, case: &Case, rows: &[Row]) -> String {
        let per_iteration = |row: &Row| Some(row.wall_s? / row.iterations? as f64);
        let times: Vec<f64> = rows.iter().filter_map(per_iteration).collect();
        let Some(time_s) = mean_ci95(&times) else {
            return format!("{:<width$}  no window\n", case.id(), width = self.width);
        };
        let rate = |amount: u64| significant(1e-9 * amount as f64 / time_s.value);
        let rate = match case.problem.operations() {
            0 => format!("{:>6} GB/s   ", rate(case.problem.bytes_min(case.precision))),
            operations => format!("{:>6} GFLOP/s", rate(operations)),
        };
        let energy = match EnergySummary::of(rows) {
            Some(EnergySummary::Unknown(reason)) if reason == self.said => "energy not measured".into(),
            Some(EnergySummary::Unknown(reason)) => {
                let text = format!("energy not measured: {reason}");
                self.said = reason;
                text
            }
            Some(known) => known.to_string(),
            None => String::new(),
        };
        let suspect = rows.iter().find(|row| row.status == Status::Suspect);
        let suspect = suspect.map_or_else(String::new, |row| format!("  suspect: {}", row.reason));
        format!(
            "{:<width$}  {:>8} {:<6}  {rate}  {energy}{suspect}\n",
            case.id(),
            si(time_s.value, "s"),
            reach(&time_s),
            width = self.width,
        )
    }
}

impl campaign::Progress for Console<'_> {
    fn begin(&mut self, session: &Session, outline: &Outline) {
        let inventory = session.meter().inventory();
        let sources: Vec<_> = inventory
            .sources
            .iter()
            .map(|entry| {
                format!(
                    "{} ({}, {})",
                    entry.description.id, entry.description.role, entry.description.quality
                )
            })
            .collect();
        let energy = if self.options.energy == SourceChoice::None {
            "none, as asked: joules will not be measured".into()
        } else if sources.is_empty() {
            "none, so joules will not be measured; `joulemark doctor` says what is missing".into()
        } else {
            sources.join(", ")
        };
        self.say(&format!(
            "adapter: {}\nenergy:  {energy}\nresults: {}\n",
            session.gpu().description().name,
            session.folder().display(),
        ));
        self.window_s = session.window_s();
        if let Some(period_s) = session.meter().slowest_period_s() {
            let share = 100.0 * period_s / self.window_s;
            self.say(&format!(
                "ticks:   one of the slowest source is {share:.2}% of a window\n"
            ));
        }
        if self.options.budget_s.is_some() {
            self.bar = bar(outline.cases as u64, "cases verified");
        } else {
            self.planned(outline);
        }
    }

    fn survey(&mut self, case: &Case, left: usize) {
        self.bar.set_message(case.id());
        self.bar
            .set_position(self.bar.length().unwrap_or_default().saturating_sub(left as u64));
    }

    fn planned(&mut self, outline: &Outline) {
        self.bar.finish_and_clear();
        let (windows, window) = (outline.windows, si(self.window_s, "s"));
        let rounds = outline.rounds;
        self.rounds = rounds;
        self.say(&match outline.seconds_left {
            None => format!(
                "cases:   {}, in {rounds} round(s) of {windows} windows of {window}\n",
                outline.cases
            ),
            Some(seconds) => format!(
                "cases:   {}, in {rounds} round(s) of about {windows} windows of {window}, {} in all{}\n",
                outline.cases,
                HumanDuration(Duration::from_secs_f64(seconds)),
                if outline.skipped.is_empty() {
                    String::new()
                } else {
                    format!(
                        "\nskipped: {}, for which there is no time: {}",
                        outline.skipped.len(),
                        outline.skipped.join(", ")
                    )
                }
            ),
        });
        self.bar = bar(outline.windows_left, "windows");
    }

    fn stop(&mut self) -> Option<String> {
        self.signal.has_come().then(|| "a signal".into())
    }

    fn case(&mut self, case: &Case, round: u32) {
        if self.round != Some(round) {
            self.round = Some(round);
            self.say(&format!("\nround {} of {}\n", round + 1, self.rounds));
        }
        self.bar.set_message(case.id());
        // Compiling and verifying take as long as they take.
        self.signal.expect(f64::INFINITY);
    }

    fn failed(&mut self, case: &Case, failure: &Failure, windows: u64) {
        self.bar.inc(windows);
        let word = match failure.status {
            Status::Refused => "refused",
            Status::WrongResult => "WRONG",
            _ => "ERROR",
        };
        if failure.status != Status::Refused {
            self.wrong += 1;
        }
        self.say(&format!(
            "{:<width$}  {word}: {}\n",
            case.id(),
            failure.reason,
            width = self.width
        ));
    }

    fn window(&mut self, _case: &Case, row: &Row) {
        self.bar.inc(1);
        self.signal.expect(self.window_s.max(row.wall_s.unwrap_or(0.0)));
    }

    fn visited(&mut self, case: &Case, rows: &[Row]) {
        let line = self.case_line(case, rows);
        self.say(&line);
    }
}
