//! The energy of a window as a row tells it. Comes in: what each source measured. Goes out: joules with their
//! uncertainty and quality, or the reason for their absence.

use crate::Description;
use crate::uncertainty::Uncertainty;
use crate::verdict::{disagreements, imprecise, parts_over_wholes};
use crate::window::{Measured, Unknown};
use joulemark_base::domain::Domain;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use serde::Serialize;

/// Energy of one kind (device or host) in one window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EnergyReading {
    /// Joules; `None` where nothing can be known, never 0 for that.
    pub energy_j: Option<f64>,
    /// Half the width of the 95% interval in joules: U = k·u with k by the shape of the error (1.65 to 2.0; see the
    /// README). The sensor's own calibration error is not in it.
    pub u_j: Option<f64>,
    /// The sources that were added up, joined by `+`; empty if there is none.
    pub source: String,
    /// How the value came about.
    pub quality: Quality,
    /// Why there is no value, or what was remarkable about it; empty if nothing was.
    pub reason: String,
}

impl EnergyReading {
    /// No sensor: the reason why.
    #[must_use]
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self {
            energy_j: None,
            u_j: None,
            source: String::new(),
            quality: Quality::Unavailable,
            reason: reason.into(),
        }
    }

    /// A sensor whose value cannot be trusted: the reason why.
    #[must_use]
    pub fn invalid(source: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            quality: Quality::Invalid,
            ..Self::unavailable(reason)
        }
    }
}

/// What one source tells of one window.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) description: Description,
    pub(crate) measured: Result<Measured, Unknown>,
}

/// A sum over sources, and why it should be looked at twice.
#[derive(Debug, Clone)]
pub(crate) struct Sum {
    pub(crate) reading: EnergyReading,
    pub(crate) suspicions: Vec<String>,
}

impl Sum {
    /// The sum over the sources of this role; `None` if there are none. One unknown part makes the sum unknown: half of
    /// a machine's joules are no joules. But where a source is dead and its twin lives, the twin stands in, with its own
    /// quality and a word.
    pub(crate) fn of(parts: &[Part], role: Role) -> Option<Self> {
        let counted: Vec<&Part> = parts.iter().filter(|part| part.description.role == role).collect();
        if counted.is_empty() {
            return None;
        }
        let (mut energy_j, mut error, mut quality) = (0.0, Uncertainty::default(), Quality::Counter);
        let (mut sources, mut remarks, mut suspicions) = (Vec::new(), Vec::new(), Vec::new());
        for part in &counted {
            let id = &part.description.id;
            let (description, measured) = match &part.measured {
                Ok(measured) => (&part.description, measured),
                Err(unknown) => {
                    let reason = format!("{id}: {unknown}");
                    let Some((description, measured)) = stand_in(parts, id) else {
                        let source = counted.iter().map(|part| part.description.id.as_str());
                        return Some(Self {
                            reading: EnergyReading::invalid(source.collect::<Vec<_>>().join("+"), reason),
                            suspicions: Vec::new(),
                        });
                    };
                    remarks.push(format!("{reason}; {} stands in", description.id));
                    if description.domain != part.description.domain {
                        suspicions.push(format!(
                            "{} sees the {} only, a part of the {}",
                            description.id, description.domain, part.description.domain
                        ));
                    }
                    (description, measured)
                }
            };
            energy_j += measured.energy_j;
            error = error.plus(measured.error);
            quality = quality.weaker(description.quality);
            sources.push(description.id.as_str());
            let named = |text: &String| format!("{}: {text}", description.id);
            remarks.extend(measured.remarks.iter().map(named));
            suspicions.extend(measured.suspicions.iter().map(named));
        }
        let reading = EnergyReading {
            energy_j: Some(energy_j),
            u_j: Some(error.expanded()),
            source: sources.join("+"),
            quality,
            reason: remarks.join("; "),
        };
        Some(Self { reading, suspicions })
    }
}

/// The living source that sees the same as this one, or at least the chip of its card.
fn stand_in<'a>(parts: &'a [Part], id: &str) -> Option<(&'a Description, &'a Measured)> {
    let twins = parts
        .iter()
        .filter(|part| part.description.twin_of.as_deref() == Some(id));
    let chips = parts
        .iter()
        .filter(|part| part.description.domain == Domain::Chip && part.description.part_of.as_deref() == Some(id));
    twins
        .chain(chips)
        .find_map(|part| Some((&part.description, part.measured.as_ref().ok()?)))
}

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
