//! `joulemark watch`: what this machine draws, now. In: the sources at hand. Out: watts and joules of each device, once a
//! second, until a signal.

use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use joulemark_base::duration::parse_duration_s;
use joulemark_base::si::significant;
use joulemark_base::timestamp::Timestamp;
use joulemark_harness::{Error, Verb};
use serde::Serialize;

use crate::flags::{Flags, Takes};
use crate::metered::{self, Column, Metered};
use crate::output::print;
use crate::signal::Signal;

/// Watch the watts and joules of this machine's devices until Ctrl-C
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark watch
  joulemark watch --every 5 --json | jq .watts
  joulemark watch --adapter 0000:65:00.0 --for 1m

Exit status 3 if nothing here can be read; `joulemark doctor` says what would change that.")]
pub(crate) struct Watch {
    /// Time between two lines
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = seconds)]
    every: f64,
    /// When to end [default: at Ctrl-C]
    #[arg(long = "for", value_name = "DURATION", value_parser = seconds)]
    length: Option<f64>,
    /// Print a JSON object per line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    flags: Flags<Self>,
}

impl Takes for Watch {
    const VERB: Verb = Verb::Watch;
}

/// A duration that a person can watch.
fn seconds(text: &str) -> Result<f64, String> {
    let seconds = parse_duration_s(text)
        .ok()
        .filter(|seconds| (0.1..=86400.0).contains(seconds));
    seconds.ok_or_else(|| "it must be a duration from 100ms to 24h, such as 500ms or 5 (seconds)".into())
}

/// One device in one line.
#[derive(Serialize)]
struct Reading<'a> {
    device: &'a str,
    source: String,
    quality: &'static str,
    /// Mean power since the line before; `None` if it is not known, with the reason.
    watts: Option<f64>,
    /// Since the beginning, as far as it is known.
    joules: f64,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
}

#[derive(Serialize)]
struct Line<'a> {
    /// Since the beginning.
    seconds: f64,
    devices: Vec<Reading<'a>>,
}

impl Watch {
    /// Prints until a signal or the end.
    ///
    /// # Errors
    /// If nothing can be read.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let signal = Signal::listen()?;
        let mut found = metered::open(&self.flags.options()?)?;
        let columns = metered::columns(&found);
        if columns.is_empty() {
            bail!(Error::NoSource(format!(
                "nothing can be watched: {}",
                metered::why_none(&found)
            )));
        }
        found.iter_mut().for_each(|one| one.meter.start());
        if !self.json {
            print(&heading(&columns))?;
        }
        let begin = Instant::now();
        let mut joules = vec![0.0; columns.len()];
        let mut last = now(&found);
        let mut lines = 0_u32;
        loop {
            lines += 1;
            let due = Duration::from_secs_f64(self.every * f64::from(lines));
            while begin.elapsed() < due {
                if signal.has_come() {
                    return Ok(());
                }
                std::thread::sleep((due - begin.elapsed().min(due)).min(Duration::from_millis(100)));
            }
            let next = now(&found);
            let energies: Vec<_> = found
                .iter()
                .zip(last.iter().zip(&next))
                .map(|(one, (start, end))| one.meter.measure(*start, *end))
                .collect();
            let readings = columns.iter().zip(&mut joules).map(|(column, joules)| {
                let reading = column.of(&energies[column.meter]);
                *joules += reading.energy_j.unwrap_or(0.0);
                Reading {
                    device: &column.title,
                    source: reading.source.clone(),
                    quality: reading.quality.as_str(),
                    watts: reading
                        .energy_j
                        .map(|energy_j| energy_j / next[column.meter].seconds_since(last[column.meter])),
                    joules: *joules,
                    reason: &reading.reason,
                }
            });
            let line = Line {
                seconds: begin.elapsed().as_secs_f64(),
                devices: readings.collect(),
            };
            print(&if self.json {
                serde_json::to_string(&line)? + "\n"
            } else {
                text(&line)
            })?;
            // What was read is not kept.
            found.iter().for_each(|one| drop(one.meter.drain_ticks()));
            last = next;
            if self
                .length
                .is_some_and(|length| begin.elapsed().as_secs_f64() >= length)
            {
                return Ok(());
            }
        }
    }
}

fn now(found: &[Metered]) -> Vec<Timestamp> {
    found.iter().map(|one| one.meter.now()).collect()
}

/// Width of a column.
const WIDTH: usize = 22;

fn heading(columns: &[Column]) -> String {
    let titles: String = columns
        .iter()
        .map(|column| format!("{:>WIDTH$}", column.title))
        .collect();
    format!("{:>8}{titles}\n", "time")
}

fn text(line: &Line<'_>) -> String {
    let cells: String = line
        .devices
        .iter()
        .map(|reading| {
            let watts = reading.watts.map_or_else(|| "–".into(), significant);
            format!("{:>WIDTH$}", format!("{watts} W  {:.1} J", reading.joules))
        })
        .collect();
    let first = line
        .devices
        .iter()
        .find(|reading| reading.watts.is_none() && !reading.reason.is_empty());
    let reason = first.map_or_else(String::new, |reading| {
        format!("  {}: {}", reading.device, reading.reason)
    });
    format!("{:>6.0} s{cells}{reason}\n", line.seconds)
}
