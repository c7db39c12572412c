//! What every sensor of energy has in common. Comes in: a moment. Goes out: one raw integer or a fault, and a
//! description of what the integer means.

use joulemark_base::domain::Domain;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_base::source_kind::SourceKind;
use joulemark_base::timestamp::Timestamp;
use joulemark_base::unit::Unit;
use serde::Serialize;

/// One sensor. `read` is called from the sampler's thread and must return within milliseconds.
pub trait Source: Send {
    /// What the sensor is; does not change while it lives.
    fn description(&self) -> &Description;

    /// The raw reading, in the unit of the description. `now` serves the sensors without hardware; the others ignore it.
    ///
    /// # Errors
    /// [`Fault`], when there is no reading. A fault is never a zero.
    fn read(&mut self, now: Timestamp) -> Result<u64, Fault>;
}

/// Why a sensor gave no reading.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// This reading failed; the next may succeed.
    #[error("{0}")]
    Read(String),
    /// The sensor is no longer there.
    #[error("{0}")]
    Vanished(String),
}

/// Everything that is known of a sensor; stands in the manifest and in `joulemark doctor`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// Unique in a meter, for instance `rapl:package-0`; the column `source` of `ticks.csv`.
    pub id: String,
    /// What a person calls it.
    pub name: String,
    /// What it sees.
    pub domain: Domain,
    /// The unit of its raw readings.
    pub unit: Unit,
    /// Counter or power.
    pub kind: SourceKind,
    /// Seconds between two updates of the reading.
    pub update_period_s: f64,
    /// Whether the period was measured here, not taken from its documentation.
    pub period_measured: bool,
    /// A counter starts again at zero after this raw value.
    pub wrap_range: Option<u64>,
    /// The PCI address of its device.
    pub pci_address: Option<String>,
    /// The quality of its joules.
    pub quality: Quality,
    /// What its joules are added to.
    pub role: Role,
    /// The share of time that the sensor looks at: 0.25 for one that averages 25 ms of every 100 ms.
    pub duty: f64,
    /// Seconds by which the reading may trail the truth (an averaging interval, for instance).
    pub lag_s: f64,
    /// The power limit of its domain in watts; 1.5 times as much is not believed.
    pub power_limit_w: Option<f64>,
    /// What a person should know beside this.
    pub note: String,
}

impl Description {
    /// The shortest time in seconds in which the counter can wrap; infinite if it never does.
    pub(crate) fn wraps_after_s(&self) -> f64 {
        self.wrap_range.map_or(f64::INFINITY, |range| {
            self.unit.to_base(range) / self.implausible_above_w()
        })
    }

    /// The power in watts above which a reading is not believed: 1.5 times the limit, or what no such domain draws.
    #[must_use]
    pub fn implausible_above_w(&self) -> f64 {
        match (self.power_limit_w, self.domain) {
            (Some(limit_w), _) => 1.5 * limit_w,
            (None, Domain::Board | Domain::Chip | Domain::Platform) => 3_000.0,
            (None, _) => 1_500.0,
        }
    }
}
