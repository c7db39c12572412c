//! `joulemark tune`: the best variant of each kernel on this adapter. In: a filter, an objective and a budget. Out: the
//! tuning table of adapter and driver, which `run` and `cargo bench` use.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;
use indicatif::ProgressBar;
use joulemark_base::duration::parse_duration_s;
use joulemark_base::objective::Objective;
use joulemark_base::si::si;
use joulemark_base::si::significant;
use joulemark_gpu::Adapter;
use joulemark_harness::tune::{
    DEFAULT_BUDGET_S, Entry, Measured, Progress, Trial, TuneOptions, TunedAdapter, Tuning, TuningTable, table_path,
    tune,
};
use joulemark_harness::{Case, Error, Verb, until};
use joulemark_records::Status;
use joulemark_study::table::{lines, table};

use crate::bar::bar;
use crate::filter;
use crate::flags::{Flags, Takes};
use crate::output::{print, print_json};
use crate::safe_output;
use crate::signal::{Signal, Stopped};

/// Find the best variant of each kernel on this adapter; `run` and `cargo bench` then use it
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark tune                                     five minutes over the default suite's kernels
  joulemark tune 'matmul/.*/f32' --budget 20m
  joulemark tune register_blocked --objective energy
  joulemark tune --export tuned.json                 the table that is there; --import takes one over
  joulemark run --tuning none                        measures without it

Each variant is verified before it is timed. What was tried is kept: the same command goes on where an
earlier one ended, or was stopped. Joules that are simulated choose nothing for real runs: they have a
table of their own.")]
pub(crate) struct Tune {
    /// Regular expression on the cases' ids
    filter: Option<String>,
    /// What a variant is chosen for: time, energy, or edp (energy × delay)
    #[arg(long, value_name = "OBJECTIVE", default_value = "time")]
    objective: Objective,
    /// How long it may take: seconds, or a duration such as 90s, 9m, 1.5h [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration_s)]
    budget: Option<f64>,
    /// Forget what was tried before
    #[arg(long)]
    fresh: bool,
    /// Write the table that is there into a file, and tune nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["filter", "budget", "fresh", "import"])]
    export: Option<PathBuf>,
    /// Take over a table that was exported on the same adapter and driver, and tune nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["filter", "budget", "fresh"])]
    import: Option<PathBuf>,
    /// Print the entries as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags<Self>,
}

impl Takes for Tune {
    const VERB: Verb = Verb::Tune;
}

impl Tune {
    /// Tunes, exports or imports.
    ///
    /// # Errors
    /// If something needed is missing, or a variant computes something wrong.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        if let Some(file) = &self.export {
            return self.export(file);
        }
        if let Some(file) = &self.import {
            return self.import(file);
        }
        let mut options = self.flags.options()?;
        let cases = filter::cases(&mut options, self.filter.as_deref())?;
        let settings = TuneOptions {
            objective: self.objective,
            budget_s: self.budget.unwrap_or(DEFAULT_BUDGET_S),
            fresh: self.fresh,
        };
        if options.dry_run {
            return print(&format!("{}\n", plan(cases.len(), settings.budget_s)));
        }
        let mut console = Console {
            quiet: self.json,
            budget_s: settings.budget_s,
            width: cases.iter().map(|case| case.id().len()).max().unwrap_or_default(),
            bar: ProgressBar::hidden(),
            signal: Signal::listen()?,
        };
        let result = tune(&options, &cases, &settings, &mut console);
        console.bar.finish_and_clear();
        let tuning = result?;
        if self.json {
            print_json(&tuning.entries)?;
        } else {
            print(&told(&tuning))?;
        }
        if tuning.stopped {
            return Err(Stopped("the same command".into()).into());
        }
        let named: Vec<String> = tuning
            .wrong
            .iter()
            .map(|trial| format!("{} [{}]: {}", trial.case, trial.variant, trial.reason))
            .collect();
        ensure!(
            named.is_empty(),
            "{} variants were left out because they compute something wrong or break off: {}",
            named.len(),
            named.join("; ")
        );
        Ok(())
    }

    /// The adapter that is meant, and the path of its table.
    fn place(&self) -> anyhow::Result<(TunedAdapter, PathBuf)> {
        let options = self.flags.options()?;
        let adapter = Adapter::choose(options.adapter.as_deref()).map_err(Error::from)?;
        let adapter = TunedAdapter::of(&adapter.describe());
        let path = table_path(&adapter).context("there is no folder for caches: set XDG_CACHE_HOME or HOME")?;
        Ok((adapter, path))
    }

    fn export(&self, file: &Path) -> anyhow::Result<()> {
        let (adapter, path) = self.place()?;
        ensure!(
            path.is_file(),
            "nothing was tuned on {adapter} yet: run `joulemark tune`"
        );
        let (table, _) = TuningTable::read(&path)?;
        safe_output::guard(file, &[])?;
        table.write(file)?;
        print(&format!(
            "wrote {} entries into {}\n",
            table.entries.len(),
            file.display()
        ))
    }

    fn import(&self, file: &Path) -> anyhow::Result<()> {
        let (adapter, path) = self.place()?;
        let (table, _) = TuningTable::read(file)?;
        ensure!(
            table.adapter == adapter,
            "{} was tuned on {}, and this is {adapter}",
            file.display(),
            table.adapter
        );
        let mut own = match path.is_file() {
            true => TuningTable::read(&path)?.0,
            false => TuningTable::new(adapter),
        };
        let count = table.entries.len();
        own.merge(table.entries);
        own.write(&path)?;
        print(&format!("took over {count} entries into {}\n", path.display()))
    }
}

