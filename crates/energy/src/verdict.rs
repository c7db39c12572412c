//! Whether two sensors of one device agree. Comes in: the device energy and its cross-checks. Goes out: a sentence with
//! both values if they are more than 5% apart.

use crate::window::{Measured, Unknown};
use crate::{Description, EnergyReading};

/// Relative difference above which a row is suspect.
const LARGEST_DISAGREEMENT: f64 = 0.05;

/// The sentences for each cross-check that contradicts the device energy.
pub(crate) fn disagreement(
    device: &EnergyReading,
    checks: &[(Description, Result<Measured, Unknown>)],
) -> Option<String> {
    let energy_j = device.energy_j?;
    let contradictions = checks.iter().filter_map(|(description, check)| {
        let check_j = check.as_ref().ok()?.energy_j;
        let difference = (check_j - energy_j) / energy_j;
        (difference.abs() > LARGEST_DISAGREEMENT).then(|| {
            format!(
                "{} says {energy_j:.3} J and {} says {check_j:.3} J, {:+.1}% apart",
                device.source,
                description.id,
                100.0 * difference
            )
        })
    });
    let text = contradictions.collect::<Vec<_>>().join("; ");
    (!text.is_empty()).then_some(text)
}
