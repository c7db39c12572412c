//! Which rows count, and how far their energy reaches: the one answer for `run`'s line, for `best` and for the study. In: a
//! row's status, energy and quality. Out: whether its numbers count, and its joules, measured or simulated.

use joulemark_base::quality::Quality;
use joulemark_records::{Row, Status};

/// What a row's energy is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RowEnergy {
    /// A meter said so: joules of the whole window.
    Measured(f64),
    /// The simulated source said so: it says nothing about a device, and everything made of it is marked.
    Simulated(f64),
    /// There is none that counts.
    Absent,
}

impl RowEnergy {
    /// Judges one energy; `quality` is `None` where the table has no such column: then it is taken as measured.
    #[must_use]
    pub fn of(quality: Option<Quality>, energy_j: Option<f64>) -> Self {
        match (energy_j, quality) {
            (Some(energy), Some(Quality::Simulated)) => Self::Simulated(energy),
            (Some(energy), None) => Self::Measured(energy),
            (Some(energy), Some(quality)) if quality.is_measured() => Self::Measured(energy),
            _ => Self::Absent,
        }
    }

    /// The joules, measured or simulated.
    #[must_use]
    pub const fn joules(self) -> Option<f64> {
        match self {
            Self::Measured(energy) | Self::Simulated(energy) => Some(energy),
            Self::Absent => None,
        }
    }
}

/// Whether the numbers of a row of this status count; those of `suspect` ones nowhere do. Without an expectation a kernel of
/// the user's own is timed all the same; the census tells how many.
#[must_use]
pub fn counts(status: Status) -> bool {
    matches!(status, Status::Ok | Status::Unverified)
}

/// The device energy of one of our own rows.
#[must_use]
pub fn device_energy(row: &Row) -> RowEnergy {
    match row.device.quality {
        Some(quality) if counts(row.status) => RowEnergy::of(Some(quality), row.device.energy_j),
        _ => RowEnergy::Absent,
    }
}

#[cfg(test)]
mod tests {
    use joulemark_base::quality::Quality::{Counter, Estimated, External, Invalid, Simulated};

    use super::RowEnergy::{self, Absent, Measured};

    #[test]
    fn only_meters_and_the_simulated_source_have_a_say() {
        for (quality, energy, expected) in [
            (Some(Counter), Some(5.0), Measured(5.0)),
            (Some(External), Some(5.0), Measured(5.0)),
            (Some(Simulated), Some(5.0), RowEnergy::Simulated(5.0)),
            (Some(Estimated), Some(5.0), Absent),
            (Some(Invalid), Some(5.0), Absent),
            (None, Some(5.0), Measured(5.0)),
            (Some(Counter), None, Absent),
        ] {
            assert_eq!(RowEnergy::of(quality, energy), expected, "{quality:?} {energy:?}");
        }
    }
}
