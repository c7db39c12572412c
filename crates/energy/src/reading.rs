//! The energy of a window as a row tells it. In: a sum, or a reason. Out: joules with their uncertainty and
//! quality, or the reason for their absence.

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
            source: source.into(),
            quality: Quality::Invalid,
            ..Self::unavailable(reason)
        }
    }
}
