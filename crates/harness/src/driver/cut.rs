//! Criterion's samples, cut from a case's windows: all of their time is metered, and how many windows there are is decided by the
//! precision of the joules alone. In: the parts of windows, and how many samples are wanted. Out: seconds per iteration.

use joulemark::window::Part;

/// The parts of a case's windows.
#[derive(Debug)]
pub(super) struct Cut {
    samples: usize,
    parts: Vec<Part>,
    given: usize,
}

impl Cut {
    pub(super) fn of(samples: u32) -> Self {
        Self {
            samples: samples.max(1) as usize,
            parts: Vec::new(),
            given: 0,
        }
    }

    /// Parts per window, of which so few windows yield a sample each.
    pub(super) fn parts_per_window(&self, fewest_windows: u32) -> u32 {
        (self.samples as u32).div_ceil(fewest_windows.max(1))
    }

    pub(super) fn add(&mut self, parts: &[Part]) {
        self.parts.extend_from_slice(parts);
    }

    /// Whether there is a part at least for each sample.
    pub(super) fn is_enough(&self) -> bool {
        self.parts.len() >= self.samples
    }

    /// Seconds per iteration of the next sample, whose parts lie one after the other; after the last it begins anew.
    pub(super) fn next(&mut self) -> f64 {
        let at = |sample: usize| sample * self.parts.len() / self.samples;
        let sample = self.given % self.samples;
        let parts = &self.parts[at(sample)..at(sample + 1)];
        self.given += 1;
        let seconds: f64 = parts.iter().map(|part| part.seconds).sum();
        seconds / parts.iter().map(|part| part.iterations as f64).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use joulemark::window::Part;

    use super::Cut;

    #[test]
    fn each_part_is_in_one_sample() {
        for (samples, fewest, windows) in [(10, 3, 3), (10, 3, 10), (100, 3, 7), (10, 1, 1)] {
            let mut cut = Cut::of(samples);
            let per_window = cut.parts_per_window(fewest);
            let mut total_s = 0.0;
            for window in 0..windows {
                assert!(window >= fewest || !cut.is_enough());
                for part in 0..per_window {
                    let seconds = f64::from(1 + window + part);
                    total_s += seconds;
                    cut.add(&[Part { iterations: 1, seconds }]);
                }
            }
            assert!(cut.is_enough());
            let parts = cut.parts.len();
            let at = |sample: usize| sample * parts / samples as usize;
            let sum_s: f64 = (0..samples as usize)
                .map(|sample| cut.next() * (at(sample + 1) - at(sample)) as f64)
                .sum();
            assert!((sum_s - total_s).abs() < 1e-9 * total_s);
            let first = cut.next();
            cut.given = 0;
            assert_eq!(first, cut.next(), "it begins anew");
        }
    }
}
