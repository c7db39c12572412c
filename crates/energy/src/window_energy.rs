//! The energies of one window. Comes in: the sums of device and host, and each source's part. Goes out: what a row needs.

use crate::EnergyReading;
use crate::sum::{Part, Sum};
use crate::verdict::{disagreements, imprecise, parts_over_wholes};
use serde::Serialize;

/// The energies of one window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowEnergy {
    /// Of the domain that executes the kernel.
    pub device: EnergyReading,
    /// Of the CPU packages beside a discrete GPU.
    pub host: EnergyReading,
    /// Why the row should be looked at twice: sources that disagree, powers that cannot be, a wide interval.
    pub suspect: Option<String>,
    /// Why the window's time is not its own: the process or the machine stood still in it. Measure it again.
    pub interrupted: Option<String>,
}

impl WindowEnergy {
    /// The two sums of a window, and every reason to look at it twice.
    pub(crate) fn of(device: Sum, host: Sum, parts: &[Part], interrupted: Option<String>) -> Self {
        let mut suspicions = disagreements(&device.reading, parts);
        suspicions.extend(parts_over_wholes(parts));
        suspicions.extend([&device.reading, &host.reading].into_iter().filter_map(imprecise));
        suspicions.extend(device.suspicions.into_iter().chain(host.suspicions));
        Self {
            device: device.reading,
            host: host.reading,
            suspect: (!suspicions.is_empty()).then(|| suspicions.join("; ")),
            interrupted,
        }
    }
}
