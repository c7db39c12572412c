//! Stop after so many windows.

use super::Rule;
use crate::seen::Seen;

/// As many windows in each round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows(pub u32);

impl Rule for Windows {
    fn another(&self, seen: &Seen) -> bool {
        seen.windows() < self.0
    }

    fn windows(&self) -> [u32; 2] {
        [self.0; 2]
    }
}
