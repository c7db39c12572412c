//! What was measured, compact: cases with their counts, each with its windows per iteration. The loader fills it, the
//! statistics read it; a million windows take about 100 MB.

use std::collections::{BTreeMap, BTreeSet};

use joulemark_base::quality::Quality;
use joulemark_records::{Manifest, Status};
use serde::{Deserialize, Serialize};

pub use crate::facts::{CaseFacts, Count, Shape, recurrence};

use crate::ledger::Ledger;

/// One window, per iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Which run, in the order of reading.
    pub run: u32,
    /// Which round of that run.
    pub round: u32,
    /// Place of the visit in its round: a case that is visited twice in one round is the sentinel.
    pub order: u32,
    /// Where its line begins in its table, in bytes: what says which idle windows stand before and after it.
    pub offset: u64,
    /// Wall time per iteration, in seconds.
    pub time_s: f64,
    /// Device time per iteration, in seconds.
    pub gpu_s: Option<f64>,
    /// The clock at its end, in MHz.
    pub clock_mhz: Option<f32>,
    /// Gross energy per iteration, in joules.
    pub gross_j: Option<f64>,
    /// Energy above idle per iteration, in joules: idle is the mean of before and after.
    pub active_j: Option<f64>,
    /// Standard uncertainty of the idle energy taken off, per iteration, in joules: from the drift of the idle power.
    pub idle_u_j: f64,
    /// Whether the simulated source said so.
    pub simulated: bool,
}

/// A case and its windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What stays the same.
    pub facts: CaseFacts,
    /// One entry per usable row.
    pub windows: Vec<Window>,
    /// The device's power limit, in watts, where the rows say it: the lowest that was in force.
    pub power_limit_w: Option<f64>,
}

impl Case {
    /// The mean of each round that has the value: the replicates of a case, since what shifts a visit shifts all its windows.
    #[must_use]
    pub fn rounds(&self, value: impl Fn(&Window) -> Option<f64>) -> Vec<f64> {
        self.by_round(value).into_iter().map(|(_, mean)| mean).collect()
    }

    /// The same with run and round that each belongs to, in their order.
    #[must_use]
    pub fn by_round(&self, value: impl Fn(&Window) -> Option<f64>) -> Vec<((u32, u32), f64)> {
        let mut sums: Vec<((u32, u32), f64, f64)> = Vec::new();
        for window in &self.windows {
            if let Some(value) = value(window) {
                let round = (window.run, window.round);
                // Mostly the round of the window before.
                match sums.iter_mut().rev().find(|(own, ..)| *own == round) {
                    Some((_, sum, count)) => (*sum, *count) = (*sum + value, *count + 1.0),
                    None => sums.push((round, value, 1.0)),
                }
            }
        }
        sums.sort_unstable_by_key(|(round, ..)| *round);
        sums.into_iter()
            .map(|(round, sum, count)| (round, sum / count))
            .collect()
    }
}

/// A device that was measured.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Device {
    /// Adapter and machine, or the table's file name.
    pub name: String,
    /// Name of its folder; the table's file name for a CSV from elsewhere.
    pub machine: String,
}

/// One table that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFacts {
    /// Where it lies.
    pub path: String,
    /// Its manifest; `None` for a CSV from elsewhere.
    pub manifest: Option<Manifest>,
    /// Rows in it.
    pub rows: u64,
    /// What is to be known of it: a run that did not come to its end, rows that are missing, columns that are not read.
    pub notes: Vec<String>,
    /// What they cost.
    pub ledger: Ledger,
}

/// The power of the idle device, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IdleWindow {
    /// Which run.
    pub run: u32,
    /// Where its line begins, as [`Window::offset`].
    pub offset: u64,
    /// In watts.
    pub power_w: f64,
}

/// What became of the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Census {
    /// Rows by status.
    pub by_status: BTreeMap<Status, u64>,
    /// Rows of status `ok` by the quality of their energy; `None`: the column is missing or the field is empty.
    pub by_quality: BTreeMap<Option<Quality>, u64>,
    /// Reasons in the rows, and how often.
    pub reasons: BTreeMap<String, u64>,
    /// Rows whose device throttled.
    pub throttled: u64,
    /// Why rows have energy that no device takes, and how many do: it was left out.
    pub implausible: BTreeMap<String, u64>,
    /// Rows of simulated energy that were left out since there is measured energy beside them.
    pub simulated_left_out: u64,
    /// Idle windows that were measured.
    pub idle: Vec<IdleWindow>,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// The tables.
    pub runs: Vec<RunFacts>,
    /// The devices.
    pub devices: Vec<Device>,
    /// The cases, in order of first appearance.
    pub cases: Vec<Case>,
    /// What became of the rows.
    pub census: Census,
    /// Columns that no table has.
    pub missing_columns: BTreeSet<String>,
    /// Whether simulated energy is among it: then nothing made of it is about a device.
    pub includes_simulated: bool,
}

impl Samples {
    /// Windows in all cases.
    #[must_use]
    pub fn window_count(&self) -> usize {
        self.cases.iter().map(|case| case.windows.len()).sum()
    }
}
