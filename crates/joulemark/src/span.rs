//! A window that a guard has ended. In: its begin and end, the meter's answer. Out: joules with their interval, a line for people.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use joulemark_base::estimate::Estimate;
use joulemark_base::si::{reach, si};
use joulemark_energy::{IdlePower, WindowEnergy};

/// A window that has ended.
#[derive(Clone, Debug)]
pub struct Span {
    /// Its name.
    pub name: String,
    /// Seconds from its begin to its end.
    pub seconds: f64,
    /// What it took in all.
    pub energy: WindowEnergy,
    /// Idle power of the device, if [`Bench::idle`](crate::Bench::idle) was asked before it began.
    pub idle: Option<IdlePower>,
}

/// What the guards of one bench share.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    pub(crate) open: AtomicUsize,
    pub(crate) ended: Mutex<Vec<Span>>,
}

impl Span {
    /// Gross joules of the device; `None` where they are not known, and the energy's reason says why.
    #[must_use]
    pub fn joules(&self) -> Option<Estimate> {
        let (value, u_j) = (self.energy.device.energy_j?, self.energy.device.u_j?);
        Some(Estimate {
            value,
            ci95: Some([value - u_j, value + u_j]),
        })
    }

    /// Joules of the device above idling; `None` where either is not known.
    #[must_use]
    pub fn active_joules(&self) -> Option<Estimate> {
        let active = self.idle?.active(&self.energy.device, self.seconds)?;
        Some(Estimate {
            value: active.energy_j,
            ci95: Some([active.energy_j - active.u_j, active.energy_j + active.u_j]),
        })
    }
}

impl fmt::Display for Span {
    /// `epoch: 12.3 s, 1.15 kJ ±0.4% gross, 93.0 W, counter`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, si(self.seconds, "s"))?;
        let Some(joules) = self.joules() else {
            return write!(f, ", joules not measured: {}", self.energy.device.reason);
        };
        write!(f, ", {} {} gross", si(joules.value, "J"), reach(&joules))?;
        if let Some(active) = self.active_joules() {
            write!(f, ", {} {} active", si(active.value, "J"), reach(&active))?;
        }
        write!(
            f,
            ", {}, {}",
            si(joules.value / self.seconds, "W"),
            self.energy.device.quality
        )
    }
}
