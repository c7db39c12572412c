//! A window: N iterations between two synchronisations. Gets one row.

use std::time::Duration;

use joulemark_base::timestamp::Timestamp;
use joulemark_energy::{DeviceState, Meter, process_cpu_s};

use crate::warm::Warm;
use crate::work::Work;

/// A window that fell short of its length by more than this share goes on …
const SHORT: f64 = 0.1;
/// … so often at most: work may be over at once, however many iterations it is told.
const MOST_ADDITIONS: u32 = 4;

/// How long a window is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Length {
    /// So many seconds, and so many parts whose time is taken too.
    Seconds(f64, u32),
    /// So many iterations, however long they take.
    Iterations(u64),
}

/// A part of a window, timed by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Iterations in it.
    pub iterations: u64,
    /// Seconds from its begin to the end of its last iteration, rests included.
    pub seconds: f64,
}

/// What was seen of one window, energy not yet asked for.
#[derive(Clone, Debug)]
pub struct Window {
    /// Iterations in it.
    pub iterations: u64,
    /// Where it begins, by the meter's clock.
    pub start: Timestamp,
    /// Where it ends.
    pub end: Timestamp,
    /// Its parts, one after the other.
    pub parts: Vec<Part>,
    /// Seconds by the device's own clock, if it has one.
    pub gpu_s: Option<f64>,
    /// The device's state at the beginning.
    pub before: DeviceState,
    /// The device's state at the end.
    pub after: DeviceState,
    /// CPU seconds that this process spent, all threads together; `None` where the system does not tell.
    pub cpu_s: Option<f64>,
    /// What speaks against it: throttled, begun too warm or too cool, or interrupted.
    pub conditions: Option<String>,
    /// Why a window before this one was thrown away, if one was.
    pub repeated: Option<String>,
}

impl Window {
    /// Runs the window. The work waits for its own end, so that the device is idle before and after.
    ///
    /// # Errors
    /// The work's.
    pub(crate) fn run<W: Work>(work: &mut W, warm: &Warm, meter: &Meter, length: Length) -> Result<Self, W::Error> {
        let before = meter.state();
        let cpu_before_s = process_cpu_s();
        let mut filling = Filling {
            work,
            warm,
            meter,
            gpu_s: Some(0.0),
            parts: Vec::new(),
        };
        let start = meter.now();
        let result = filling.fill(length, start);
        let end = meter.now();
        let (parts, gpu_s) = (filling.parts, filling.gpu_s);
        let cpu_s = process_cpu_s()
            .zip(cpu_before_s)
            .map(|(after_s, before_s)| after_s - before_s);
        result?;
        Ok(Self {
            iterations: parts
                .iter()
                .fold(0, |sum: u64, part| sum.saturating_add(part.iterations)),
            start,
            end,
            parts,
            gpu_s,
            before,
            after: meter.state(),
            cpu_s,
            conditions: None,
            repeated: None,
        })
    }

    /// Seconds between its two ends.
    #[must_use]
    pub fn wall_s(&self) -> f64 {
        self.end.seconds_since(self.start)
    }
}

/// A window that is being run.
struct Filling<'a, W> {
    work: &'a mut W,
    warm: &'a Warm,
    meter: &'a Meter,
    /// The device's own seconds of all bursts.
    gpu_s: Option<f64>,
    parts: Vec<Part>,
}

