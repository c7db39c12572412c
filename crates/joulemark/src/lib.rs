//! Joules beside time, with an interval that holds, for any closure.
//!
//! ```no_run
//! let mut bench = joulemark::Bench::cpu()?; // or ::pci("0000:65:00.0"), or ::for_adapter(&info) with feature wgpu
//! let result = bench.measure("sqrt", |n| {
//!     for i in 0..n {
//!         std::hint::black_box((i as f64).sqrt());
//!     }
//! })?;
//! println!("{result}"); // 31.3 nJ ±1.2% gross, 21.0 nJ ±2.0% active, 93.0 W, counter
//! result.append_to("results")?; // rows that `joulemark analyze`, `rank`, `compare` and `report` read
//! # Ok::<(), joulemark::Error>(())
//! ```
//!
//! Everything that is measured goes through [`Bench`]: warm-up; windows as long as the sensor needs, begun at moments that no
//! sensor can lock to; idle power before and after; a thermal gate; as many windows as the precision needs, with rounds as
//! replicates; and one row per window. Where no sensor is found time is measured all the same, and the reason stands where
//! joules would.
//!
//! - Code that cannot be a closure: [`Bench::window`] gives a guard; windows may nest and overlap.
//! - Several GPUs: a bench for each, each with the sensors of its own device.
//! - Criterion: feature `criterion`, `joulemark::criterion::Joules`.
//! - wgpu: feature `wgpu`, `Bench::for_adapter`. A closure that submits work has to wait for it before it returns.
//!
//! The counters are the machine's: whatever else runs on the device is in the joules too. `JOULEMARK_ENERGY=simulated` tries
//! everything without a sensor, with joules that are made up and labelled so.

pub mod bench;
mod conditions;
#[cfg(feature = "criterion")]
pub mod criterion;
pub mod device;
pub mod error;
pub mod facts;
mod folder;
pub mod guard;
pub mod idle;
pub mod journal;
mod logged;
pub mod measure;
pub mod measured;
pub mod pace;
pub mod row;
pub mod rule;
pub mod seen;
pub mod settings;
pub mod span;
pub mod warm;
pub mod window;
pub mod work;

pub use bench::Bench;
pub use error::Error;
