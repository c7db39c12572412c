//! `joulemark best`: which algorithm to take for one problem on this adapter. In: a problem. Out: every algorithm that
//! computes it, measured and ranked, and what a choice by operations would have cost.

use std::path::Path;

use anyhow::ensure;
use clap::{Args, ValueEnum};
use joulemark_base::role::Role;
use joulemark_base::si::reach;
use joulemark_base::si::si;
use joulemark_base::si::significant;
use joulemark_energy::{Meter, Request, SourceChoice};
use joulemark_gpu::Adapter;
use joulemark_harness::campaign::{self, Outline, Progress};
use joulemark_harness::{Case, Error, Failure, Session, Verb, identity};
use joulemark_kernels::{Op, Precision, Problem, catalogue};
use joulemark_records::{Row, Status};
use joulemark_study::table::{lines, table};

use crate::best_ranking::{Kernel, Ranking};
use crate::flags::{Flags, Takes};
use crate::output::{print, print_json};
use crate::signal::Signal;

/// Measure every algorithm for one problem and rank them
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark best conv2d n1c64h56w56k64r3s3p1
  joulemark best matmul 1024x1024x1024 --precision f16 --objective energy
  joulemark best conv2d n1c128h56w56k128r3s3p1g128 --window 0.05 --rounds 1 --json

Each algorithm runs in its default variant for this adapter, verified before it is timed. The
windows are kept in a run folder, as those of `joulemark run`.

Exit status 1 if a result is wrong, 3 if the adapter or what the objective needs is missing.")]
pub(crate) struct Best {
    /// Kind of problem: matmul or conv2d
    #[arg(value_name = "OPERATION")]
    op: Op,
    /// The problem, as in the cases' ids
    #[arg(value_name = "PROBLEM")]
    problem: String,
    /// Precision of the kernels
    #[arg(long, default_value = "f32")]
    precision: Precision,
    /// What to rank by
    #[arg(long, value_enum, default_value = "time")]
    objective: Objective,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags<Self>,
}

/// What is to be small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Objective {
    /// Seconds per iteration
    Time,
    /// Joules of the device per iteration
    Energy,
}

impl Objective {
    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Energy => "energy",
        }
    }
}

impl Takes for Best {
    const VERB: Verb = Verb::Best;
}

impl Best {
    /// Measures and prints.
    ///
    /// # Errors
    /// A problem that makes no sense, a wrong result, or no source where energy is asked for.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let problem: Problem = self.problem.parse()?;
        problem.validate()?;
        ensure!(
            problem.op() == self.op,
            "`{}` is a {} and not a {}: a matmul is written as 512x256x128, a conv2d as n1c64h56w56k64r3s3p1",
            self.problem,
            problem.op(),
            self.op
        );
        let mut options = self.flags.options()?;
        options.suite = "best".into();
        if self.objective == Objective::Energy {
            expect_energy(options.adapter.as_deref(), &options.energy)?;
        }
        let cases: Vec<Case> = catalogue::all()
            .filter(|algorithm| algorithm.op() == self.op)
            .map(|algorithm| Case::new(algorithm, self.precision, problem))
            .collect();
        if options.dry_run {
            return print(&format!("{}\n", campaign::forecast(&options, &cases)?));
        }
        let mut collector = Collector::new(Signal::listen()?);
        let ending = campaign::run(&options, &cases, &mut collector)?;
        ensure!(
            ending.stopped.is_none(),
            "stopped by a signal; what was measured is in {}",
            ending.folder.display()
        );
        let ranking = Ranking::new(
            self.objective,
            &collector.adapter,
            &problem,
            self.precision,
            collector.kernels(),
        )?;
        if self.json {
            print_json(&ranking)?;
        } else {
            print(&text(&ranking, &collector.failures, &ending.folder))?;
        }
        let wrong = collector
            .failures
            .iter()
            .filter(|(_, failure)| failure.status != Status::Refused);
        ensure!(wrong.count() == 0, "a kernel gave a wrong result or broke off");
        Ok(())
    }
}

