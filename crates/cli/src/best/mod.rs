//! `joulemark best`: which algorithm to take for one problem on this adapter. In: a problem. Out: every algorithm that
//! computes it, measured by a campaign and ranked by the study, and what a choice by operations would have cost.

mod by_operations;

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use clap::Args;
use joulemark_base::objective::Objective;
use joulemark_base::role::Role;
use joulemark_base::si::significant;
use joulemark_energy::{Meter, Request, SourceChoice};
use joulemark_gpu::Adapter;
use joulemark_harness::campaign::{self, Outline, Progress};
use joulemark_harness::{Case, Error, Failure, Session, Verb, identity};
use joulemark_kernels::{Op, Precision, Problem, catalogue};
use joulemark_records::{Row, Status};
use joulemark_study::document::terminal;
use joulemark_study::rank::{Ranked, Rankings, rank};
use joulemark_study::samples::{Count, Samples};
use joulemark_study::sections;
use joulemark_study::{LoadOptions, load};
use serde::Serialize;

use by_operations::{ByOperations, by_operations};

use crate::flags::{Flags, Takes};
use crate::output::{print, print_json, width};
use crate::signal::Signal;

/// Measure every algorithm for one problem and rank them
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark best conv2d n1c64h56w56k64r3s3p1
  joulemark best matmul 1024x1024x1024 --precision f16 --objective energy
  joulemark best conv2d n1c128h56w56k128r3s3p1g128 --window 50ms --rounds 1 --json

Each algorithm runs in its default variant for this adapter, verified before it is timed. The
windows are kept in a run folder, as those of `joulemark run`.

Exit status 1 if a result is wrong, 3 if the adapter or what the objective needs is missing.")]
pub(crate) struct Best {
    /// Kind of problem: matmul or conv2d
    #[arg(value_name = "KIND")]
    op: Op,
    /// The problem, as in the cases' ids
    #[arg(value_name = "PROBLEM")]
    problem: String,
    /// Precision of the kernels
    #[arg(long, default_value = "f32")]
    precision: Precision,
    /// What to rank by: time, energy, or edp (energy × delay)
    #[arg(long, value_name = "OBJECTIVE", default_value = "time")]
    objective: Objective,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags<Self>,
}

impl Takes for Best {
    const VERB: Verb = Verb::Best;
}

/// The ranking, and what operations say of it.
#[derive(Serialize)]
struct Told {
    problem: String,
    precision: String,
    adapter: String,
    objective: &'static str,
    /// Whether the joules are made up.
    simulated: bool,
    /// The best first.
    kernels: Vec<Kernel>,
    /// Kernels that were measured and yet have no window that can be ranked, and why.
    left_out: BTreeMap<String, String>,
    by_operations: ByOperations,
    /// What the operations of the task, the same for all, say.
    by_task: String,
    energy_reason: Option<String>,
    results: String,
}

