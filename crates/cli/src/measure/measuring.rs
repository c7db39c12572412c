//! Measuring commands. In: a plan and options. Out: one window for each run of each command, in random order, with the
//! energy of every device, each written to the run folder before the next begins.

use std::time::Instant;

use anyhow::{Context, bail};
use indicatif::ProgressBar;
use joulemark::bench::Bench;
use joulemark::idle::Idle;
use joulemark::journal::{Journal, Position};
use joulemark::pace::Pace;
use joulemark::settings::Settings;
use joulemark::warm::Warm;
use joulemark::work::Work;
use joulemark_base::timestamp::Timestamp;
use joulemark_energy::{EnergyReading, Meter, WindowEnergy};
use joulemark_harness::{Options, fresh_run};
use joulemark_records::{Adapter, Row, RunState};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::load::Load;
use super::program::{Line, Runner};
use crate::bar::bar;
use crate::metered::{self, Column, Metered};

/// What to measure.
pub(super) struct Plan {
    pub(super) names: Vec<String>,
    pub(super) lines: Vec<Line>,
    pub(super) runs: u32,
    pub(super) warmup: u32,
    pub(super) prepare: Option<Line>,
}

/// One run of a command.
pub(super) struct Sample {
    /// Which command.
    pub(super) command: usize,
    /// As it was written; its active energy is by the idle power before and after.
    pub(super) row: Row,
    /// What each column's domain took.
    pub(super) energy: Vec<EnergyReading>,
}

/// Everything that was measured.
pub(super) struct Measured {
    pub(super) samples: Vec<Sample>,
    pub(super) columns: Vec<Column>,
    pub(super) folder: std::path::PathBuf,
    /// Why there are no joules, if there are none.
    pub(super) why_no_energy: Option<String>,
    /// Cores that others used meanwhile, if that is worth a word.
    pub(super) others: Option<f64>,
}

/// An open measurement.
pub(super) struct Measuring<'a> {
    plan: &'a Plan,
    seed: u64,
    runner: Runner,
    bench: Bench,
    /// The meters of further devices.
    beside: Vec<Meter>,
    columns: Vec<Column>,
    journal: Journal,
    why_no_energy: Option<String>,
    warm: Vec<Warm>,
}

impl<'a> Measuring<'a> {
    /// Opens the meters, warms the commands up, and makes a fresh run folder: none is left of commands that do not run.
    ///
    /// # Errors
    /// An adapter or source that is not there, a command that fails, or results that cannot be written.
    pub(super) fn open(options: &Options, plan: &'a Plan, runner: Runner) -> anyhow::Result<Self> {
        let found = metered::open(options)?;
        let columns = metered::columns(&found);
        let why_no_energy = columns.is_empty().then(|| metered::why_none(&found));
        let mut meters = found.into_iter();
        let Metered { device, meter } = meters.next().context("there is no meter")?;
        let settings = Settings {
            window_s: options.window_s,
            ..Settings::default()
        };
        let bench = Bench::new(meter, &settings);
        let beside = meters.map(|mut one| {
            one.meter.start();
            one.meter
        });
        let adapter = Adapter {
            name: device.name,
            device_type: device.class.as_str().into(),
            pci_bus_id: device.pci_bus_id,
            ..Adapter::default()
        };
        let cases = plan.names.iter().map(|name| case_id(name)).collect();
        let warm = warm_up(plan, &runner)?;
        Ok(Self {
            warm,
            beside: beside.collect(),
            journal: Journal::new(fresh_run(options, &bench, adapter, cases)?, 0),
            bench,
            columns,
            plan,
            seed: options.seed,
            runner,
            why_no_energy,
        })
    }

    /// Measures everything.
    ///
    /// # Errors
    /// A command that fails, a signal, or results that cannot be written.
    pub(super) fn run(mut self) -> anyhow::Result<Measured> {
        let result = self.measure();
        let state = match &result {
            Ok(_) => RunState::Complete,
            Err(_) if self.runner.is_stopped() => RunState::Interrupted {
                reason: "a signal".into(),
            },
            Err(error) => RunState::Failed {
                reason: format!("{error:#}"),
            },
        };
        self.journal.writer_mut().set_state(state)?;
        let (samples, others) = result?;
        Ok(Measured {
            samples,
            others,
            columns: self.columns,
            folder: self.journal.writer().dir().to_owned(),
            why_no_energy: self.why_no_energy,
        })
    }

