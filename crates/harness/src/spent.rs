//! What a run has cost so far, all of it: preparing, verifying, failing and idling included (the accounting of Schwartz et
//! al. 2020, "Green AI"). In: the totals of an earlier part, and seconds as they are spent. Out: the manifest's totals.

use std::time::Instant;

use joulemark_base::timestamp::Timestamp;
use joulemark_energy::Meter;
use joulemark_records::Totals;

/// The cost of a run.
pub(crate) struct Spent {
    /// When this part of the run began, before anything was opened.
    clock: Instant,
    /// The same on the meter's clock, from when on joules are counted.
    began: Timestamp,
    before: Totals,
}

impl Spent {
    /// `before` is what earlier parts have cost.
    pub(crate) fn new(clock: Instant, began: Timestamp, before: Totals) -> Self {
        Self { clock, began, before }
    }

    /// The part before was killed: its time is known from its marks, its joules are not.
    pub(crate) fn was_killed_after(&mut self, seconds: f64) {
        self.before.wall_s = Some(seconds);
        (self.before.device_energy_j, self.before.host_energy_j) = (None, None);
    }

    /// Seconds of this part so far.
    pub(crate) fn elapsed_s(&self) -> f64 {
        self.clock.elapsed().as_secs_f64()
    }

    /// Seconds of the parts before, as far as they are known.
    pub(crate) fn before_s(&self) -> f64 {
        self.before.wall_s.unwrap_or(0.0)
    }

    /// Adds seconds to a part of the cost.
    pub(crate) fn add(&mut self, part: &str, seconds: f64) {
        *self.before.parts.entry(part.into()).or_default() += seconds;
    }

    /// Puts a number beside the parts; its unit is in its name.
    pub(crate) fn note(&mut self, name: &str, value: f64) {
        self.before.parts.insert(name.into(), value);
    }

    /// The totals. An energy that is unknown in one part is unknown.
    pub(crate) fn totals(&self, meter: &Meter) -> Totals {
        let total = meter.measure(self.began, meter.now());
        let first = self.before.wall_s.is_none();
        let sum = |before: Option<f64>, now: Option<f64>| if first { now } else { Some(before? + now?) };
        Totals {
            wall_s: Some(self.before_s() + self.elapsed_s()),
            device_energy_j: sum(self.before.device_energy_j, total.device.energy_j),
            host_energy_j: sum(self.before.host_energy_j, total.host.energy_j),
            ..self.before.clone()
        }
    }
}
