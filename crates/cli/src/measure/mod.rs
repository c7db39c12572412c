//! `joulemark measure`: time and joules of any command. In: programs and how often to run them. Out: a table, or JSON or
//! CSV, and a run folder that compare, rank and report read.

mod load;
mod measuring;
mod program;
mod summary;

use std::ffi::OsString;

use anyhow::ensure;
use clap::Args;
use joulemark_harness::Verb;

use crate::flags::{Flags, Takes};
use crate::output::{print, print_json};
use crate::signal::{Signal, Stopped};
use measuring::{Measuring, Plan};
use program::{Line, Manners, Runner};
use summary::Report;

/// Measure time and joules of any command, or of several beside each other
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark measure -- ./train --epochs 1
  joulemark measure -n 20 --warmup 2 --command 'xz -k -T1 big.tar' --command 'zstd -k big.tar' --prepare 'rm -f big.tar.*'
  joulemark measure --name before -- ./prog     then: joulemark compare BEFORE AFTER
  joulemark measure --adapter 0000:65:00.0 -- python infer.py

Energy counters are the machine's: whatever runs beside the command is in its joules, and so is
what it starts. What others used of the CPU meanwhile is told. A command that is shorter than the
sensor needs (--window) is repeated within one run until it fills that time; --prepare keeps each
run to one execution. Active joules are those beyond the idle power before and after.

Exit status 1 if a command fails, 3 if a source that is named is missing, 130 if a signal stopped it.")]
pub(crate) struct Measure {
    /// Runs of each command, one after the other in random order
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: u32,
    /// Runs of each command before the first that counts
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=1000))]
    warmup: u32,
    /// A shell's line to run before each run, outside of what is measured
    #[arg(long, value_name = "LINE")]
    prepare: Option<String>,
    /// A shell's line to measure; several are compared
    #[arg(short, long = "command", value_name = "LINE", conflicts_with = "program")]
    commands: Vec<String>,
    /// Name of a command, in the order of the commands [default: its words, without the program's folder]
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<String>,
    /// Show what the commands write
    #[arg(long)]
    show_output: bool,
    /// Measure commands that fail, too
    #[arg(long)]
    ignore_failure: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    flags: Flags<Self>,
    /// The program to measure, and its arguments
    #[arg(last = true, value_name = "PROGRAM", required_unless_present = "commands")]
    program: Vec<OsString>,
}

impl Takes for Measure {
    const VERB: Verb = Verb::Measure;
}

impl Measure {
    /// Measures and prints.
    ///
    /// # Errors
    /// A command that fails, a source that is missing, or results that cannot be written.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let lines: Vec<Line> = if self.commands.is_empty() {
            vec![Line::Words(self.program.clone())]
        } else {
            self.commands.iter().cloned().map(Line::Shell).collect()
        };
        ensure!(
            self.names.len() <= lines.len(),
            "{} names were given for {} commands: each --name names the command at its place",
            self.names.len(),
            lines.len()
        );
        let options = self.flags.options()?;
        let manners = Manners {
            show_output: self.show_output,
            ignore_failure: self.ignore_failure,
        };
        let runner = Runner::new(manners, Signal::listen()?)?;
        let plan = Plan {
            names: names(&lines, &self.names),
            lines,
            runs: self.runs,
            warmup: self.warmup,
            prepare: self.prepare.clone().map(Line::Shell),
        };
        let result = Measuring::open(&options, &plan, runner.clone()).and_then(Measuring::run);
        if runner.is_stopped() {
            // The rows that are there are whole.
            return Err(Stopped("the same command, from its beginning".into()).into());
        }
        let report = Report::new(&plan, result?);
        if self.json {
            print_json(&report)
        } else if self.csv {
            print(&report.csv()?)
        } else {
            print(&report.text())
        }
    }
}

/// Longest name of a command: with what stands around it, a case's id has at most 64 characters.
const LONGEST_NAME: usize = 40;

/// A name for each command, fit for a case's id and like no other: the given one, or its words without the program's
/// folder, so that a program with other arguments is another case.
fn names(lines: &[Line], given: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let text = line.text();
        let words = text.trim();
        let folder = words
            .split_whitespace()
            .next()
            .and_then(|word| word.rfind('/'))
            .map_or(0, |at| at + 1);
        let wish = given.get(index).map_or(&words[folder..], String::as_str);
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || "._+-".contains(c) {
                c
            } else {
                '_'
            }
        };
        let mut name: String = wish.chars().take(LONGEST_NAME).map(plain).collect();
        if name.is_empty() {
            name = "command".into();
        }
        let mut unique = name.clone();
        let mut number = 1;
        while names.contains(&unique) {
            number += 1;
            unique = format!("{name}-{number}");
        }
        names.push(unique);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{Line, names};

    #[test]
    fn every_command_has_a_name_of_its_own() {
        let lines = ["/usr/bin/xz -k a", "xz -9 a", "  ", "x='1'; y"].map(|line| Line::Shell(line.into()));
        assert_eq!(names(&lines, &[]), ["xz_-k_a", "xz_-9_a", "command", "x__1___y"]);
        assert_eq!(names(&lines[..2], &["a b/c".into()]), ["a_b_c", "xz_-9_a"]);
        assert_eq!(
            names(&[lines[0].clone(), lines[0].clone()], &[]),
            ["xz_-k_a", "xz_-k_a-2"]
        );
    }
}
