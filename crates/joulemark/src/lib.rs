//! Joules beside time, with an interval that holds, for any closure.
//!
//! Everything that is measured goes through [`bench::Bench`]: warm-up, windows as long as the sensor needs, starts that no
//! sensor can lock to, idle power before and after, a thermal gate, and one row per window.

pub mod bench;
mod conditions;
pub mod idle;
pub mod journal;
pub mod pace;
mod row;
pub mod rule;
pub mod seen;
pub mod warm;
pub mod window;
pub mod work;
