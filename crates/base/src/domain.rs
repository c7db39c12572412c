//! What a sensor sees. In: what its files or its library say. Out: which sensors are parts of which.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a sensor sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// A CPU package: cores, caches, memory controller, integrated GPU.
    Package,
    /// The cores of a package; part of the package.
    Cores,
    /// The uncore or integrated GPU of a package; part of the package.
    Uncore,
    /// Memory beside a package; not part of it.
    Dram,
    /// The whole platform (psys); contains the packages.
    Platform,
    /// A GPU board.
    Board,
    /// The GPU chip alone; part of its board.
    Chip,
}

impl Domain {
    /// The word in the manifest.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Cores => "cores",
            Self::Uncore => "uncore",
            Self::Dram => "dram",
            Self::Platform => "platform",
            Self::Board => "board",
            Self::Chip => "chip",
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
