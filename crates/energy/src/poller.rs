//! One sensor being followed. Comes in: a source and moments to look at it. Goes out: its timeline, shared with
//! whoever asks for windows. The sampler drives it by the clock, a test by hand.

use crate::Source;
use crate::schedule::Schedule;
use crate::timeline::Timeline;
use joulemark_base::timestamp::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A timeline that the sampler writes and windows read.
#[derive(Debug, Clone)]
pub(crate) struct SharedTimeline(Arc<Mutex<Timeline>>);

impl SharedTimeline {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Timeline> {
        // A timeline is only ever appended to; after a panic elsewhere what stands in it is still true.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A source, its timeline and its reading plan.
pub(crate) struct Poller {
    source: Box<dyn Source>,
    timeline: SharedTimeline,
    schedule: Schedule,
    due: Timestamp,
}

impl Poller {
    pub(crate) fn new(source: Box<dyn Source>, schedule: Schedule) -> Self {
        let timeline = Timeline::new(source.description().clone());
        let timeline = SharedTimeline(Arc::new(Mutex::new(timeline)));
        Self {
            source,
            timeline,
            schedule,
            due: Timestamp::default(),
        }
    }

    pub(crate) fn timeline(&self) -> SharedTimeline {
        self.timeline.clone()
    }

    /// When the source should be read next.
    pub(crate) fn due(&self) -> Timestamp {
        self.due
    }

    /// Seconds from one caught tick to the next.
    pub(crate) fn step_s(&self) -> f64 {
        self.schedule.step_s()
    }

    /// Reads the source once. `now` is asked before and after.
    pub(crate) fn poll(&mut self, now: impl Fn() -> Timestamp) {
        let before = now();
        let reading = self.source.read(before);
        let after = now();
        let observed = self.timeline.lock().observe(before, after, reading);
        self.due = self.schedule.next(after, observed);
    }
}
