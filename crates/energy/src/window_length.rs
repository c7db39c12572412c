//! How long a window must last. In: the periods of the sources that count. Out: seconds, and the jitter of
//! the start for sensors that look only part of the time.

use crate::source::Description;

/// A window holds so many ticks of the slowest source: the least-squares edges need eight steps, and more ticks in one
/// window buy nothing that more windows do not buy too.
pub const TICKS_PER_WINDOW: f64 = 12.0;

/// How long to wait before window number `index`, in seconds: spread evenly over the longest period of the sensors
/// that look only part of the time, so that no phase of theirs locks to the kernel. Zero if all look all the time.
///
/// The sequence is that of the golden ratio (Weyl): any stretch of it is spread more evenly than random numbers.
#[must_use]
pub(crate) fn start_jitter_s<'a>(sources: impl IntoIterator<Item = &'a Description>, index: u64) -> f64 {
    let part_time = sources.into_iter().filter(|source| source.duty < 1.0);
    let period_s = part_time.map(|source| source.update_period_s).fold(0.0, f64::max);
    let turns = index as f64 * 0.618_033_988_749_895;
    period_s * turns.fract()
}
