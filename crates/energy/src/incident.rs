//! An incident: a stretch of time in which a sensor's energy is unknown. In: what the timeline noticed. Goes
//! out: the reason in the row of every window that touches it.

use joulemark_base::tick::Flag;
use joulemark_base::timestamp::Timestamp;

/// A stretch of time that spoils every window it touches.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Incident {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) flag: Flag,
    pub(crate) text: String,
}

impl Incident {
    pub(crate) fn touches(&self, start: Timestamp, end: Timestamp) -> bool {
        self.from < end && start < self.to
    }
}
