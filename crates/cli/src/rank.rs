//! `joulemark rank`: kernels on one problem against each other. In: run folders or CSVs. Out: who is fastest, who takes
//! the least energy, who the least energy × delay, as text, JSON or SVG.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Args;
use joulemark_base::objective::Objective;
use joulemark_study::rank::{self, Rankings};
use joulemark_study::sections::rank as told;

use crate::analyze::Runs;
use crate::output::{print_document, print_json};

/// Rank the kernels on a problem by time, energy and energy × delay
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark rank results                                a line per problem: who wins by what
  joulemark rank results --problem 256x256x256          every kernel on it, the fastest first
  joulemark rank results --objective edp                every kernel on every problem, by energy × delay
  joulemark rank results --problem 256x256x256 --precision f32 --svg ranking.svg")]
pub(crate) struct Rank {
    #[command(flatten)]
    runs: Runs,
    /// A problem as in the case ids: what follows kind, algorithm and precision
    #[arg(long, value_name = "PROBLEM")]
    problem: Option<String>,
    /// Only this precision
    #[arg(long, value_name = "PRECISION")]
    precision: Option<String>,
    /// Every kernel, the best by this first: time, energy or edp (energy × delay)
    #[arg(long, value_name = "OBJECTIVE")]
    objective: Option<Objective>,
    /// Draw the rankings into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Rank {
    /// Prints the rankings.
    ///
    /// # Errors
    /// What cannot be read, or nothing to rank.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let samples = self.runs.load()?;
        let all = rank::rank(&samples);
        let rankings = Rankings {
            rankings: all
                .rankings
                .iter()
                .filter(|ranking| self.problem.as_ref().is_none_or(|wanted| *wanted == ranking.problem))
                .filter(|ranking| {
                    self.precision
                        .as_ref()
                        .is_none_or(|wanted| *wanted == ranking.precision)
                })
                .cloned()
                .collect(),
            ..all.clone()
        };
        ensure!(!rankings.rankings.is_empty(), "{}", nothing(&all));
        if let Some(path) = &self.svg {
            let picture = rank::draw(&rankings)
                .map_err(anyhow::Error::msg)
                .with_context(|| format!("cannot draw {}", path.display()))?;
            self.runs.write(path, &picture)?;
        }
        if self.json {
            print_json(&rankings)
        } else if self.problem.is_some() || self.objective.is_some() {
            print_document(&told::rankings(&rankings, self.objective.unwrap_or_default()))
        } else {
            print_document(&told::overview(&rankings))
        }
    }
}

/// Why there is no ranking, with the problems that could be ranked.
fn nothing(all: &Rankings) -> String {
    let mut problems: Vec<String> = all
        .rankings
        .iter()
        .map(|ranking| format!("{} in {}", ranking.problem, ranking.precision))
        .collect();
    problems.dedup();
    match problems.as_slice() {
        [] => "no problem was computed by two kernels in one precision: there is nothing to rank".into(),
        _ => format!(
            "nothing to rank there; two kernels or more computed {}",
            problems.join(", ")
        ),
    }
}