/// One kernel, per iteration.
#[derive(Serialize)]
struct Kernel {
    algorithm: String,
    #[serde(flatten)]
    ranked: Ranked,
    energy_quality: Option<&'static str>,
    /// The objective over the best kernel's.
    of_the_best: f64,
    ops_executed: Option<u64>,
    flops_task: Option<u64>,
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
        if self.objective != Objective::Time {
            expect_energy(options.adapter.as_deref(), &options.energy)?;
        }
        let cases: Vec<Case> = catalogue::all()
            .filter(|algorithm| algorithm.op() == self.op)
            .map(|algorithm| Case::new(algorithm, self.precision, problem))
            .collect();
        if options.dry_run {
            return print(&format!("{}\n", campaign::forecast(&options, &cases)?));
        }
        let mut watcher = Watcher {
            quiet: self.json,
            failures: BTreeMap::new(),
            said: BTreeMap::new(),
            quality: None,
            signal: Signal::listen()?,
        };
        let ending = campaign::run(&options, &cases, &mut watcher)?;
        let results = ending.folder.display().to_string();
        ensure!(
            ending.stopped.is_none(),
            "stopped by a signal; what was measured is in {results}"
        );
        let include_simulated = true;
        let samples = load(std::slice::from_ref(&ending.folder), LoadOptions { include_simulated })?;
        let mut rankings = rank(&samples);
        ensure!(
            !samples.cases.is_empty() && !rankings.rankings.is_empty(),
            "fewer than two algorithms compute {problem} in {} on this adapter, so there is nothing to rank{}",
            self.precision,
            told_failures(&watcher.failures)
        );
        rankings.rankings.truncate(1);
        let told = self.told(&mut rankings, &samples, &watcher, &results)?;
        if self.json {
            print_json(&told)?;
        } else {
            let text = format!(
                "{problem} in {} on {}, the least {} first\n\n{}\n{}\n{}\n{}{}results: {results}\n",
                told.precision,
                told.adapter,
                told.objective,
                terminal::text(&sections::rank::rankings(&rankings, self.objective), width()),
                told.by_operations.sentence,
                told.by_task,
                told.left_out
                    .iter()
                    .map(|(name, why)| format!("left out: {name}: {why}\n"))
                    .collect::<String>(),
                told_failures(&watcher.failures).trim_start(),
            );
            print(&text)?;
        }
        let wrong = watcher
            .failures
            .values()
            .filter(|failure| failure.status != Status::Refused);
        ensure!(wrong.count() == 0, "a kernel gave a wrong result or broke off");
        Ok(())
    }

    fn told(
        &self,
        rankings: &mut Rankings,
        samples: &Samples,
        watcher: &Watcher,
        results: &str,
    ) -> anyhow::Result<Told> {
        let measure = self.objective;
        let simulated = rankings.simulated;
        let energy_reason = rankings.no_energy.clone();
        let ranking = &mut rankings.rankings[0];
        // A kernel whose every window lacks joules is left out, and named.
        ranking.kernels.retain(|kernel| kernel.value(measure).is_some());
        if ranking.kernels.is_empty() {
            let said = watcher.said.values().find(|said| !said.is_empty()).cloned();
            let why = energy_reason.or(said).unwrap_or_else(|| "its rows say why".into());
            anyhow::bail!("the energy of no kernel could be measured: {why}");
        }
        let value = |kernel: &Ranked| kernel.value(measure).map_or(f64::INFINITY, |found| found.value);
        ranking.kernels.sort_by(|a, b| value(a).total_cmp(&value(b)));
        let count = |kernel: &Ranked, count| {
            let is = |algorithm: &str| kernel.kernel.split([' ', '@']).next() == Some(algorithm);
            let case = samples.cases.iter().find(|case| is(&case.facts.algorithm))?;
            case.facts.count(count)
        };
        let whole = |kernel: &Ranked, which| count(kernel, which).map(|number| number as u64);
        let operations: Vec<f64> = ranking
            .kernels
            .iter()
            .map(|kernel| count(kernel, Count::OpsExecuted).context("a kernel without counts"))
            .collect::<Result<_, _>>()?;
        let by_operations = by_operations(measure, ranking, &operations);
        let least = value(&ranking.kernels[0]);
        let kernels: Vec<Kernel> = ranking
            .kernels
            .iter()
            .map(|ranked| Kernel {
                algorithm: ranked.kernel.clone(),
                energy_quality: ranked.energy_j.and(watcher.quality),
                of_the_best: value(ranked) / least,
                ops_executed: whole(ranked, Count::OpsExecuted),
                flops_task: whole(ranked, Count::FlopsTask),
                ranked: ranked.clone(),
            })
            .collect();
        let is_ranked = |name: &str| {
            kernels
                .iter()
                .any(|kernel| kernel.ranked.kernel.split([' ', '@']).next() == Some(name))
        };
        let left_out = watcher.said.iter().filter(|(name, _)| !is_ranked(name));
        Ok(Told {
            left_out: left_out.map(|(name, why)| (name.clone(), why.clone())).collect(),
            problem: self.problem.clone(),
            precision: self.precision.to_string(),
            adapter: ranking.device.clone(),
            objective: self.objective.as_str(),
            simulated,
            by_operations,
            by_task: format!(
                "By the task's FLOPs no kernel can be chosen: they are the same for all {}, whose {} differs ×{}.",
                kernels.len(),
                self.objective,
                significant(kernels.last().map_or(1.0, |kernel| kernel.of_the_best))
            ),
            energy_reason,
            kernels,
            results: results.into(),
        })
    }
}

/// Whoever ranks by energy needs a source that sees the device, before minutes of measuring without it.
fn expect_energy(adapter: Option<&str>, choice: &SourceChoice) -> Result<(), Error> {
    if *choice == SourceChoice::None {
        return Err(Error::NoSource(
            "`--energy none` measures no energy, which is what the objective ranks by: leave one of them out".into(),
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

/// A line for each kernel that was not measured.
fn told_failures(failures: &BTreeMap<String, Failure>) -> String {
    let line = |(name, failure): (&String, &Failure)| {
        let word = if failure.status == Status::Refused {
            "refused"
        } else {
            "WRONG"
        };
        format!("\n{word}: {name}: {}", failure.reason)
    };
    let mut text: String = failures.iter().map(line).collect();
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// What only the campaign tells: who failed, and the quality of the joules.
struct Watcher {
    /// Whether standard output is for JSON alone.
    quiet: bool,
    failures: BTreeMap<String, Failure>,
    /// What was said of the last window of each kernel.
    said: BTreeMap<String, String>,
    quality: Option<&'static str>,
    signal: Signal,
}

impl Progress for Watcher {
    fn begin(&mut self, _session: &Session, plan: &Outline) {
        if !self.quiet {
            // Who does not read is not kept waiting for the result either.
            let _ = print(&format!("{}\n\n", plan.forecast));
        }
    }

    fn failed(&mut self, case: &Case, failure: &Failure) {
        let name = case.algorithm.name().to_string();
        self.failures.entry(name).or_insert_with(|| failure.clone());
    }

    fn window(&mut self, case: &Case, row: &Row) {
        let said = self.said.entry(case.algorithm.name().into()).or_default();
        if said.is_empty() || !row.reason.is_empty() {
            said.clone_from(&row.reason);
        }
        self.quality = row.device.quality.map(|quality| quality.as_str());
    }

    fn stop(&mut self) -> Option<String> {
        self.signal.has_come().then(|| "a signal".into())
    }
}
