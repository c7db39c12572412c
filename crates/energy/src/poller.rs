//! One sensor being followed. In: a source and moments to look at it. Out: its timeline, shared with
//! whoever asks for windows. The sampler drives it by the clock, a test by hand.

use crate::schedule::Schedule;
use crate::source::Source;
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
    updates: Option<u64>,
}

impl Poller {
    pub(crate) fn new(source: Box<dyn Source>, schedule: Schedule) -> Self {
        let mut timeline = Timeline::new(source.description().clone());
        timeline.step_s = schedule.step_s();
        let timeline = SharedTimeline(Arc::new(Mutex::new(timeline)));
        Self {
            source,
            timeline,
            schedule,
            due: Timestamp::default(),
            updates: None,
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
        if self.timeline.lock().wants_limits(after, &reading) {
            let limits = self.source.limits();
            self.timeline.lock().take_limits(after, limits);
        }
        let updates = self.source.updates();
        let mut timeline = self.timeline.lock();
        timeline.is_new = updates.is_some() && updates != self.updates;
        let observed = timeline.observe(before, after, reading);
        drop(timeline);
        self.updates = updates;
        self.due = self.schedule.next(after, observed);
    }
}
