//! How an energy value came about. In: what a source is. Out: the word in `device_quality` and `host_quality`.

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

crate::words! { Quality, "quality" {
    Counter => "counter",
    Integrated => "integrated",
    External => "external",
    Simulated => "simulated",
    Estimated => "estimated",
    Unavailable => "unavailable",
    Invalid => "invalid",
} }

impl Quality {
    /// Whether a finding may rest on such a value.
    #[must_use]
    pub const fn is_measured(self) -> bool {
        matches!(self, Self::Counter | Self::Integrated | Self::External)
    }

    /// The weaker of two qualities: the quality of a sum over several sources.
    #[must_use]
    pub fn weaker(self, other: Self) -> Self {
        self.max(other)
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
