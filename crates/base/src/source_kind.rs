//! What a sensor's readings are. In: the sensor. Out: whether differences or averages count.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a sensor accumulates energy or shows power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Energy since some moment; differences count.
    Counter,
    /// Power at, or averaged up to, the moment of its update.
    Power,
}

impl SourceKind {
    /// The word in the manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Power => "power",
        }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
