//! The result: row, manifest, writer that loses nothing, strict reader.
//!
//! In: rows and ticks from the harness, or files from anywhere. Out: a run folder (`manifest.json`, `samples.csv`,
//! `ticks.csv`) that is complete up to its last line at every moment, and rows that have passed every check.

mod column;
mod energy;
mod error;
mod input;
mod line;
mod manifest;
mod read;
mod row;
mod run_folder;
mod status;
mod tick;
mod writer;

pub use column::{COLUMNS, Column, Kind, MINIMAL};
pub use energy::Energy;
pub use error::Error;
pub use input::{Input, locate};
pub use manifest::{Adapter, Host, Manifest, RunState, Source, Totals, UnavailableSource, Versions};
pub use read::{Record, Run, Scanner, read_run, read_ticks};
pub use row::Row;
pub use run_folder::{MANIFEST_FILE, SAMPLES_FILE, TICKS_FILE, machine_slug};
pub use status::Status;
pub use tick::{Mark, Tick};
pub use writer::RunWriter;

/// Version of the run folder's layout: columns, their meaning, and the manifest's keys.
/// Version 2 added `device_reason`, `host_reason`, `idle_before_w` and `idle_after_w`; version 1 is read too.
pub const SCHEMA_VERSION: u32 = 2;
