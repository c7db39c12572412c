//! One line of `ticks.csv`: what a source said when it changed, or where a window began or ended.

use serde::{Deserialize, Serialize};

/// One raw reading. With the marks that stand between them, every joule of `samples.csv` can be derived again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tick {
    /// The source's name as in the manifest; `window` for a mark.
    pub source: String,
    /// Seconds since the run began, by the host's monotonic clock.
    pub time_s: f64,
    /// The reading as the source gave it; for a mark the number of the row.
    pub value: f64,
    /// Unit of `value`: `uJ`, `mJ`, `J`, `uW`, `mW`, `W`; `row` for a mark.
    pub unit: String,
    /// What is special about it (`wrap`, `reset`, `stall` …; `begin` or `end` for a mark); empty if nothing is.
    pub flag: String,
}

/// Which end of a window a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The window begins.
    Begin,
    /// The window ends.
    End,
}

impl Tick {
    /// The columns of `ticks.csv`, in their order.
    pub const COLUMNS: [&'static str; 5] = ["source", "time_s", "value", "unit", "flag"];

    /// Marks the begin or end of the window that `samples.csv` holds as `row`.
    #[must_use]
    pub fn mark(row: u64, time_s: f64, mark: Mark) -> Self {
        let flag = match mark {
            Mark::Begin => "begin",
            Mark::End => "end",
        };
        Self {
            source: "window".into(),
            time_s,
            value: row as f64,
            unit: "row".into(),
            flag: flag.into(),
        }
    }
}
