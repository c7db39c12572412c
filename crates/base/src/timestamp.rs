//! The one clock of a meter. In: the monotonic clock, or a virtual time from a test. Out: nanoseconds
//! since the meter opened, the same for ticks, windows and states.

use serde::{Deserialize, Serialize};
use std::time::Instant;

/// A moment, in nanoseconds since the meter opened, by the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment so many nanoseconds after the meter opened.
    #[must_use]
    pub fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The moment so many seconds after the meter opened; negative seconds become zero.
    #[must_use]
    pub fn from_s(seconds: f64) -> Self {
        Self(seconds_to_nanos(seconds))
    }

    /// Nanoseconds since the meter opened.
    #[must_use]
    pub fn nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the meter opened.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 * 1e-9
    }

    /// Seconds from `earlier` to this moment; negative if this moment comes first.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> f64 {
        if self >= earlier {
            (self.0 - earlier.0) as f64 * 1e-9
        } else {
            -((earlier.0 - self.0) as f64 * 1e-9)
        }
    }

    /// The moment so many seconds later.
    #[must_use]
    pub fn plus_s(self, seconds: f64) -> Self {
        Self(self.0.saturating_add(seconds_to_nanos(seconds)))
    }

    /// The moment so many seconds earlier, at the earliest the opening of the meter.
    #[must_use]
    pub fn minus_s(self, seconds: f64) -> Self {
        Self(self.0.saturating_sub(seconds_to_nanos(seconds)))
    }
}

/// Seconds to whole nanoseconds; a negative or absent value becomes zero (a saturating cast).
fn seconds_to_nanos(seconds: f64) -> u64 {
    (seconds * 1e9).round() as u64
}

/// The monotonic clock of one meter.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    opened: Instant,
}

impl Clock {
    /// Starts now.
    #[must_use]
    pub fn start() -> Self {
        Self { opened: Instant::now() }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp(u64::try_from(self.opened.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}
