//! What is to be small. In: a word. Out: seconds, joules or their product.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a kernel or a variant is chosen for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Wall time.
    #[default]
    Time,
    /// Gross energy of the device.
    Energy,
    /// Energy times delay.
    Edp,
}

impl Objective {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Time, Self::Energy, Self::Edp];

    /// The word in options and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Energy => "energy",
            Self::Edp => "edp",
        }
    }

    /// In a heading.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Energy => "energy",
            Self::Edp => "energy × delay",
        }
    }

    /// The unit of [`of`](Self::of).
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Time => "s",
            Self::Energy => "J",
            Self::Edp => "J·s",
        }
    }

    /// The value to be small, from seconds and joules per iteration; `None` where it needs joules and there are none.
    #[must_use]
    pub fn of(self, seconds: f64, joules: Option<f64>) -> Option<f64> {
        match self {
            Self::Time => Some(seconds),
            Self::Energy => joules,
            Self::Edp => joules.map(|joules| joules * seconds),
        }
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Objective {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|objective| objective.as_str() == word)
            .ok_or_else(|| "it must be time, energy or edp (energy times delay)".into())
    }
}
