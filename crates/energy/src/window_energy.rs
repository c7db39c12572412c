//! The energies of one window. In: the sums of device and host, and each source's part. Out: what a row needs.

use crate::reading::EnergyReading;
use crate::sum::{Part, Sum};
use crate::verdict::{disagreements, imprecise, parts_over_wholes};
use joulemark_base::role::Role;
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
        let (mut reading, host_reading) = (device.reading, host.reading);
        let mut suspicions = disagreements(&reading, parts);
        suspicions.extend(parts_over_wholes(parts));
        suspicions.extend([&reading, &host_reading].into_iter().filter_map(imprecise));
        suspicions.extend(device.suspicions.into_iter().chain(host.suspicions));
        if reading.energy_j.is_some() {
            let known = Some(reading.reason).filter(|reason| !reason.is_empty());
            reading.reason = known
                .into_iter()
                .chain(dead_witnesses(parts))
                .collect::<Vec<_>>()
                .join("; ");
        }
        Self {
            device: reading,
            host: host_reading,
            suspect: (!suspicions.is_empty()).then(|| suspicions.join("; ")),
            interrupted,
        }
    }
}

/// Cross-checks that are known to be dead, where the counter lives.
fn dead_witnesses(parts: &[Part]) -> impl Iterator<Item = String> {
    let checks = parts.iter().filter(|part| part.description.role == Role::CrossCheck);
    checks.filter_map(|part| {
        let unknown = part.measured.as_ref().err().filter(|unknown| unknown.flag.is_some())?;
        Some(format!("{}: {unknown}", part.description.id))
    })
}
