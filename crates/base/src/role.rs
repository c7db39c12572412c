//! What a sensor's joules are added to. In: the sensor's domain and the device. Out: the column that they reach.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a sensor's joules are added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Device energy: the domain that executes the kernel.
    Device,
    /// Host energy: the CPU packages beside a discrete GPU.
    Host,
    /// Compared with the device energy, never added.
    CrossCheck,
    /// Listed only: part of another domain, or of another device.
    Listed,
}

impl Role {
    /// The words for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Host => "host",
            Self::CrossCheck => "cross-check",
            Self::Listed => "listed only",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
