//! How it is measured: suites of cases, sessions, verification, windows, campaigns and the Criterion driver.
//!
//! One path measures everything: a [`Session`]. Criterion samples it ([`bench()`]), a campaign orders it ([`campaign`]).

pub mod campaign;
mod case;
mod devices;
mod driver;
mod error;
mod forecast;
mod line;
mod manifest;
mod measurement;
pub mod npy;
mod option_spec;
mod option_table;
mod option_text;
mod options;
mod overhead;
mod pairs;
mod prepared;
mod probe;
mod session;
mod shard;
mod spent;
mod suite;
pub mod tune;
mod verb;
mod verified;
mod verify;

pub use case::Case;
pub use devices::{device, identity};
pub use driver::bench;
pub use error::Error;
pub use forecast::{Forecast, until};
pub use line::{Lines, NOT_REACHED, Remarks};
pub use manifest::{fresh_run, revision};
pub use option_spec::OptionSpec;
pub use option_table::OPTIONS;
pub use option_text::note_old_name;
pub use options::{BETWEEN_WINDOWS, Options};
pub use overhead::{OVERHEAD_WINDOW_S, Overhead, overhead};
pub use pairs::{Pair, pairs};
pub use prepared::{Failure, Prepared, Runs, judge};
pub use session::Session;
pub use spent::where_the_time_went;
pub use suite::{Scale, Suite, suites};
pub use verb::Verb;
pub use verify::{Outcome, run_once, verify};
