//! What a sensor's joules are added to. In: the sensor's domain and the device. Out: the column that they reach.

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

crate::words! { Role, "role" {
    Device => "device",
    Host => "host",
    CrossCheck => "cross-check",
    Listed => "listed only",
} }
