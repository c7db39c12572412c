//! Tuning: which variant of each kernel is fastest, or thriftiest, on this adapter. In: cases, an objective and a budget.
//! Out: a table per adapter and driver in the user's cache folder, which measurements use unless told otherwise.

mod candidates;
mod choice;
mod entry;
mod place;
mod search;
mod space;
mod table;
mod trials;

pub(crate) use choice::Tuned;
pub use choice::TuningChoice;
pub(crate) use place::cache_folder;
pub use place::table_path;
pub use search::{DEFAULT_BUDGET_S, Progress, TuneOptions, Tuning, tune};
pub use table::{Entry, Measured, TUNING_VERSION, TunedAdapter, TuningTable};
pub use trials::Trial;
