//! The result: row, manifest, writer that loses nothing, strict reader.
//!
//! In: rows and ticks from the harness, or files from anywhere. Out: a run folder (`manifest.json`, `samples.csv`,
//! `ticks.csv`) that is complete up to its last line at every moment, and rows that have passed every check.

mod amend;
mod check;
mod column;
mod device_energy;
mod energy;
mod error;
mod heading;
mod input;
mod line;
mod line_file;
mod manifest;
mod merge;
mod plain_file;
mod record;
mod row;
mod run;
mod run_folder;
mod scanner;
mod settle;
mod shard;
mod status;
mod ticks;
mod writer;

pub use amend::Place;
pub use check::{Checked, CheckedWindow, Defects, Report, check};
pub use column::{COLUMNS, Column, Kind, MINIMAL, ORIGIN};
pub use device_energy::DeviceEnergy;
pub use energy::Energy;
pub use error::Error;
pub use input::{Input, locate, run_folders};
pub use manifest::{Adapter, Host, Manifest, RunState, Source, Totals, UnavailableSource, Versions};
pub use merge::{Merged, merge};
pub use plain_file::{open_table, read_text};
pub use record::Record;
pub use row::Row;
pub use run::{Run, Unfinished, read_run, read_unfinished};
pub use run_folder::{MANIFEST_FILE, SAMPLES_FILE, TICKS_FILE, machine_slug};
pub use scanner::Scanner;
pub use shard::Shard;
pub use status::Status;
pub use ticks::{Mark, TickLine, WindowEnd, count_ticks, read_ticks};
pub use writer::RunWriter;

/// Version of the run folder's layout: columns, their meaning, and the manifest's keys.
/// Version 2 added `device_reason`, `host_reason`, `idle_before_w` and `idle_after_w`; version 1 is read too.
pub const SCHEMA_VERSION: u32 = 2;
