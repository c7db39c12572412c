//! One line of `ticks.csv`: what a source said when it changed, or where a window began or ended.

use serde::{Deserialize, Serialize};

/// One raw reading. With the marks that stand between them, every joule of `samples.csv` can be derived again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The source's name as in the manifest; `window` for a mark.
    pub source: String,
    /// Nanoseconds since the run began, by the host's monotonic clock: the reading changed after this moment …
    pub after_ns: u64,
    /// … and before this one. For a mark both are the moment itself.
    pub time_ns: u64,
    /// The reading as the source gave it, empty if it failed; for a mark the number of the row.
    pub raw: Option<u64>,
    /// Unit of `raw`: `uJ`, `mJ`, `J`, `uW`, `mW`, `W`; `row` for a mark.
    pub unit: String,
    /// The reading after which a counter starts again at zero; empty if there is none.
    pub range: Option<u64>,
    /// What was noticed (`ok`, `start`, `wrap`, `reset`, `stall` …); `begin` or `end` for a mark.
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
    pub const COLUMNS: [&'static str; 7] = ["source", "after_ns", "time_ns", "raw", "unit", "range", "flag"];

    /// Marks the begin or end of the window that `samples.csv` holds as `row`.
    #[must_use]
    pub fn mark(row: u64, time_ns: u64, mark: Mark) -> Self {
        let flag = match mark {
            Mark::Begin => "begin",
            Mark::End => "end",
        };
        Self {
            source: "window".into(),
            after_ns: time_ns,
            time_ns,
            raw: Some(row),
            unit: "row".into(),
            range: None,
            flag: flag.into(),
        }
    }
}