    fn measure(&mut self) -> anyhow::Result<(Vec<Sample>, Option<f64>)> {
        let load = Load::now();
        let progress = bar(u64::from(self.plan.runs) * self.plan.lines.len() as u64, "runs");
        let result = self.rounds(&progress);
        progress.finish_and_clear();
        let others = load.and_then(|load| load.of_others_since());
        Ok((result?, others))
    }

    fn rounds(&mut self, progress: &ProgressBar) -> anyhow::Result<Vec<Sample>> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut order: Vec<usize> = (0..self.plan.lines.len()).collect();
        let mut samples = Vec::new();
        self.journal.idle(&mut self.bench, Position::default())?;
        let before = self.bench.last_idle().cloned();
        for round in 0..self.plan.runs {
            order.shuffle(&mut random);
            self.bench.begin_round();
            for (place, &command) in order.iter().enumerate() {
                progress.set_message(self.plan.names[command].clone());
                let position = Position {
                    round,
                    order: place as u32,
                    window: 0,
                };
                samples.push(self.sample(command, position)?);
                progress.inc(1);
            }
        }
        let position = Position {
            round: self.plan.runs,
            ..Position::default()
        };
        self.journal.idle(&mut self.bench, position)?;
        if let (Some(before), Some(after)) = (before, self.bench.last_idle()) {
            samples
                .iter_mut()
                .for_each(|sample| Idle::complete(&mut sample.row, &before, after));
        }
        Ok(samples)
    }

    fn sample(&mut self, command: usize, position: Position) -> anyhow::Result<Sample> {
        prepare(self.plan, &self.runner)?;
        let mut warm = self.warm[command];
        let mut run = Run {
            line: &self.plan.lines[command],
            runner: &self.runner,
        };
        // A sensor needs its time; without one, or with something to prepare, a run is one execution.
        let fills = self.plan.prepare.is_none() && !self.columns.is_empty();
        let window = match fills {
            true => self.bench.run_window(&mut run, &mut warm)?,
            false => self.bench.run_iterations(&mut run, &mut warm, 1)?,
        };
        self.warm[command] = warm;
        let name = &self.plan.names[command];
        let row = Row {
            case_id: case_id(name),
            suite: "measure".into(),
            workload: self.plan.lines[command].text().chars().take(200).collect(),
            op: OP.into(),
            algorithm: name.clone(),
            variant: "-".into(),
            precision: PRECISION.into(),
            seed: Some(self.seed),
            ..position.of(Row::default())
        };
        let row = self.bench.row(&window, row);
        let row = self
            .journal
            .append(&self.bench, row, Some((window.start, window.end)))?;
        let first = self.bench.meter().measure(window.start, window.end);
        let now = self.bench.meter().now();
        let others = self.beside.iter().map(|meter| {
            // The same moments by the clock of the meter beside.
            let here = meter.now();
            let at = |moment: Timestamp| here.minus_s(now.seconds_since(moment));
            meter.measure(at(window.start), at(window.end))
        });
        let by_meter: Vec<WindowEnergy> = std::iter::once(first).chain(others).collect();
        Ok(Sample {
            command,
            row,
            energy: self
                .columns
                .iter()
                .map(|column| column.of(&by_meter[column.meter]).clone())
                .collect(),
        })
    }
}

/// Runs each command before it counts; its last run tells how long it takes.
fn warm_up(plan: &Plan, runner: &Runner) -> anyhow::Result<Vec<Warm>> {
    let each = plan.lines.iter().map(|line| {
        let mut warm = Warm::cold(Pace::Full);
        for _ in 0..plan.warmup {
            prepare(plan, runner)?;
            let begin = Instant::now();
            runner.run(line)?;
            warm.seconds_per_iteration = begin.elapsed().as_secs_f64();
        }
        Ok(warm)
    });
    each.collect()
}

fn prepare(plan: &Plan, runner: &Runner) -> anyhow::Result<()> {
    match &plan.prepare {
        Some(line) => runner.run(line).context("--prepare"),
        None if runner.is_stopped() => bail!("stopped by a signal"),
        None => Ok(()),
    }
}

const OP: &str = "command";
/// Commands have none; the study wants a word.
const PRECISION: &str = "any";

/// All commands solve one problem: whoever measures them together compares them.
fn case_id(name: &str) -> String {
    format!("{OP}/{name}/{PRECISION}/as-given")
}

/// A command as work for the bench.
struct Run<'a> {
    line: &'a Line,
    runner: &'a Runner,
}

impl Work for Run<'_> {
    type Error = anyhow::Error;

    fn run(&mut self, iterations: u64, _batch: u64) -> anyhow::Result<()> {
        for _ in 0..iterations {
            self.runner.run(self.line)?;
        }
        Ok(())
    }
}
