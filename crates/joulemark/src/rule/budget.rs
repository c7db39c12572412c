//! Stop when the time is over.

use super::Rule;
use super::precision::Precision;
use crate::seen::Seen;

/// As many windows as there is time for; fewer where a precision is asked for too, and reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Windows that there is time for in this round.
    pub most: u32,
    /// The precision that is enough.
    pub precision: Option<Precision>,
}

impl Rule for Budget {
    fn another(&self, seen: &Seen) -> bool {
        seen.windows() < self.most && self.precision.is_none_or(|precision| precision.another(seen))
    }

    fn windows(&self) -> [u32; 2] {
        [self.most.min(1), self.most]
    }
}
