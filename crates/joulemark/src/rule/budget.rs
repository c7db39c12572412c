//! Stop when the time is over.

use std::time::Instant;

use super::Rule;
use crate::seen::Seen;

/// Windows until this moment, and at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// When the time of this visit is over.
    pub until: Instant,
    /// Windows that fit.
    pub most: u32,
}

impl Rule for Budget {
    fn another(&self, seen: &Seen) -> bool {
        seen.windows() == 0 || (seen.windows() < self.most && Instant::now() < self.until)
    }

    fn windows(&self) -> [u32; 2] {
        [1, self.most]
    }
}
