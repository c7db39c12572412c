//! When to stop measuring one case. A rule sees how far the windows spread, never what they say: no kernel wins by it.

pub mod budget;
pub mod precision;
pub mod windows;

use crate::seen::Seen;

/// A stopping rule.
pub trait Rule {
    /// Whether the case needs another window in this round.
    fn another(&self, seen: &Seen) -> bool;

    /// Fewest and most windows of a case in a round.
    fn windows(&self) -> [u32; 2];
}
