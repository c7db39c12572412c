//! What there is to measure with. In: the sources and absences of a meter. Out: the lists in the manifest
//! and in `joulemark doctor`.

use crate::absence::Absence;
use crate::source::Description;
use serde::Serialize;

/// The sources of a meter, and those that it lacks.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Inventory {
    /// What is read.
    pub sources: Vec<SourceEntry>,
    /// What is not there, each with its reason and the fix.
    pub unavailable: Vec<Absence>,
    /// What was seen and is not read.
    pub unused: Vec<Unused>,
}

/// A sensor that was seen and is not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unused {
    /// Its place.
    pub source: String,
    /// Why it is of no use here, as one sentence.
    pub reason: String,
}

/// A source and how it is read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceEntry {
    /// What it is.
    #[serde(flatten)]
    pub description: Description,
    /// Seconds from one tick that the sampler catches to the next.
    pub tick_s: f64,
    /// Seconds of a core that one reading costs (by the clock where the system does not tell CPU time).
    pub read_cost_s: f64,
    /// Whether it moved while it was watched at opening.
    pub lives: bool,
}

/// What following a source has cost so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReadingCost {
    /// The source's id.
    pub source: String,
    /// Readings so far.
    pub readings: u64,
    /// Seconds that they took, by the clock.
    pub reading_s: f64,
}
