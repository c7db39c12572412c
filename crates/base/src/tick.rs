//! Ticks: the moments at which a sensor's reading changed, and what was noticed there. In: readings. Out:
//! the rows of `ticks.csv`.

use serde::{Deserialize, Serialize};

use crate::timestamp::Timestamp;
use crate::unit::Unit;

/// What was noticed at a tick. Each is told apart, because each spoils a window in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Nothing.
    Ok,
    /// The first reading: nothing before it is known.
    Start,
    /// The counter passed its largest value once; its energy is known.
    Wrap,
    /// The counter started again at zero; energy is lost.
    Reset,
    /// The counter fell in a way that is neither a wrap nor a reset.
    NegativeStep,
    /// The step would need more power than the domain can draw.
    Implausible,
    /// The counter stood still for far longer than its period.
    Stall,
    /// Nobody read the sensor for so long that energy or a whole wrap may be lost.
    Gap,
    /// A reading failed.
    ReadError,
    /// The sensor is gone.
    Vanished,
}

crate::words! { Flag, "flag" {
    Ok => "ok",
    Start => "start",
    Wrap => "wrap",
    Reset => "reset",
    NegativeStep => "negative_step",
    Implausible => "implausible",
    Stall => "stall",
    Gap => "gap",
    ReadError => "read_error",
    Vanished => "vanished",
} }

impl Flag {
    /// Whether energy across this moment is unknown.
    #[must_use]
    pub fn spoils(self) -> bool {
        !matches!(self, Self::Ok | Self::Start | Self::Wrap | Self::ReadError)
    }
}

/// One row of `ticks.csv`: enough to derive every energy again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The source's id.
    pub source: String,
    /// The reading changed after this moment (the start of the last reading that showed the old value) …
    pub after_ns: Timestamp,
    /// … and before this one (the end of the first reading that showed the new value).
    pub time_ns: Timestamp,
    /// The raw reading; empty for a reading that failed.
    pub raw: Option<u64>,
    /// The unit of the raw reading.
    pub unit: Unit,
    /// The raw value after which the counter starts again at zero; empty if there is none.
    pub range: Option<u64>,
    /// What was noticed.
    pub flag: Flag,
}
