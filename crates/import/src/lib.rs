//! Other people's tables as joulemark tables.
//!
//! In: a map (TOML) that says how their columns become ours, and their files (CSV or JSON). Out: a table with joulemark's
//! columns, each row with the file and line it came from, or the file, line and column of what cannot be.

mod convert;
mod counts;
mod error;
mod expression;
mod json;
mod log;
mod map;
mod parse;
mod source;
mod template;
mod value;

pub use convert::{Imported, import};
pub use error::Error;
pub use map::{Map, SHIPPED};
