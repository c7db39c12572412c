//! What is to be small. In: a word. Out: seconds, joules or their product.

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

crate::words! { Objective, "objective" {
    Time => "time",
    Energy => "energy",
    Edp => "edp",
} }

impl Objective {
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
