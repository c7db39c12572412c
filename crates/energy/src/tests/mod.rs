//! Tests that need the insides of several modules at once.

mod coverage;
mod faults;
#[cfg(unix)]
mod known_watts;
mod nvml;
#[cfg(unix)]
mod reports;
