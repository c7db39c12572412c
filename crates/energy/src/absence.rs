//! Why there is no sensor. In: what was found on the machine. Out: a reason in one sentence and the
//! exact thing that mends it.

use serde::Serialize;
use std::fmt;

/// What is lacking. Each is mended in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// It is not there.
    Missing,
    /// It is there, and this user may not read it.
    Forbidden,
    /// It is there, and this device or driver cannot tell.
    Unsupported,
    /// It may tell later: it is busy, asleep or not ready.
    NotYet,
    /// It is there and does not work, or what it says cannot be used.
    Broken,
    /// It was not asked for.
    Unwanted,
}

/// A source of energy that cannot be used here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Absence {
    /// Which kind of lack it is.
    pub lack: Lack,
    /// The source or the zone, for instance `rapl` or `rapl:package-0`.
    pub source: String,
    /// Why, as one sentence.
    pub reason: String,
    /// What to do about it, as one sentence or command line.
    pub fix: String,
}

impl Absence {
    pub(crate) fn new(
        lack: Lack,
        source: impl Into<String>,
        reason: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            lack,
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
