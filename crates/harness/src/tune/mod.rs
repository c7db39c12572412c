//! Tuning: which variant of each kernel is fastest, or thriftiest, on this adapter. In: cases, an objective and a budget.
//! Out: a table per adapter and driver in the user's cache folder, which measurements use unless told otherwise.

mod candidates;
mod choice;
mod entry;
mod place;
mod probe;
mod search;
mod space;
mod table;
mod trials;

pub(crate) use choice::Tuned;
pub use choice::TuningChoice;
pub use place::table_path;
pub use search::{DEFAULT_BUDGET_S, Progress, TuneOptions, Tuning, tune};
pub use table::{Entry, Measured, Objective, TUNING_VERSION, TunedAdapter, TuningTable};
pub use trials::Trial;

/// The middle of some values.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some((lower + upper) / 2.0)
}
