//! What making a device emitted. In: kilograms and years. Out: the part that falls on some seconds of use.

use serde::{Deserialize, Serialize};

/// What making a device emitted, and over how long a life that is spread.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embodied {
    /// Emissions of making it, in kg CO₂e.
    pub kg_co2e: f64,
    /// Years that it is used.
    pub life_years: f64,
}

impl Embodied {
    /// The part that falls on so many seconds of use, in kg CO₂e: the life counts whole, idle hours included.
    #[must_use]
    pub fn of(&self, seconds: f64) -> f64 {
        const SECONDS_PER_YEAR: f64 = 365.25 * 86_400.0;
        self.kg_co2e * seconds / (self.life_years * SECONDS_PER_YEAR)
    }
}
