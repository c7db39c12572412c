//! What it means: statistics, cost proxies, findings, comparison, report.
//!
//! In: tables of samples ([`load()`]). Out: [`study()`]'s findings, typed and serialisable; [`sections`] tells them in a
//! [`document`], which a terminal and a page write. No GPU, no clock, no network; the same input gives the same bytes.

pub mod cases;
pub mod compare;
pub mod document;
mod facts;
pub mod figures;
pub mod findings;
mod layout;
pub mod ledger;
pub mod literature;
pub mod load;
pub mod options;
pub mod outcome;
pub mod peaks;
pub mod quantity;
pub mod rank;
pub mod rows;
pub mod samples;
pub mod sections;
pub mod stats;
pub mod table;

pub use compare::{CompareOptions, compare};
pub use findings::{Findings, study};
pub use load::{LoadOptions, load};
pub use options::StudyOptions;
