//! What every sensor of energy has in common. In: a moment. Out: one raw integer or a fault, and a
//! description of what the integer means.

use crate::power_limit::PowerLimit;
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

    /// How many readings the sensor has given so far, where it counts them: then an unchanged reading is known to be new.
    fn updates(&self) -> Option<u64> {
        None
    }

    /// The limits of power in force now, as far as the chip tells them; called about twice a second, and whenever a
    /// reading passes those known so far.
    fn limits(&mut self) -> Vec<PowerLimit> {
        let limit_w = self.description().power_limit_w;
        limit_w
            .map(|limit_w| PowerLimit::in_force(limit_w, "its power limit"))
            .into_iter()
            .collect()
    }
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
    /// What ties it to the device that runs the kernels, such as `PCI address 0000:65:00.0`; `None` where the device is
    /// the machine itself.
    pub tied_by: Option<String>,
    /// The quality of its joules.
    pub quality: Quality,
    /// What its joules are added to.
    pub role: Role,
    /// The id of a source that sees the same by other means, and for which it can stand in.
    pub twin_of: Option<String>,
    /// The id of a source that sees this one's domain and more.
    pub part_of: Option<String>,
    /// The share of time that the sensor looks at: 0.25 for one that averages 25 ms of every 100 ms.
    pub duty: f64,
    /// Seconds by which the reading may trail the truth (an averaging interval, for instance).
    pub lag_s: f64,
    /// The power limit of its domain in watts when the meter opened; see [`crate::PowerLimit`].
    pub power_limit_w: Option<f64>,
    /// Watts that no domain of this kind exceeds, where the chip tells no limit.
    pub most_w: f64,
    /// Watts below which no powered domain of this kind falls; 0 where nothing is known.
    pub least_w: f64,
    /// What a person should know beside this.
    pub note: String,
}

impl Description {
    /// A source of this domain whose other facts are the usual ones: a counter where the unit is one of energy, else power
    /// to be integrated; it looks all the time, does not lag, never wraps, and updates every 0.1 s.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>, domain: Domain, unit: Unit, role: Role) -> Self {
        let (kind, quality) = if unit.is_energy() {
            (SourceKind::Counter, Quality::Counter)
        } else {
            (SourceKind::Power, Quality::Integrated)
        };
        let (least_w, most_w) = match domain {
            Domain::Board => (1.0, 3_000.0),
            Domain::Chip => (0.1, 3_000.0),
            Domain::Package => (0.1, 1_500.0),
            Domain::Platform => (0.0, 20_000.0),
            Domain::Cores | Domain::Uncore | Domain::Dram => (0.0, 1_500.0),
        };
        Self {
            id: id.into(),
            name: name.into(),
            domain,
            unit,
            kind,
            update_period_s: 0.1,
            period_measured: false,
            wrap_range: None,
            pci_address: None,
            tied_by: None,
            quality,
            role,
            twin_of: None,
            part_of: None,
            duty: 1.0,
            lag_s: 0.0,
            power_limit_w: None,
            most_w,
            least_w,
            note: String::new(),
        }
    }

    /// Whether it sees the same as the source with this id by other means, or at least the chip of that card.
    pub(crate) fn can_stand_in_for(&self, id: &str) -> bool {
        let chip_of = self.part_of.as_deref().filter(|_| self.domain == Domain::Chip);
        self.twin_of.as_deref() == Some(id) || chip_of == Some(id)
    }

    /// The shortest time in seconds in which the counter can wrap; infinite if it never does.
    pub(crate) fn wraps_after_s(&self) -> f64 {
        self.wrap_range.map_or(f64::INFINITY, |range| {
            self.unit.to_base(range) / self.power_limit_w.map_or(self.most_w, |limit_w| 1.5 * limit_w)
        })
    }
}
