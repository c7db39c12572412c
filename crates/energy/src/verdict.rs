//! Whether what a window's sources tell fits together. In: each source's energy. Out: a sentence with both
//! values where twins are more than 5% apart, a part draws more than its whole, or the interval is wide.

use crate::reading::EnergyReading;
use crate::sum::Part;
use joulemark_base::role::Role;
use joulemark_base::si::percent;

/// Relative difference above which a row is suspect.
const LARGEST_DISAGREEMENT: f64 = 0.05;
/// Half of the 95% interval above this share of the energy makes the row suspect.
const WIDEST_INTERVAL: f64 = 0.05;
/// A part may draw so much more than its whole: they are not read at the same moments.
const PART_SLACK: f64 = 0.02;

/// A sentence for each cross-check that contradicts the device energy.
pub(crate) fn disagreements(device: &EnergyReading, parts: &[Part]) -> Vec<String> {
    let Some(energy_j) = device.energy_j else {
        return Vec::new();
    };
    let checks = parts.iter().filter(|part| part.description.role == Role::CrossCheck);
    let contradictions = checks.filter_map(|part| {
        let check_j = part.measured.as_ref().ok()?.energy_j;
        let difference = (check_j - energy_j) / energy_j;
        (difference.abs() > LARGEST_DISAGREEMENT).then(|| {
            format!(
                "{} says {energy_j:.3} J and {} says {check_j:.3} J, {:+.1}% apart",
                device.source,
                part.description.id,
                100.0 * difference
            )
        })
    });
    contradictions.collect()
}

/// A sentence for each source whose parts draw more than it does: one of them is wrong, and nobody knows which.
pub(crate) fn parts_over_wholes(parts: &[Part]) -> Vec<String> {
    let over = parts.iter().filter_map(|whole| {
        let measured = whole.measured.as_ref().ok()?;
        let (mut ids, mut energy_j, mut u_j) = (Vec::new(), 0.0, 0.0);
        for part in parts
            .iter()
            .filter(|part| part.description.part_of.as_ref() == Some(&whole.description.id))
        {
            let Ok(measured) = &part.measured else { continue };
            ids.push(part.description.id.as_str());
            energy_j += measured.energy_j;
            u_j += measured.error.expanded();
        }
        let most_j = (1.0 + PART_SLACK) * measured.energy_j + measured.error.expanded() + u_j;
        (energy_j > most_j).then(|| {
            format!(
                "{} says {energy_j:.3} J, more than the {:.3} J of {}, of which it is a part",
                ids.join("+"),
                measured.energy_j,
                whole.description.id
            )
        })
    });
    over.collect()
}

/// A sentence if the interval is too wide to be of use.
pub(crate) fn imprecise(reading: &EnergyReading) -> Option<String> {
    let share = reading.u_j? / reading.energy_j?.abs();
    (share.is_nan() || share > WIDEST_INTERVAL).then(|| {
        format!(
            "{}: the 95% interval is ±{} of the energy; use a longer window",
            reading.source,
            percent(share)
        )
    })
}