/// What was found, for a person.
fn told(tuning: &Tuning) -> String {
    let mut rows = table(&["kernel", "problem", "variant", "default", "tuned", "gain"], 3);
    for entry in &tuning.entries {
        rows.add_row(row(entry));
    }
    let mut text = format!("\n{}", lines(&rows, 0));
    let differing: Vec<&Entry> = tuning
        .entries
        .iter()
        .filter(|entry| entry.fastest_is_not_thriftiest())
        .collect();
    if !differing.is_empty() {
        text += "\nthe fastest variant is not the thriftiest:\n";
    }
    for entry in differing {
        let one = |measured: &Option<Measured>| {
            measured.as_ref().map_or_else(String::new, |found| {
                let energy = found
                    .energy_j
                    .map_or_else(|| "no energy".into(), |energy_j| si(energy_j, "J"));
                format!("{} ({}, {energy})", found.variant, si(found.time_s, "s"))
            })
        };
        text += &format!(
            "  {}/{}/{}: fastest {}, thriftiest {}\n",
            entry.kernel,
            entry.precision,
            entry.problem,
            one(&entry.fastest),
            one(&entry.thriftiest)
        );
    }
    if !tuning.entries.is_empty() && tuning.entries.iter().all(|entry| entry.thriftiest.is_none()) {
        text +=
            "\nno energy source: which variant is thriftiest is not known (`joulemark doctor` says what is missing)\n";
    }
    text + &format!("\ntable: {}\n", tuning.path.display())
}

fn row(entry: &Entry) -> [String; 6] {
    let objective = entry.objective;
    let value = |measured: &Measured| objective.of(measured.time_s, measured.energy_j);
    let unit = objective.unit();
    let number = |found: Option<f64>| found.map_or_else(|| "–".into(), |found| si(found, unit));
    let default = entry.default.as_ref().and_then(value);
    let best_value = entry.tuned.as_ref().and_then(value);
    let kept = entry
        .default
        .as_ref()
        .is_some_and(|default| default.variant == entry.chosen);
    let gain = default.zip(best_value).filter(|_| !kept);
    [
        format!("{}/{}", entry.kernel, entry.precision),
        entry.problem.clone(),
        entry.chosen.clone(),
        number(default),
        if kept { "kept".into() } else { number(best_value) },
        gain.map_or_else(String::new, |(default, best)| {
            format!("{}×", significant(default / best))
        }),
    ]
}

/// How long a search takes, and when it will be over.
fn plan(cases: usize, budget_s: f64) -> String {
    format!("cases:   {cases} kernels and problems, {}", until(budget_s))
}

/// Tells a person how the search goes.
struct Console {
    quiet: bool,
    budget_s: f64,
    width: usize,
    bar: ProgressBar,
    signal: Signal,
}

impl Console {
    /// Prints above the bar. A reader who went away does not stop the search.
    fn say(&self, text: &str) {
        if !self.quiet {
            let _ = self.bar.suspend(|| print(text));
        }
    }
}

impl Progress for Console {
    fn begin(&mut self, table: &Path, cases: usize, known: usize, with_energy: bool) {
        let energy = if with_energy { "time and energy" } else { "time only" };
        self.say(&format!(
            "{}, {energy}\n{}{}\n\n",
            plan(cases, self.budget_s),
            table.display(),
            if known > 0 {
                format!("\n{known} variants were tried before and are not tried again")
            } else {
                String::new()
            }
        ));
        self.bar = bar(self.budget_s.ceil() as u64, "s");
    }

    fn trial(&mut self, case: &Case, trial: &Trial, is_best: bool, left_s: f64) {
        self.bar
            .set_position((self.budget_s - left_s).clamp(0.0, self.budget_s) as u64);
        self.bar.set_message(case.id());
        let line = match (trial.status, trial.time_s) {
            (Status::Ok, Some(time_s)) if is_best => {
                let energy = trial
                    .energy_j
                    .map_or_else(String::new, |energy_j| format!("  {}", si(energy_j, "J")));
                format!("{:>8}{energy}  {}", si(time_s, "s"), trial.variant)
            }
            (Status::Ok, _) => return,
            (status, _) => format!("{}  {}: {}", status.as_str(), trial.variant, trial.reason),
        };
        self.say(&format!("{:<width$}  {line}\n", case.id(), width = self.width));
    }

    fn confirming(&mut self, cases: usize) {
        self.bar.set_message(format!("{cases} winners beside their defaults"));
    }

    fn stop(&mut self) -> bool {
        self.signal.has_come()
    }
}
