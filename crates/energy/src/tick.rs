//! A tick as the timeline keeps it. In: a reading that changed. Out: when, and how much energy by then.

use joulemark_base::timestamp::Timestamp;

/// A tick as the timeline keeps it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TimelineTick {
    /// The earliest moment at which the reading may have changed.
    pub(crate) earliest: Timestamp,
    /// The latest such moment.
    pub(crate) latest: Timestamp,
    /// Energy since the first tick, in nanojoules.
    pub(crate) energy_nj: u128,
    /// The reading itself, if it is power, in watts.
    pub(crate) power_w: f64,
}

impl TimelineTick {
    /// The middle of the interval in which the reading changed, in seconds.
    pub(crate) fn mid_s(&self) -> f64 {
        (self.earliest.nanos() as f64 + self.latest.nanos() as f64) * 0.5e-9
    }

    /// Half the length of that interval, in seconds.
    pub(crate) fn half_s(&self) -> f64 {
        (self.latest.nanos() - self.earliest.nanos()) as f64 * 0.5e-9
    }
}
