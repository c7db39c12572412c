//! The only place where raw sensor values become joules or watts. In: the integer that the sensor shows.
//! Out: nanojoules or nanowatts, still as integers.

use serde::{Deserialize, Serialize};

/// The unit of a raw reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// 10⁻⁶ J: powercap's `energy_uj`, hwmon's `energy*_input`.
    #[serde(rename = "uJ")]
    Microjoule,
    /// 10⁻³ J: NVML's total energy.
    #[serde(rename = "mJ")]
    Millijoule,
    /// 2⁻³² J: the kernel's RAPL perf events.
    #[serde(rename = "2^-32 J")]
    PerfJoule,
    /// 10⁻⁶ W: hwmon's `power*_input`.
    #[serde(rename = "uW")]
    Microwatt,
    /// 10⁻³ W: NVML's power.
    #[serde(rename = "mW")]
    Milliwatt,
}

crate::words! { Unit, "unit" {
    Microjoule => "uJ",
    Millijoule => "mJ",
    PerfJoule => "2^-32 J",
    Microwatt => "uW",
    Milliwatt => "mW",
} }

impl Unit {
    /// Whether the reading is energy that accumulates, not power.
    #[must_use]
    pub fn is_energy(self) -> bool {
        matches!(self, Self::Microjoule | Self::Millijoule | Self::PerfJoule)
    }

    /// The reading in nanojoules (energy) or nanowatts (power), rounded down.
    #[must_use]
    pub fn to_nano(self, raw: u64) -> u128 {
        let raw = u128::from(raw);
        match self {
            Self::Microjoule | Self::Microwatt => raw * 1_000,
            Self::Millijoule | Self::Milliwatt => raw * 1_000_000,
            Self::PerfJoule => (raw * 1_000_000_000) >> 32,
        }
    }

    /// The reading in joules or watts, for people and for thresholds; sums are made of [`Unit::to_nano`].
    #[must_use]
    pub fn to_base(self, raw: u64) -> f64 {
        nano_to_base(self.to_nano(raw))
    }

    /// The smallest step that the reading can show, in nanojoules or nanowatts.
    #[must_use]
    pub fn quantum_nano(self) -> f64 {
        match self {
            Self::Microjoule | Self::Microwatt => 1e3,
            Self::Millijoule | Self::Milliwatt => 1e6,
            Self::PerfJoule => 1e9 / 4_294_967_296.0,
        }
    }
}

/// Nanojoules to joules, or nanowatts to watts.
#[must_use]
pub fn nano_to_base(nano: u128) -> f64 {
    nano as f64 * 1e-9
}

/// Nanojoules that `nanowatts` amount to in `nanos` nanoseconds.
#[must_use]
pub fn energy_nj(nanowatts: u128, nanos: u64) -> u128 {
    nanowatts * u128::from(nanos) / 1_000_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_joule_in_every_unit() {
        for (unit, raw) in [
            (Unit::Microjoule, 1_000_000),
            (Unit::Millijoule, 1_000),
            (Unit::PerfJoule, 1 << 32),
        ] {
            assert_eq!(unit.to_nano(raw), 1_000_000_000, "{unit}");
        }
        assert_eq!(Unit::Microwatt.to_nano(60_000_000), Unit::Milliwatt.to_nano(60_000));
    }

    #[test]
    fn no_overflow_at_the_largest_reading() {
        assert_eq!(
            Unit::PerfJoule.to_nano(u64::MAX),
            (u128::from(u64::MAX) * 1_000_000_000) >> 32
        );
        assert!(Unit::Millijoule.to_nano(u64::MAX) > Unit::Microjoule.to_nano(u64::MAX));
    }

    #[test]
    fn watts_for_a_while_are_joules() {
        assert_eq!(
            energy_nj(Unit::Milliwatt.to_nano(250_000), 2_000_000_000),
            500_000_000_000
        );
    }
}
