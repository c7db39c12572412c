//! A window around code that cannot be a closure: it begins with a guard and ends when the guard is dropped. Windows may nest and
//! overlap, in one thread or several.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use joulemark_base::estimate::Estimate;
use joulemark_base::si::{reach, si};
use joulemark_base::timestamp::Timestamp;
use joulemark_energy::{IdlePower, Meter, WindowEnergy};

use crate::bench::Bench;
use crate::idle::Idle;

/// What the guards of one bench share.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    open: AtomicUsize,
    ended: Mutex<Vec<Span>>,
}

/// An open window; it ends when this is dropped, or with [`end`](Self::end).
#[must_use = "the window ends when its guard is dropped"]
pub struct Guard {
    name: String,
    start: Timestamp,
    idle: Option<IdlePower>,
    meter: Arc<Meter>,
    spans: Arc<Spans>,
    ended: bool,
}

/// A window that has ended.
#[derive(Clone, Debug)]
pub struct Span {
    /// Its name.
    pub name: String,
    /// Seconds from its begin to its end.
    pub seconds: f64,
    /// What it took in all.
    pub energy: WindowEnergy,
    /// Idle power of the device, if [`Bench::idle`] was asked before it began.
    pub idle: Option<IdlePower>,
}

impl Bench {
    /// Begins a window around whatever follows. Let the device be idle at both ends: what was queued before the begin, or is
    /// still queued at the end, counts where it runs. The end waits for the sensor's next tick.
    pub fn window(&self, name: &str) -> Guard {
        let (meter, spans) = (self.shared_meter(), self.spans());
        let start = meter.now();
        if spans.open.fetch_add(1, Ordering::SeqCst) == 0
            && let Some(load) = meter.simulated_load()
        {
            load.set_busy(start);
        }
        Guard {
            name: name.into(),
            start,
            idle: self.last_idle().and_then(Idle::device),
            meter,
            spans,
            ended: false,
        }
    }

    /// The windows that guards have ended since the last call, in the order of their ends.
    #[must_use]
    pub fn ended_windows(&self) -> Vec<Span> {
        std::mem::take(&mut *self.spans().ended.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Guard {
    /// Ends the window now, and says what it took.
    pub fn end(mut self) -> Span {
        self.close()
    }

    fn close(&mut self) -> Span {
        self.ended = true;
        let end = self.meter.now();
        if self.spans.open.fetch_sub(1, Ordering::SeqCst) == 1
            && let Some(load) = self.meter.simulated_load()
        {
            load.set_idle(end);
        }
        Span {
            name: self.name.clone(),
            seconds: end.seconds_since(self.start),
            energy: self.meter.measure(self.start, end),
            idle: self.idle,
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.ended {
            let span = self.close();
            let mut ended = self.spans.ended.lock().unwrap_or_else(PoisonError::into_inner);
            ended.push(span);
        }
    }
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
