//! Idle power and active energy. In: the energy of windows in which nothing ran, before and after a round. Goes
//! out: idle watts with their uncertainty and drift, and the active energy of a window, which may be negative.

use crate::reading::EnergyReading;
use serde::Serialize;

/// Relative change of the idle power between two idle windows above which a round is flagged.
const LARGEST_DRIFT: f64 = 0.02;

/// The power of a device on which nothing runs, with the context open.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct IdlePower {
    /// Watts.
    pub power_w: f64,
    /// Half the width of its 95% interval in watts.
    pub u_w: f64,
}

/// The energy of a window beyond idling.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ActiveEnergy {
    /// Gross energy minus idle power times duration, in joules; negative if the window took less than idling.
    pub energy_j: f64,
    /// Half the width of its 95% interval in joules.
    pub u_j: f64,
}

impl IdlePower {
    /// The mean power of an idle window that lasted `duration_s`; `None` where its energy is unknown.
    #[must_use]
    pub fn of(reading: &EnergyReading, duration_s: f64) -> Option<Self> {
        let (energy_j, u_j) = (reading.energy_j?, reading.u_j?);
        (duration_s > 0.0).then(|| Self {
            power_w: energy_j / duration_s,
            u_w: u_j / duration_s,
        })
    }

    /// The idle power between two idle windows: their mean. Its uncertainty adds to theirs the drift from one to the
    /// other, taken as a rectangle between the two: U² = (U₁² + U₂²)/4 + (0.95·|P₂ − P₁|/2)².
    #[must_use]
    pub fn between(before: Self, after: Self) -> Self {
        let drift_w = 0.95 * 0.5 * (after.power_w - before.power_w);
        let own_w2 = 0.25 * (before.u_w.powi(2) + after.u_w.powi(2));
        Self {
            power_w: 0.5 * (before.power_w + after.power_w),
            u_w: (own_w2 + drift_w.powi(2)).sqrt(),
        }
    }

    /// A sentence if the idle power changed by more than 2% from one idle window to the next.
    #[must_use]
    pub fn drift(before: Self, after: Self) -> Option<String> {
        let drift = (after.power_w - before.power_w) / before.power_w;
        (drift.abs() > LARGEST_DRIFT).then(|| {
            format!(
                "idle power drifted by {:+.1}% during the round, from {:.2} W to {:.2} W",
                100.0 * drift,
                before.power_w,
                after.power_w
            )
        })
    }

    /// The active energy of a window: E − P·t with U² = U_E² + (U_P·t)². Never clamped.
    #[must_use]
    pub fn active(self, gross: &EnergyReading, duration_s: f64) -> Option<ActiveEnergy> {
        let (energy_j, u_j) = (gross.energy_j?, gross.u_j?);
        let idle_u_j = self.u_w * duration_s;
        Some(ActiveEnergy {
            energy_j: energy_j - self.power_w * duration_s,
            u_j: u_j.hypot(idle_u_j),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use joulemark_base::quality::Quality;

    fn reading(energy_j: f64, u_j: f64) -> EnergyReading {
        EnergyReading {
            energy_j: Some(energy_j),
            u_j: Some(u_j),
            source: "test".into(),
            quality: Quality::Counter,
            reason: String::new(),
        }
    }

    #[test]
    fn active_energy_may_be_negative() {
        let idle = IdlePower {
            power_w: 50.0,
            u_w: 0.5,
        };
        let active = idle.active(&reading(95.0, 1.0), 2.0).expect("both are known");
        assert!((active.energy_j + 5.0).abs() < 1e-12);
        assert!((active.u_j - 2.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn unknown_stays_unknown() {
        let idle = IdlePower {
            power_w: 50.0,
            u_w: 0.5,
        };
        assert_eq!(idle.active(&EnergyReading::unavailable("none"), 2.0), None);
        assert_eq!(IdlePower::of(&EnergyReading::unavailable("none"), 2.0), None);
    }

    #[test]
    fn drift_widens_the_interval_and_is_flagged_above_two_percent() {
        let before = IdlePower::of(&reading(100.0, 0.1), 2.0).expect("known");
        let steady = IdlePower {
            power_w: 50.9,
            u_w: 0.05,
        };
        let drifted = IdlePower {
            power_w: 51.2,
            u_w: 0.05,
        };
        assert_eq!(IdlePower::drift(before, steady), None);
        assert!(IdlePower::drift(before, drifted).is_some_and(|text| text.contains("+2.4%")));
        assert!(IdlePower::between(before, drifted).u_w > IdlePower::between(before, before).u_w);
    }
}
