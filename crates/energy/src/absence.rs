//! Why there is no sensor. Comes in: what was found on the machine. Goes out: a reason in one sentence and the
//! exact thing that mends it.

use serde::Serialize;
use std::fmt;

/// A source of energy that cannot be used here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Absence {
    /// The source or the zone, for instance `rapl` or `rapl:package-0`.
    pub source: String,
    /// Why, as one sentence.
    pub reason: String,
    /// What to do about it, as one sentence or command line.
    pub fix: String,
}

impl Absence {
    pub(crate) fn new(source: impl Into<String>, reason: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            reason: reason.into(),
            fix: fix.into(),
        }
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.source, self.reason, self.fix)
    }
}
