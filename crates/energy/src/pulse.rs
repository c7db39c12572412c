//! Moments at which the process or the whole machine stood still. In: when the sampler meant to wake, when it woke,
//! and the clock that goes on in suspension. Out: gaps, and a sentence for each window that holds one.

use crate::step::seconds;
use joulemark_base::timestamp::Timestamp;

/// The sampler wakes at least so often, whatever it has to read.
pub(crate) const BEAT_S: f64 = 0.05;
/// Nothing but a halt makes the sampler so late. Seen on an overloaded machine: up to 0.1 s.
const LATE_S: f64 = 0.5;
/// Two clocks read one after the other differ by less.
const SUSPENDED_S: f64 = 0.1;

#[derive(Debug, Clone)]
struct Gap {
    from: Timestamp,
    to: Timestamp,
    reason: String,
}

/// The sampler's own regularity.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    last: Option<Timestamp>,
    asleep_s: Option<f64>,
    gaps: Vec<Gap>,
}

impl Pulse {
    /// The sampler woke `now`, and had meant to wake at `planned`; the machine has slept `asleep_s` since it booted, where
    /// the system tells.
    pub(crate) fn beat(&mut self, planned: Timestamp, now: Timestamp, asleep_s: Option<f64>) {
        let late_s = now.seconds_since(planned);
        let slept_s = asleep_s
            .zip(self.asleep_s)
            .map_or(0.0, |(now_s, before_s)| now_s - before_s);
        let reason = if slept_s > SUSPENDED_S {
            Some(format!("the machine was suspended for {}", seconds(slept_s)))
        } else if late_s > LATE_S {
            let stood = seconds(late_s);
            Some(format!(
                "the process stood still for {stood} (stopped, or its machine was)"
            ))
        } else {
            None
        };
        let from = self.last.unwrap_or(planned).min(now);
        self.gaps.extend(reason.map(|reason| Gap { from, to: now, reason }));
        (self.last, self.asleep_s) = (Some(now), asleep_s);
    }

    /// A wait that somebody asked for is no halt.
    pub(crate) fn skip(&mut self, now: Timestamp, asleep_s: Option<f64>) {
        (self.last, self.asleep_s) = (Some(now), asleep_s);
    }

    /// The last time that the sampler woke.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// What interrupted a window.
    pub(crate) fn interruption(&self, start: Timestamp, end: Timestamp) -> Option<String> {
        let touched = self.gaps.iter().filter(|gap| gap.from < end && start < gap.to);
        let reasons: Vec<&str> = touched.map(|gap| gap.reason.as_str()).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

/// Seconds that the machine has been suspended since it booted: the clock that goes on in suspension minus the one of all
/// ticks, which does not. `None` where the system has no such pair.
pub(crate) fn asleep_s() -> Option<f64> {
    #[cfg(target_os = "linux")]
    return crate::cpu_time::clock_s(libc::CLOCK_BOOTTIME)
        .zip(crate::cpu_time::clock_s(libc::CLOCK_MONOTONIC))
        .map(|(since_boot_s, awake_s)| since_boot_s - awake_s);
    #[cfg(not(target_os = "linux"))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Timestamp {
        Timestamp::from_s(seconds)
    }

    #[test]
    fn only_windows_that_hold_the_halt_are_interrupted() {
        let mut pulse = Pulse::default();
        for beat in 0..20 {
            let planned = at(0.05 * f64::from(beat));
            pulse.beat(planned, planned.plus_s(0.02), Some(7.0));
        }
        pulse.beat(at(1.0), at(4.0), Some(7.0));
        let stopped = pulse.interruption(at(0.5), at(2.0)).expect("stopped in it");
        assert!(stopped.contains("stood still for 3.0 s"), "{stopped}");
        assert_eq!(pulse.interruption(at(0.1), at(0.9)), None);
        assert_eq!(pulse.interruption(at(4.1), at(5.0)), None);
        // In suspension the monotonic clock stands still too: the sampler is not late.
        pulse.beat(at(4.05), at(4.06), Some(3607.0));
        let slept = pulse.interruption(at(4.0), at(5.0)).expect("suspended in it");
        assert!(slept.contains("suspended for 3600.0 s"), "{slept}");
        pulse.skip(at(9.0), Some(3607.0));
        pulse.beat(at(9.05), at(9.06), Some(3607.0));
        assert_eq!(pulse.interruption(at(5.0), at(10.0)), None);
    }
}