/// Whoever ranks by energy needs a source that sees the device, before minutes of measuring without it.
fn expect_energy(adapter: Option<&str>, choice: &SourceChoice) -> Result<(), Error> {
    if *choice == SourceChoice::None {
        return Err(Error::NoSource(
            "`--energy none` measures no energy, which is what --objective energy ranks by: leave one of them out"
                .into(),
        ));
    }
    let adapter = Adapter::choose(adapter)?;
    let meter = Meter::open(&Request::new(identity(&adapter), choice.clone()));
    let inventory = meter.inventory();
    if inventory
        .sources
        .iter()
        .any(|entry| entry.description.role == Role::Device)
    {
        return Ok(());
    }
    let absences: Vec<_> = inventory.unavailable.iter().map(ToString::to_string).collect();
    Err(Error::NoSource(format!(
        "kernels cannot be ranked by energy, since no source sees {} (--objective time needs none): {}",
        adapter.describe().name,
        absences.join(" ")
    )))
}

/// What the campaign told.
struct Collector {
    adapter: String,
    rows: Vec<(Case, Vec<Row>)>,
    failures: Vec<(String, Failure)>,
    signal: Signal,
}

impl Collector {
    fn new(signal: Signal) -> Self {
        Self {
            adapter: String::new(),
            rows: Vec::new(),
            failures: Vec::new(),
            signal,
        }
    }

    fn kernels(&self) -> Vec<Kernel> {
        self.rows
            .iter()
            .filter_map(|(case, rows)| Kernel::measured(case.algorithm.name(), rows))
            .collect()
    }
}

impl Progress for Collector {
    fn begin(&mut self, session: &Session, plan: &Outline) {
        eprintln!("{}", plan.forecast);
        self.adapter = session.gpu().description().name.clone();
    }

    fn failed(&mut self, case: &Case, failure: &Failure) {
        let name = case.algorithm.name().to_string();
        if self.failures.iter().all(|(known, _)| *known != name) {
            self.failures.push((name, failure.clone()));
        }
    }

    fn window(&mut self, case: &Case, row: &Row) {
        match self.rows.iter_mut().find(|(known, _)| known.id() == case.id()) {
            Some((_, rows)) => rows.push(row.clone()),
            None => self.rows.push((case.clone(), vec![row.clone()])),
        }
    }

    fn stop(&mut self) -> Option<String> {
        self.signal.has_come().then(|| "a signal".into())
    }
}

fn text(ranking: &Ranking, failures: &[(String, Failure)], folder: &Path) -> String {
    let Ranking {
        objective,
        adapter,
        problem,
        precision,
        kernels,
        ..
    } = ranking;
    let mut text = format!("{problem} in {precision} on {adapter}, the least {objective} first\n\n");
    let mut rows = table(
        &[
            "algorithm",
            "time",
            "",
            "energy",
            "",
            "of the best",
            "GFLOP/s",
            "operations",
        ],
        1,
    );
    for kernel in kernels {
        let energy = kernel.energy_j.map(|energy| (si(energy.value, "J"), reach(&energy)));
        let (joules, joules_reach) = energy.unwrap_or_else(|| ("not measured".into(), String::new()));
        rows.add_row([
            kernel.algorithm.clone(),
            si(kernel.time_s.value, "s"),
            reach(&kernel.time_s),
            joules,
            joules_reach,
            format!("×{}", significant(kernel.of_the_best)),
            significant(1e-9 * kernel.flops_task as f64 / kernel.time_s.value),
            si(kernel.ops_executed as f64, ""),
        ]);
    }
    text += &lines(&rows, 0);
    if let Some(reason) = &ranking.energy_reason {
        text += &format!("\nenergy: {reason}\n");
    }
    text += &format!("\n{}\n{}\n", ranking.by_operations.sentence, ranking.by_task);
    for (name, failure) in failures {
        let word = if failure.status == Status::Refused {
            "refused"
        } else {
            "WRONG"
        };
        text += &format!("{word}: {name}: {}\n", failure.reason);
    }
    text + &format!("results: {}\n", folder.display())
}
