//! The energy of a window as a row tells it. Comes in: what each timeline measured. Goes out: joules with their
//! uncertainty and quality, or the reason for their absence.

use crate::Description;
use crate::uncertainty::Error;
use crate::window::{Measured, Unknown};
use joulemark_base::quality::Quality;
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
            energy_j: None,
            u_j: None,
            source: source.into(),
            quality: Quality::Invalid,
            reason: reason.into(),
        }
    }

    /// The sum over sources. One unknown part makes the sum unknown: half of a machine's joules are no joules.
    pub(crate) fn sum(parts: &[(Description, Result<Measured, Unknown>)]) -> Self {
        let source = parts
            .iter()
            .map(|(description, _)| description.id.as_str())
            .collect::<Vec<_>>()
            .join("+");
        let mut energy_j = 0.0;
        let mut error = Error::default();
        let mut quality = Quality::Counter;
        let mut remarks = Vec::new();
        for (description, part) in parts {
            match part {
                Ok(measured) => {
                    energy_j += measured.energy_j;
                    error = error.plus(measured.error);
                    quality = quality.weaker(description.quality);
                    remarks.extend(
                        measured
                            .remarks
                            .iter()
                            .map(|remark| format!("{}: {remark}", description.id)),
                    );
                }
                Err(unknown) => {
                    let flag = unknown.flag.map_or_else(String::new, |flag| format!("{flag}: "));
                    return Self::invalid(source, format!("{}: {flag}{}", description.id, unknown.text));
                }
            }
        }
        let reason = remarks.join("; ");
        Self {
            energy_j: Some(energy_j),
            u_j: Some(error.expanded()),
            source,
            quality,
            reason,
        }
    }
}

/// The energies of one window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowEnergy {
    /// Of the domain that executes the kernel.
    pub device: EnergyReading,
    /// Of the CPU packages beside a discrete GPU.
    pub host: EnergyReading,
    /// Why the row should be looked at twice: sources that disagree, or a window too short for its sensor.
    pub suspect: Option<String>,
}
