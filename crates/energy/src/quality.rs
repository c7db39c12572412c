//! How an energy value came about. Comes in: what a source is. Goes out: the word that every row carries.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a number of joules comes from, so that no two kinds are ever mixed in one fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// The difference of a hardware energy counter.
    Counter,
    /// Power readings times time.
    Integrated,
    /// Made up by the simulated source or read back from a recording.
    Simulated,
    /// CPU seconds times watts per core: a model, not a measurement.
    Estimated,
    /// There is no sensor, or it may not be read.
    Unavailable,
    /// There is a sensor, but what it said cannot be trusted.
    Invalid,
}

impl Quality {
    /// Whether the study may use the value: only hardware counters and integrated power count as measured.
    #[must_use]
    pub fn is_measured(self) -> bool {
        matches!(self, Self::Counter | Self::Integrated)
    }

    /// The word in the column `device_quality` or `host_quality`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Integrated => "integrated",
            Self::Simulated => "simulated",
            Self::Estimated => "estimated",
            Self::Unavailable => "unavailable",
            Self::Invalid => "invalid",
        }
    }

    /// The weaker of two qualities, for a sum over several sources.
    pub(crate) fn weaker(self, other: Self) -> Self {
        if self.rank() >= other.rank() { self } else { other }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Counter => 0,
            Self::Integrated => 1,
            Self::Simulated => 2,
            Self::Estimated => 3,
            Self::Unavailable => 4,
            Self::Invalid => 5,
        }
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