impl<W: Work> Filling<'_, W> {
    fn fill(&mut self, length: Length, start: Timestamp) -> Result<(), W::Error> {
        let (asked_s, parts) = match length {
            Length::Iterations(iterations) => return self.parts(iterations, 1),
            Length::Seconds(seconds, parts) => (seconds, parts),
        };
        let mut done = self.warm.iterations_in(asked_s);
        self.parts(done, parts.into())?;
        for _ in 0..MOST_ADDITIONS {
            let so_far_s = self.meter.now().seconds_since(start);
            if so_far_s >= (1.0 - SHORT) * asked_s {
                break;
            }
            // The time so far tells better than the warm-up how many are missing.
            let more = (done as f64 * (asked_s / so_far_s.max(1e-9) - 1.0)).ceil() as u64;
            self.parts(more, 1)?;
            done = done.saturating_add(more);
        }
        Ok(())
    }

    /// Runs the iterations in parts of equal numbers, each of one iteration at least.
    fn parts(&mut self, iterations: u64, parts: u64) -> Result<(), W::Error> {
        let parts = parts.clamp(1, iterations.max(1));
        let mut done = 0;
        for part in 1..=parts {
            let until = (u128::from(iterations) * u128::from(part) / u128::from(parts)) as u64;
            let begin = self.meter.now();
            self.bursts(until - done)?;
            self.parts.push(Part {
                iterations: until - done,
                seconds: self.meter.now().seconds_since(begin),
            });
            done = until;
        }
        Ok(())
    }

    /// Runs the iterations at their pace.
    fn bursts(&mut self, iterations: u64) -> Result<(), W::Error> {
        let (pace, batch) = (self.warm.pace, self.warm.batch());
        let burst = pace.burst(iterations, batch);
        let mut done = 0;
        while done < iterations {
            let count = burst.min(iterations - done);
            let begin = self.meter.now();
            if let Some(load) = self.meter.simulated_load() {
                load.set_busy(begin);
            }
            let result = self.work.run(count, batch);
            let end = self.meter.now();
            if let Some(load) = self.meter.simulated_load() {
                load.set_idle(end);
            }
            result?;
            let burst_s = self.work.device_seconds()?;
            self.gpu_s = self.gpu_s.zip(burst_s).map(|(sum_s, burst_s)| sum_s + burst_s);
            let rest_s = pace.rest_s(end.seconds_since(begin));
            if rest_s > 0.0 {
                std::thread::sleep(Duration::from_secs_f64(rest_s));
            }
            done += count;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use joulemark_energy::{DeviceIdentity, Meter, Request};

    use super::{Length, Window};
    use crate::pace::Pace;
    use crate::warm::Warm;
    use crate::work::Closure;

    fn run(seconds_per_iteration: f64, length: Length, work: impl FnMut(u64)) -> (Window, Warm) {
        let mut meter = Meter::open(&Request::new(DeviceIdentity::cpu(), "none".parse().unwrap()));
        meter.start();
        let warm = Warm {
            seconds_per_iteration,
            pace: Pace::Full,
        };
        let window = Window::run(&mut Closure(work), &warm, &meter, length).unwrap();
        let corrected = warm.corrected(window.wall_s(), window.iterations);
        (window, corrected)
    }

    fn nap(n: u64) {
        std::thread::sleep(Duration::from_micros(100 * n));
    }

    #[test]
    fn a_window_is_long_enough_however_wrong_the_warm_up_was() {
        // The warm-up took an iteration for ten times as long as it is.
        let (window, corrected) = run(1e-3, Length::Seconds(0.05, 4), nap);
        assert!((0.045..0.5).contains(&window.wall_s()), "{} s", window.wall_s());
        assert!(window.parts.len() > 4 && window.iterations > 300, "{window:?}");
        let in_parts: u64 = window.parts.iter().map(|part| part.iterations).sum();
        assert_eq!(in_parts, window.iterations);
        assert!(corrected.seconds_per_iteration < 5e-4, "{corrected:?}");
        let (window, _) = run(1e-3, Length::Iterations(7), nap);
        assert_eq!((window.iterations, window.parts.len()), (7, 1));
    }

    #[test]
    fn work_that_is_over_at_once_ends_all_the_same() {
        let (window, corrected) = run(1e-12, Length::Seconds(3600.0, 3), |_| ());
        assert!(window.wall_s() < 1.0 && corrected.seconds_per_iteration > 0.0);
        // A single iteration that is longer than the window is one part.
        let (window, _) = run(1.0, Length::Seconds(0.01, 4), |_| {
            std::thread::sleep(Duration::from_millis(15))
        });
        assert_eq!((window.iterations, window.parts.len()), (1, 1));
    }
}
