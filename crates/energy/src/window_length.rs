//! How long a window must last. Comes in: the periods of the sources that count. Goes out: seconds, and the jitter of
//! the start for sensors that look only part of the time.

use crate::Description;

/// The quantisation that is aimed at by default: one tick is at most 1% of a window.
pub const DEFAULT_RESOLUTION: f64 = 0.01;
/// Above this share the row is flagged.
pub const COARSEST_RESOLUTION: f64 = 0.05;
/// The power's spread needs so many caught ticks.
const FEWEST_TICKS: f64 = 12.0;

/// The seconds that a window needs so that one update of the slowest source is at most `resolution` of it, and enough
/// ticks are caught in it: max(period / resolution, 12 ticks) over `(period_s, tick_s)`. `None` without a source.
#[must_use]
pub(crate) fn window_s(sources: impl IntoIterator<Item = (f64, f64)>, resolution: f64) -> Option<f64> {
    let needed = sources
        .into_iter()
        .map(|(period_s, tick_s)| (period_s / resolution).max(FEWEST_TICKS * tick_s));
    needed.fold(None, |longest: Option<f64>, needed_s| {
        Some(longest.map_or(needed_s, |longest| longest.max(needed_s)))
    })
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_source_decides() {
        let length_s = window_s([(0.001, 0.02), (0.1, 0.1)], DEFAULT_RESOLUTION).expect("two sources");
        assert!((length_s - 10.0).abs() < 1e-9);
        assert!((window_s([(0.001, 0.02)], DEFAULT_RESOLUTION).expect("one source") - 0.24).abs() < 1e-9);
        assert_eq!(window_s([], DEFAULT_RESOLUTION), None);
    }
}
