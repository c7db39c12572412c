//! The simulated sensor. In: the true energy. Out: what a counter or power sensor with its period, duty and
//! range would show of it.

use super::{SimulatedLoad, SimulatedSpec};
use crate::schedule::{mix, unit_interval};
use crate::source::{Description, Fault, Source};
use joulemark_base::domain::Domain;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_base::source_kind::SourceKind;
use joulemark_base::timestamp::Timestamp;
use joulemark_base::unit::Unit;

/// The sensor of the simulated device.
#[derive(Debug)]
pub(crate) struct SimulatedSensor {
    description: Description,
    load: SimulatedLoad,
    period_s: f64,
    /// The moment of update number zero.
    phase_s: f64,
    duty: f64,
    updates: u64,
    shown_j: f64,
    shown_w: f64,
}

impl SimulatedSensor {
    pub(crate) fn new(spec: &SimulatedSpec, load: SimulatedLoad) -> Self {
        let unit = match spec.kind {
            SourceKind::Counter => Unit::Microjoule,
            SourceKind::Power => Unit::Microwatt,
        };
        let name = format!("simulated sensor ({spec})");
        let wrap_j = spec.wrap_j.filter(|_| spec.kind == SourceKind::Counter);
        let description = Description {
            update_period_s: spec.period_s,
            wrap_range: wrap_j.map(|wrap_j| (wrap_j * 1e6) as u64),
            quality: Quality::Simulated,
            duty: spec.duty,
            power_limit_w: Some(2.0 * spec.power_w.max(spec.idle_w)),
            note: "made-up joules: the truth is known, nothing was measured".into(),
            ..Description::new("simulated", name, Domain::Board, unit, Role::Device)
        };
        let phase_s = spec.period_s * unit_interval(mix(spec.seed ^ 0x5eed));
        let shown_w = spec.idle_w;
        Self {
            description,
            load,
            period_s: spec.period_s,
            phase_s,
            duty: spec.duty,
            updates: 0,
            shown_j: 0.0,
            shown_w,
        }
    }

    /// Makes all updates up to `now_s`.
    fn advance(&mut self, now_s: f64) {
        let due = ((now_s - self.phase_s) / self.period_s + 1.0).max(0.0) as u64;
        if due <= self.updates {
            return;
        }
        let last_s = self.phase_s + (due - 1) as f64 * self.period_s;
        if self.duty >= 1.0 && self.description.kind == SourceKind::Counter {
            // A counter that never looks away holds the true energy itself.
            self.updates = due;
            self.shown_j = self.load.energy_until_j(last_s);
        }
        while self.updates < due {
            let at_s = self.phase_s + self.updates as f64 * self.period_s;
            self.updates += 1;
            let looked_s = (self.duty * self.period_s).min(at_s);
            if looked_s > 0.0 {
                let looked_j = self.load.energy_until_j(at_s) - self.load.energy_until_j(at_s - looked_s);
                self.shown_w = looked_j / looked_s;
                self.shown_j += self.shown_w * self.period_s;
            }
        }
    }
}

impl Source for SimulatedSensor {
    fn description(&self) -> &Description {
        &self.description
    }

    fn read(&mut self, now: Timestamp) -> Result<u64, Fault> {
        self.advance(now.seconds());
        match self.description.kind {
            SourceKind::Counter => {
                let raw = (self.shown_j * 1e6) as u64;
                Ok(self.description.wrap_range.map_or(raw, |range| raw % range))
            }
            SourceKind::Power => Ok((self.shown_w * 1e6) as u64),
        }
    }
}
