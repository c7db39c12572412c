//! Warm-up: doubling runs until the time per iteration is steady. In: work that nobody has timed. Out: its pace, from
//! which the number of iterations in a window follows.

use std::time::Instant;

use crate::pace::Pace;
use crate::work::Work;

/// Submissions of about this length keep a queue full and stay far under any watchdog.
const BATCH_S: f64 = 0.02;
/// Iterations per submission at most: what recording them costs stays small.
const MAX_BATCH: f64 = 1024.0;
/// The warm-up ends when the time per iteration changes by less than this share …
const STEADY: f64 = 0.05;
/// … or after this long …
const LONGEST_S: f64 = 0.5;
/// … or this, if the work was warm before: its windows correct what is known of it.
const LONGEST_AGAIN_S: f64 = 0.1;

/// How long one iteration of warm work takes, and how its iterations follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Warm {
    /// Seconds per iteration at full pace.
    pub seconds_per_iteration: f64,
    /// The pace in a window.
    pub pace: Pace,
}

impl Warm {
    /// What is known before the first run: it may take for ever.
    #[must_use]
    pub const fn cold(pace: Pace) -> Self {
        Self {
            seconds_per_iteration: f64::INFINITY,
            pace,
        }
    }

    /// Runs the work, if it is cold in doubling numbers, until the time per iteration is steady.
    ///
    /// # Errors
    /// The work's.
    pub fn up<W: Work>(self, work: &mut W) -> Result<Self, W::Error> {
        let begin = Instant::now();
        let longest_s = match self.seconds_per_iteration.is_finite() {
            true => LONGEST_AGAIN_S,
            false => LONGEST_S,
        };
        let mut warm = self;
        // Work that was warm before goes on at a length that tells.
        let mut iterations = ((1.5 * BATCH_S / warm.seconds_per_iteration) as u64).max(1);
        loop {
            let start = Instant::now();
            work.run(iterations, warm.batch())?;
            let run_s = start.elapsed().as_secs_f64();
            // A clock that did not move must not make an iteration free.
            let seconds = run_s.max(1e-9) / iterations as f64;
            let change = (seconds / warm.seconds_per_iteration - 1.0).abs();
            warm.seconds_per_iteration = seconds;
            let long_enough = run_s > BATCH_S;
            if (long_enough && change < STEADY) || begin.elapsed().as_secs_f64() > longest_s {
                return Ok(warm);
            }
            if !long_enough {
                iterations = iterations.saturating_mul(2);
            }
        }
    }

    /// The same, by what a window of so many seconds and iterations has shown.
    pub(crate) fn corrected(self, wall_s: f64, iterations: u64) -> Self {
        let seconds = wall_s * self.pace.busy_share() / iterations.max(1) as f64;
        Self {
            seconds_per_iteration: seconds.max(f64::MIN_POSITIVE),
            ..self
        }
    }

    /// Iterations that fill this many seconds at this pace, at least one.
    #[must_use]
    pub fn iterations_in(&self, seconds: f64) -> u64 {
        (seconds * self.pace.busy_share() / self.seconds_per_iteration)
            .ceil()
            .max(1.0) as u64
    }

    /// Iterations per submission.
    #[must_use]
    pub fn batch(&self) -> u64 {
        (BATCH_S / self.seconds_per_iteration).clamp(1.0, MAX_BATCH) as u64
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Warm;
    use crate::pace::Pace;
    use crate::work::Closure;

    #[test]
    fn iterations_fill_a_window() {
        let mut work = Closure(|n| std::thread::sleep(Duration::from_micros(500 * n)));
        let warm = Warm::cold(Pace::Full).up(&mut work).unwrap();
        assert!((4e-4..2e-3).contains(&warm.seconds_per_iteration), "{warm:?}");
        let half = Warm {
            seconds_per_iteration: 0.001,
            pace: Pace::Duty(50),
        };
        assert_eq!(
            (half.iterations_in(1.0), half.iterations_in(1e-9), half.batch()),
            (500, 1, 20)
        );
    }
}
