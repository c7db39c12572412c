//! When to look at a sensor next: rarely while nothing can change, closely when a change is due. Comes in: the
//! sensor's period, what a reading costs, and what the last one showed. Goes out: the moment of the next reading.

use crate::Timestamp;
use crate::timeline::Observed;

/// Faster counters are not followed tick by tick: that would cost more than it tells.
const SHORTEST_STEP_S: f64 = 0.02;
/// No need to know the moment of a tick better than this.
const FINEST_LOOK_S: f64 = 1e-4;
const COARSEST_LOOK_S: f64 = 0.01;
/// On a busy machine the looks themselves come late; then it is no use to try more often than this.
const LOOSE_IN_A_ROW: u32 = 3;
/// The share of one core that all readings together may cost.
const CPU_SHARE: f64 = 0.004;

/// The reading plan of one sensor.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// From one tick that is caught to the next.
    step_s: f64,
    /// Between two looks while a tick is awaited.
    look_s: f64,
    period_s: f64,
    last_tick: Timestamp,
    /// Ticks in a row whose moment was not caught closely.
    loose: u32,
    dither: u64,
}

impl Schedule {
    /// A plan for a sensor that updates every `period_s` and costs `read_cost_s` of a core per reading, where
    /// `sources` of them share the core's allowance.
    pub(crate) fn new(period_s: f64, read_cost_s: f64, sources: usize, seed: u64) -> Self {
        let slowest_allowed_s = read_cost_s * sources.max(1) as f64 / CPU_SHARE;
        let look_s = (period_s / 16.0)
            .clamp(FINEST_LOOK_S, COARSEST_LOOK_S)
            .max(slowest_allowed_s);
        let periods = (SHORTEST_STEP_S / period_s).ceil().max(1.0);
        Self {
            step_s: periods * period_s,
            look_s,
            period_s,
            last_tick: Timestamp::default(),
            loose: 0,
            dither: seed,
        }
    }

    /// Seconds from one caught tick to the next.
    pub(crate) fn step_s(&self) -> f64 {
        self.step_s.max(self.look_s)
    }

    /// The next reading after one that ended at `after`.
    pub(crate) fn next(&mut self, after: Timestamp, observed: Observed) -> Timestamp {
        match observed {
            Observed::Tick { width_s } => {
                self.last_tick = after;
                let loose = width_s > 2.5 * self.look_s && self.look_s < 0.5 * self.period_s;
                self.loose = if loose { self.loose + 1 } else { 0 };
                // A change that came while nobody looked tells its moment badly: look closely until the next one.
                if (1..=LOOSE_IN_A_ROW).contains(&self.loose) {
                    return after.plus_s(self.look_s);
                }
                // A look or two early, by a random part: looking in step with the sensor would make its ticks'
                // errors repeat instead of cancel.
                let early_s = 0.1 * self.period_s + self.look_s * (1.0 + self.random());
                after.plus_s((self.step_s - early_s).max(self.look_s))
            }
            // A counter that stands still is looked at less and less closely, down to four times a period.
            Observed::Same => {
                let late_s = after.seconds_since(self.last_tick) - self.step_s - self.period_s;
                let look_s = if late_s > 0.0 {
                    self.look_s.max(0.25 * self.period_s)
                } else {
                    self.look_s
                };
                after.plus_s(look_s)
            }
            Observed::Failed => after.plus_s(self.step_s.max(0.1)),
        }
    }

    /// A number in [0, 1) (splitmix64, Steele, Lea and Flood 2014).
    fn random(&mut self) -> f64 {
        self.dither = self.dither.wrapping_add(0x9e37_79b9_7f4a_7c15);
        unit_interval(mix(self.dither))
    }
}

/// The output function of splitmix64.
pub(crate) fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The upper 53 bits as a number in [0, 1).
pub(crate) fn unit_interval(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Readings per second while a sensor ticks regularly and is seen at the first look after each tick.
    fn readings_per_s(period_s: f64, read_cost_s: f64, sources: usize) -> f64 {
        let mut schedule = Schedule::new(period_s, read_cost_s, sources, 7);
        let (mut now, mut looked, mut seen, mut count) = (Timestamp::default(), Timestamp::default(), 0, 0);
        while now.seconds() < 60.0 {
            let update = (now.seconds() / period_s) as u64;
            let width_s = now.seconds_since(looked).min(period_s);
            let observed = if update > seen {
                Observed::Tick { width_s }
            } else {
                Observed::Same
            };
            (seen, looked) = (update, now);
            count += 1;
            now = schedule.next(now.plus_s(read_cost_s), observed);
        }
        f64::from(count) / 60.0
    }

    #[test]
    fn readings_cost_less_than_half_a_percent_of_a_core() {
        for period_s in [0.001, 0.02, 0.1, 1.0] {
            for (read_cost_s, sources) in [(1e-6, 8), (1e-5, 4), (1e-3, 2)] {
                let share = readings_per_s(period_s, read_cost_s, sources) * read_cost_s * sources as f64;
                assert!(share < 0.005, "{period_s} s, {sources} x {read_cost_s} s: {share}");
            }
        }
    }

    #[test]
    fn a_slow_sensor_is_looked_at_rarely() {
        let slow = readings_per_s(1.0, 1e-6, 1);
        let fast = readings_per_s(0.1, 1e-6, 1);
        assert!(slow < 20.0 && fast < 60.0, "{slow} {fast}");
    }
}
