//! Which rows count, and how far their energy reaches: the one answer for `run`'s line, for `best` and for the study. In: a
//! row's status and quality, its joules and seconds. Out: whether its time counts, and its energy, or why not.

use joulemark_records::{Quality, Row, Status};

/// What became of a row's energy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RowEnergy {
    /// A meter said so: joules of the whole window.
    Measured(f64),
    /// The simulated source said so: it says nothing about a device, and everything made of it is marked.
    Simulated(f64),
    /// It is out of this world: over 10 kW or ten times the power limit, or nothing at all over a second.
    Implausible,
    /// There is none.
    Absent,
}

/// More watts than any one board draws.
const MOST_POWER_W: f64 = 10e3;
/// Nor does a board draw this many times its power limit.
const MOST_OF_LIMIT: f64 = 10.0;
/// Seconds in which no device draws nothing.
const NEVER_NOTHING_S: f64 = 1.0;

impl RowEnergy {
    /// Judges one energy; `quality` is `None` where the table has no such column: then it is taken as measured.
    #[must_use]
    pub fn of(quality: Option<Quality>, energy_j: Option<f64>, wall_s: f64, power_limit_w: Option<f64>) -> Self {
        let Some(energy) = energy_j.filter(|_| quality.is_none_or(|q| q.is_measured() || q == Quality::Simulated)) else {
            return Self::Absent;
        };
        let most = power_limit_w.map_or(MOST_POWER_W, |limit| (MOST_OF_LIMIT * limit).min(MOST_POWER_W));
        let nothing = energy == 0.0 && wall_s >= NEVER_NOTHING_S;
        if nothing || !(0.0..=most * wall_s).contains(&energy) {
            Self::Implausible
        } else if quality == Some(Quality::Simulated) {
            Self::Simulated(energy)
        } else {
            Self::Measured(energy)
        }
    }

    /// The joules, measured or simulated.
    #[must_use]
    pub const fn joules(self) -> Option<f64> {
        match self {
            Self::Measured(energy) | Self::Simulated(energy) => Some(energy),
            Self::Implausible | Self::Absent => None,
        }
    }
}

/// Whether the numbers of a row of this status count; `suspect` ones nowhere do.
#[must_use]
pub fn counts(status: Status) -> bool {
    status == Status::Ok
}

/// The device energy of a row that counts.
#[must_use]
pub fn device_energy(row: &Row) -> RowEnergy {
    match row.wall_s.filter(|_| counts(row.status)) {
        Some(wall_s) if row.device_quality.is_some() => {
            RowEnergy::of(row.device_quality, row.device_energy_j, wall_s, row.power_limit_w)
        }
        _ => RowEnergy::Absent,
    }
}

#[cfg(test)]
mod tests {
    use joulemark_records::Quality::{Counter, Estimated, Invalid, Simulated};

    use super::RowEnergy::{self, Absent, Implausible, Measured};

    #[test]
    fn what_is_out_of_this_world_does_not_count() {
        for (quality, energy, limit, expected) in [
            (Some(Counter), Some(300.0), Some(400.0), Measured(300.0)),
            (Some(Counter), Some(4001.0), Some(400.0), Implausible),
            (Some(Counter), Some(10_001.0), None, Implausible),
            (Some(Counter), Some(1e308), None, Implausible),
            (Some(Counter), Some(0.0), None, Implausible),
            (Some(Counter), Some(-1.0), None, Implausible),
            (Some(Counter), Some(f64::NAN), None, Implausible),
            (Some(Simulated), Some(5.0), None, RowEnergy::Simulated(5.0)),
            (Some(Estimated), Some(5.0), None, Absent),
            (Some(Invalid), Some(5.0), None, Absent),
            (None, Some(5.0), None, Measured(5.0)),
            (Some(Counter), None, None, Absent),
        ] {
            assert_eq!(RowEnergy::of(quality, energy, 1.0, limit), expected, "{quality:?} {energy:?}");
        }
        assert_eq!(RowEnergy::of(Some(Counter), Some(0.0), 0.5, None), Measured(0.0));
    }
}
