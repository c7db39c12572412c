//! When the benchmarked code ran lately. In: its stretches. Out: the share of some seconds that they fill.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Stretches, the latest last.
#[derive(Debug, Default)]
pub(super) struct Busy(VecDeque<(Instant, Instant)>);

impl Busy {
    pub(super) fn add(&mut self, start: Instant, end: Instant) {
        self.0.push_back((start, end));
    }

    /// The share of the seconds before a moment in which the code ran; what was over before them is forgotten.
    pub(super) fn share(&mut self, end: Instant, seconds: f64) -> f64 {
        let Some(begin) = end.checked_sub(Duration::from_secs_f64(seconds)) else {
            return 0.0;
        };
        while self.0.front().is_some_and(|(_, last)| *last < begin) {
            self.0.pop_front();
        }
        let within = self.0.iter().map(|(first, last)| {
            let (first, last) = ((*first).max(begin), (*last).min(end));
            last.saturating_duration_since(first).as_secs_f64()
        });
        within.sum::<f64>() / seconds
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Busy;

    #[test]
    fn only_the_last_seconds_count() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut busy = Busy::default();
        for (first, last) in [(0, 100), (150, 250), (300, 400)] {
            busy.add(at(first), at(last));
        }
        assert!((busy.share(at(400), 0.2) - 0.75).abs() < 1e-9);
        assert_eq!(busy.0.len(), 2);
        assert!((busy.share(at(500), 0.2) - 0.5).abs() < 1e-9);
    }
}
