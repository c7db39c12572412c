//! Recorded ticks. Comes in: a `ticks.csv`. Goes out: the energy of any window of that run, derived again by the same
//! arithmetic as then.

use crate::{Description, EnergyReading, Timeline};
use joulemark_base::domain::Domain;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_base::source_kind::SourceKind;
use joulemark_base::tick::Tick;
use joulemark_base::timestamp::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The name that stands in place of a source where a window begins or ends.
const WINDOW: &str = "window";

/// The ticks of one run, by source.
#[derive(Debug, Clone)]
pub struct Recording {
    sources: Vec<(Description, Vec<Tick>)>,
}

/// A recording that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// Not there, or not a table of ticks.
    #[error("`{path}` cannot be read as a table of ticks: {error}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the reader said, with the line.
        error: csv::Error,
    },
    /// A table without rows.
    #[error("`{}` holds no ticks", .0.display())]
    Empty(PathBuf),
}

impl Recording {
    /// Reads a `ticks.csv`.
    ///
    /// # Errors
    /// [`RecordingError`], if the file is missing, empty, or not a table of ticks.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let unreadable = |error| RecordingError::Unreadable {
            path: path.to_owned(),
            error,
        };
        let mut by_source: BTreeMap<String, Vec<Tick>> = BTreeMap::new();
        let mut reader = csv::Reader::from_path(path).map_err(unreadable)?;
        let header = reader.headers().map_err(unreadable)?.clone();
        for record in reader.records() {
            let record = record.map_err(unreadable)?;
            if record.get(0) == Some(WINDOW) {
                continue;
            }
            let tick: Tick = record.deserialize(Some(&header)).map_err(unreadable)?;
            by_source.entry(tick.source.clone()).or_default().push(tick);
        }
        if by_source.is_empty() {
            return Err(RecordingError::Empty(path.to_owned()));
        }
        Ok(Self::of(by_source))
    }

    fn of(by_source: BTreeMap<String, Vec<Tick>>) -> Self {
        let ids: Vec<String> = by_source.keys().cloned().collect();
        let sources = by_source.into_iter().map(|(id, mut ticks)| {
            ticks.sort_by_key(|tick| tick.time_ns);
            (describe(&id, &ticks, &ids), ticks)
        });
        Self {
            sources: sources.collect(),
        }
    }

    /// The ids of the recorded sources.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().map(|(description, _)| description.id.as_str())
    }

    /// The energy that one source saw between two moments of the recorded run.
    #[must_use]
    pub fn energy(&self, id: &str, start: Timestamp, end: Timestamp) -> EnergyReading {
        let Some((description, ticks)) = self.sources.iter().find(|(description, _)| description.id == id) else {
            return EnergyReading::unavailable(format!("no source `{id}` was recorded"));
        };
        let mut timeline = Timeline::new(description.clone());
        for tick in ticks {
            timeline.recall(tick);
        }
        EnergyReading::sum(&[(description.clone(), timeline.energy(start, end))])
    }

    pub(crate) fn first_ns(&self) -> Timestamp {
        self.ticks().map(|tick| tick.time_ns).min().unwrap_or_default()
    }

    pub(crate) fn last_ns(&self) -> Timestamp {
        self.ticks().map(|tick| tick.time_ns).max().unwrap_or_default()
    }

    fn ticks(&self) -> impl Iterator<Item = &Tick> {
        self.sources.iter().flat_map(|(_, ticks)| ticks)
    }

    pub(crate) fn into_sources(self) -> Vec<(Description, Vec<Tick>)> {
        self.sources
    }
}

/// What the ticks themselves tell of their source.
fn describe(id: &str, ticks: &[Tick], ids: &[String]) -> Description {
    let unit = ticks[0].unit;
    let (kind, quality) = if unit.is_energy() {
        (SourceKind::Counter, Quality::Counter)
    } else {
        (SourceKind::Power, Quality::Integrated)
    };
    let made_up = id.starts_with("simulated") || id.starts_with("replay:");
    Description {
        id: id.to_owned(),
        name: format!("recorded {id}"),
        domain: domain(id),
        unit,
        kind,
        update_period_s: usual_step_s(ticks),
        period_measured: true,
        wrap_range: ticks[0].range,
        pci_address: None,
        quality: if made_up { Quality::Simulated } else { quality },
        role: role(id, ids),
        duty: if id.contains("nvml:") { 0.25 } else { 1.0 },
        lag_s: if id.ends_with("power1_average") { 0.5 } else { 0.0 },
        power_limit_w: None,
        note: String::new(),
    }
}

/// The upper quartile of the time between two ticks: a tick that was caught badly is followed at once by a better one,
/// so up to half of the steps are short. A tenth of a second where there are no two ticks.
fn usual_step_s(ticks: &[Tick]) -> f64 {
    let steps_s = ticks
        .windows(2)
        .map(|pair| pair[1].time_ns.seconds_since(pair[0].time_ns));
    let mut steps_s: Vec<f64> = steps_s.filter(|step_s| *step_s > 0.0).collect();
    steps_s.sort_by(f64::total_cmp);
    steps_s.get(steps_s.len() * 3 / 4).copied().unwrap_or(0.1)
}

fn domain(id: &str) -> Domain {
    let ends = |names: &[&str]| names.iter().any(|name| id.ends_with(name));
    if id.contains("psys") {
        Domain::Platform
    } else if ends(&[":core"]) || id.contains("energy-cores") {
        Domain::Cores
    } else if ends(&[":uncore"]) || id.contains("energy-gpu") {
        Domain::Uncore
    } else if ends(&[":dram"]) || id.contains("energy-ram") {
        Domain::Dram
    } else if is_of_cpu(id) {
        Domain::Package
    } else {
        Domain::Board
    }
}

fn is_of_cpu(id: &str) -> bool {
    id.contains("rapl:") || id.contains("perf:")
}

/// A board's counter comes before its power; packages are the host beside a board, else the device.
fn role(id: &str, ids: &[String]) -> Role {
    let has_board = ids.iter().any(|id| !is_of_cpu(id));
    match domain(id) {
        Domain::Package | Domain::Dram if id.ends_with(":mmio") => Role::Listed,
        Domain::Package | Domain::Dram if has_board => Role::Host,
        Domain::Package | Domain::Dram => Role::Device,
        Domain::Board => {
            let counters = |id: &&String| !is_of_cpu(id) && id.contains("energy");
            let first = ids
                .iter()
                .find(counters)
                .or_else(|| ids.iter().find(|id| !is_of_cpu(id)));
            if first.is_some_and(|first| first == id) {
                Role::Device
            } else {
                Role::CrossCheck
            }
        }
        _ => Role::Listed,
    }
}
