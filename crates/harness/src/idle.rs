//! Idle windows: the device warm, its context open, nothing to do.

use joulemark_base::timestamp::Timestamp;
use joulemark_energy::{EnergyReading, IdlePower, Meter, WindowEnergy};

/// One idle window and the power in it.
#[derive(Clone, Debug)]
pub(crate) struct Idle {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) energy: WindowEnergy,
}

impl Idle {
    /// Sleeps for this long and reads what that cost.
    pub(crate) fn measure(meter: &Meter, seconds: f64) -> Self {
        let start = meter.now();
        std::thread::sleep(std::time::Duration::from_secs_f64(seconds));
        let end = meter.now();
        Self {
            start,
            end,
            energy: meter.measure(start, end),
        }
    }

    pub(crate) fn wall_s(&self) -> f64 {
        self.end.seconds_since(self.start)
    }

    /// Idle power of the device in watts, if it is known.
    pub(crate) fn device_w(&self) -> Option<f64> {
        self.watts(&self.energy.device)
    }

    /// Idle power of the host in watts, if it is known.
    pub(crate) fn host_w(&self) -> Option<f64> {
        self.watts(&self.energy.host)
    }

    /// A sentence if the device's idle power has changed by more than 2% since an earlier idle window.
    pub(crate) fn drift_since(&self, earlier: &Self) -> Option<String> {
        let power = |idle: &Self| IdlePower::of(&idle.energy.device, idle.wall_s());
        IdlePower::drift(power(earlier)?, power(self)?)
    }

    fn watts(&self, reading: &EnergyReading) -> Option<f64> {
        Some(IdlePower::of(reading, self.wall_s())?.power_w)
    }
}
