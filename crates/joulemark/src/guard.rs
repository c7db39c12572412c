//! A window around code that cannot be a closure: it begins with a guard and ends when the guard is dropped. Windows may nest and
//! overlap, in one thread or several.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use joulemark_base::timestamp::Timestamp;
use joulemark_energy::{IdlePower, Meter};

use crate::bench::Bench;
use crate::idle::Idle;
use crate::span::{Span, Spans};

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
