//! What a sensor sees. In: what its files or its library say. Out: which sensors are parts of which.

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

crate::words! { Domain, "domain" {
    Package => "package",
    Cores => "cores",
    Uncore => "uncore",
    Dram => "dram",
    Platform => "platform",
    Board => "board",
    Chip => "chip",
} }
