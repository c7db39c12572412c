//! When to look at a sensor next: rarely while nothing can change, closely when a change is due. In: the
//! sensor's period, what a reading costs, and what the last one showed. Out: the moment of the next reading.

use crate::timeline::Observed;
use joulemark_base::timestamp::Timestamp;

/// Faster counters are not followed tick by tick: that would cost more than it tells.
const SHORTEST_STEP_S: f64 = 0.02;
/// No need to know the moment of a tick better than this.
const FINEST_LOOK_S: f64 = 2.5e-4;
const COARSEST_LOOK_S: f64 = 0.01;
/// On a busy machine the looks themselves come late; then it is no use to try more often than this.
const LOOSE_IN_A_ROW: u32 = 3;
/// The share of one core that all readings together may cost …
const CPU_SHARE: f64 = 0.003;
/// … of that for the sources that those whose joules count are held against …
const CHECKS_SHARE: f64 = 0.0005;
/// … and for those that are listed only.
const LISTED_SHARE: f64 = 0.0001;
/// Looks that it takes on average to catch one tick closely.
const LOOKS_PER_STEP: f64 = 4.0;
/// The share of a period by which looking begins before a tick is due: sensors are not that regular.
const EARLY: f64 = 0.1;
/// What a look costs beside the reading itself as the probe saw it: the thread wakes, and the caches are cold. Seen in a
/// virtual machine; hardware is several times faster.
const WAKE_COST_S: f64 = 3e-5;

/// How closely a source is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attention {
    /// Its joules count, or it is a witness of those that do.
    Counts,
    /// It is a whole or a part by which the plausible is told.
    Checks,
    /// It is listed only.
    Listed,
}

/// The share of a core that a source of this attention may cost among all of these: nearly all goes to those that count.
pub(crate) fn share(attention: Attention, all: &[Attention]) -> f64 {
    let count = |wanted| all.iter().filter(|attention| **attention == wanted).count();
    let of = |wanted, share: f64| if count(wanted) > 0 { share } else { 0.0 };
    let (checks, listed) = (of(Attention::Checks, CHECKS_SHARE), of(Attention::Listed, LISTED_SHARE));
    let share = match attention {
        Attention::Counts => CPU_SHARE - checks - listed,
        Attention::Checks => checks,
        Attention::Listed => listed,
    };
    share / count(attention).max(1) as f64
}

/// What decides how often a sensor is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Seconds between its updates.
    pub(crate) period_s: f64,
    /// The shortest time in which it can wrap; infinite if it never does.
    pub(crate) wraps_after_s: f64,
    /// Seconds of a core that a reading costs.
    pub(crate) read_cost_s: f64,
    /// The share of a core that following it may cost.
    pub(crate) share: f64,
}

/// The reading plan of one sensor.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// From one tick that is caught to the next.
    step_s: f64,
    /// Between two looks while a tick is awaited.
    look_s: f64,
    period_s: f64,
    /// When the next tick should have come.
    expected_by: Timestamp,
    /// Ticks in a row whose moment was not caught closely.
    loose: u32,
    dither: u64,
}

impl Schedule {
    /// A plan for a sensor of this pace.
    pub(crate) fn new(pace: &Pace, seed: u64) -> Self {
        let Pace {
            period_s,
            wraps_after_s,
            read_cost_s,
            share,
        } = *pace;
        let look_cost_s = read_cost_s + WAKE_COST_S;
        let affordable_s = LOOKS_PER_STEP * look_cost_s / share;
        // Twice as often as the counter can wrap, whatever that costs.
        let wanted_s = affordable_s.max(SHORTEST_STEP_S).min(0.5 * wraps_after_s - period_s);
        let periods = (wanted_s / period_s).ceil().max(1.0);
        // Looking begins a tenth of a period early, and must not cost more than the share on the way.
        let looks = share * periods * period_s / look_cost_s;
        let coarse_enough_s = EARLY * period_s / (looks - 3.0).max(1.0);
        let look_s = (period_s / 16.0)
            .clamp(FINEST_LOOK_S, COARSEST_LOOK_S)
            .max(coarse_enough_s);
        Self {
            step_s: periods * period_s,
            look_s,
            period_s,
            expected_by: Timestamp::from_s(2.0 * period_s),
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
                let loose = width_s > 2.5 * self.look_s && self.look_s < 0.5 * self.period_s;
                self.loose = if loose { self.loose + 1 } else { 0 };
                // A change that came while nobody looked tells its moment badly: look closely until the next one.
                let next = if (1..=LOOSE_IN_A_ROW).contains(&self.loose) {
                    after.plus_s(self.look_s)
                } else {
                    // A look or two early, by a random part: looking in step with the sensor would make its ticks'
                    // errors repeat instead of cancel.
                    let early_s = EARLY * self.period_s + self.look_s * (1.0 + self.random());
                    after.plus_s((self.step_s - early_s).max(self.look_s))
                };
                self.expected_by = next.plus_s(1.5 * self.period_s + 4.0 * self.look_s);
                next
            }
            // A counter that stands still is looked at less closely, twice a step.
            Observed::Same if after > self.expected_by => after.plus_s(self.look_s.max(0.5 * self.step_s)),
            Observed::Same => after.plus_s(self.look_s),
            Observed::Failed => after.plus_s(self.step_s.max(0.1) * (1.0 + 0.5 * self.random())),
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

    /// Readings per second of a sensor that ticks regularly, or stands still.
    fn readings_per_s(period_s: f64, read_cost_s: f64, share: f64, still: bool) -> f64 {
        let mut schedule = Schedule::new(
            &Pace {
                period_s,
                wraps_after_s: f64::INFINITY,
                read_cost_s,
                share,
            },
            7,
        );
        let (mut now, mut looked, mut seen, mut count) = (Timestamp::default(), Timestamp::default(), 0, 0);
        while now.seconds() < 60.0 {
            let update = if still { 0 } else { (now.seconds() / period_s) as u64 };
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
    fn readings_and_waking_cost_less_than_half_a_percent_of_a_core() {
        for period_s in [0.001, 0.02, 0.1, 1.0] {
            for (read_cost_s, counted, listed) in [(1e-6, 8, 8), (1e-5, 4, 0), (1e-3, 2, 1)] {
                for still in [false, true] {
                    let all = [vec![Attention::Counts; counted], vec![Attention::Listed; listed]].concat();
                    let cost = |attention, sources: usize| {
                        let share = share(attention, &all);
                        let readings_per_s = readings_per_s(period_s, read_cost_s, share, still);
                        sources as f64 * readings_per_s * (read_cost_s + WAKE_COST_S)
                    };
                    let all = cost(Attention::Counts, counted) + cost(Attention::Listed, listed);
                    assert!(
                        all < 0.005,
                        "{period_s} s, {counted} x {read_cost_s} s, still: {still}: {all}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_slow_sensor_is_looked_at_rarely() {
        let slow = readings_per_s(1.0, 1e-6, CPU_SHARE, false);
        let fast = readings_per_s(0.1, 1e-6, CPU_SHARE, false);
        assert!(slow < 20.0 && fast < 60.0, "{slow} {fast}");
    }
}
