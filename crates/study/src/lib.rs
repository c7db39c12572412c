//! What it means: statistics, cost proxies, findings, comparison, report.
//!
//! In: tables of samples ([`load()`]). Out: [`study()`]'s findings, typed and serialisable, and their renderings. No GPU,
//! no clock, no network; the same input gives the same bytes.

pub mod cases;
pub mod compare;
mod facts;
pub mod figures;
pub mod findings;
mod layout;
mod lead;
pub mod ledger;
pub mod literature;
pub mod load;
pub mod options;
pub mod outcome;
mod overview;
pub mod peaks;
pub mod quantity;
pub mod rank;
pub mod report;
pub mod rows;
pub mod samples;
pub mod stats;
pub mod table;
pub mod text;

pub use compare::{CompareOptions, compare};
pub use findings::{Findings, study};
pub use load::{LoadOptions, load};
pub use options::StudyOptions;
