//! How an energy value came to be: the word in `device_quality` and `host_quality`.

use serde::{Deserialize, Serialize};

/// How an energy value came to be. Only `counter` and `integrated` are measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// The difference of a hardware energy counter.
    Counter,
    /// Measured power, integrated over time.
    Integrated,
    /// From the simulated source, which is there for tests and demonstrations.
    Simulated,
    /// Time multiplied by assumed watts. It lives in the `est_*` columns and is never studied.
    Estimated,
    /// No source could be read; `reason` says why.
    Unavailable,
    /// A source was read, but what it said cannot be trusted; `reason` says why.
    Invalid,
}

impl Quality {
    /// All words, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Counter,
        Self::Integrated,
        Self::Simulated,
        Self::Estimated,
        Self::Unavailable,
        Self::Invalid,
    ];

    /// Whether a finding may rest on such a value.
    #[must_use]
    pub const fn is_measured(self) -> bool {
        matches!(self, Self::Counter | Self::Integrated)
    }

    /// The word as it stands in the CSV.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Integrated => "integrated",
            Self::Simulated => "simulated",
            Self::Estimated => "estimated",
            Self::Unavailable => "unavailable",
            Self::Invalid => "invalid",
        }
    }

    /// The quality that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quality| quality.word() == word)
    }
}

impl std::fmt::Display for Quality {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}
