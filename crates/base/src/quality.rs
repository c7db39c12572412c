//! How an energy value came about. In: what a source is. Out: the word in `device_quality` and `host_quality`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How an energy value came about, so that no two kinds are ever mixed in one fit. From the strongest to the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// The difference of a hardware energy counter.
    Counter,
    /// Measured power, integrated over time.
    Integrated,
    /// Measured by a meter outside the machine, as a table says.
    External,
    /// Made up by the simulated source, or read back from a recording of it.
    Simulated,
    /// CPU seconds times watts per core: a model, not a measurement.
    Estimated,
    /// There is no sensor, or it may not be read; `reason` says why.
    Unavailable,
    /// There is a sensor, but what it said cannot be trusted; `reason` says why.
    Invalid,
}

impl Quality {
    /// All of them, from the strongest to the weakest.
    pub const ALL: [Self; 7] = [
        Self::Counter,
        Self::Integrated,
        Self::External,
        Self::Simulated,
        Self::Estimated,
        Self::Unavailable,
        Self::Invalid,
    ];

    /// Whether a finding may rest on such a value.
    #[must_use]
    pub const fn is_measured(self) -> bool {
        matches!(self, Self::Counter | Self::Integrated | Self::External)
    }

    /// The word as it stands in the CSV.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Integrated => "integrated",
            Self::External => "external",
            Self::Simulated => "simulated",
            Self::Estimated => "estimated",
            Self::Unavailable => "unavailable",
            Self::Invalid => "invalid",
        }
    }

    /// The quality that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quality| quality.as_str() == word)
    }

    /// The weaker of two qualities: the quality of a sum over several sources.
    #[must_use]
    pub fn weaker(self, other: Self) -> Self {
        self.max(other)
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Quality;

    #[test]
    fn each_has_one_word_everywhere() {
        for quality in Quality::ALL {
            assert_eq!(serde_json::to_value(quality).unwrap(), quality.as_str());
            assert_eq!(Quality::from_word(quality.as_str()), Some(quality));
        }
    }

    #[test]
    fn a_sum_is_as_weak_as_its_weakest_part() {
        assert_eq!(Quality::Counter.weaker(Quality::Invalid), Quality::Invalid);
        assert_eq!(Quality::Simulated.weaker(Quality::Integrated), Quality::Simulated);
    }
}
