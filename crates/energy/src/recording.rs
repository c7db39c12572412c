//! A recorded run. In: a run's folder, or its `ticks.csv` alone. Out: the energies of any window of that run,
//! derived again by the same arithmetic as then, from the facts that the manifest keeps of each source.

use crate::reading::EnergyReading;
use crate::source::Description;
use crate::sum::{Part, Sum};
use crate::timeline::Timeline;
use crate::window_energy::WindowEnergy;
use joulemark_base::domain::Domain;
use joulemark_base::plain_file::{open_text, read_text};
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_base::source_kind::SourceKind;
use joulemark_base::statistics::quantile_of_sorted;
use joulemark_base::tick::Tick;
use joulemark_base::timestamp::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Longest manifest that is read.
const LONGEST_MANIFEST: u64 = 64 << 20;
/// The name that stands in place of a source where a window begins or ends.
const WINDOW: &str = "window";

/// The ticks of one run, by source.
#[derive(Debug)]
pub struct Recording {
    sources: Vec<(Vec<Tick>, Timeline)>,
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
    /// The manifest is there and cannot be read.
    #[error("`{path}` cannot be read as a manifest: {error}", path = path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        error: io::Error,
    },
}

/// What a manifest says of its sources; everything else in it is left alone.
#[derive(Deserialize)]
struct Manifest {
    sources: Vec<Facts>,
}

#[derive(Deserialize)]
struct Facts {
    name: String,
    domain: Domain,
    kind: SourceKind,
    quality: Quality,
    period_s: Option<f64>,
    pci_bus_id: Option<String>,
    details: Details,
}

#[derive(Deserialize)]
struct Details {
    role: String,
    duty: f64,
    lag_s: f64,
    #[serde(default)]
    twin_of: Option<String>,
    #[serde(default)]
    part_of: Option<String>,
}

impl Recording {
    /// Reads a run's folder, or a `ticks.csv` with the `manifest.json` that may lie beside it. Without a manifest nobody
    /// knows what the sources are: a lone one counts as the device, several count as nothing.
    ///
    /// # Errors
    /// [`RecordingError`], if a file is missing, empty, or not what its name says.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let ticks = if path.is_dir() {
            path.join("ticks.csv")
        } else {
            path.to_owned()
        };
        let by_source = read_ticks(&ticks)?;
        let mut facts = read_facts(&ticks.with_file_name("manifest.json"))?;
        let alone = by_source.len() == 1;
        let sources = by_source.into_iter().map(|(id, mut ticks)| {
            ticks.sort_by_key(|tick| tick.time_ns);
            let description = describe(&id, facts.remove(&id), &ticks, alone);
            let mut timeline = Timeline::new(description);
            for tick in &ticks {
                timeline.recall(tick);
            }
            (ticks, timeline)
        });
        Ok(Self {
            sources: sources.collect(),
        })
    }

    /// The ids of the recorded sources.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.sources
            .iter()
            .map(|(_, timeline)| timeline.description().id.as_str())
    }

    /// The energies of a window of the recorded run, from all its sources.
    #[must_use]
    pub fn window(&self, start: Timestamp, end: Timestamp) -> WindowEnergy {
        let parts = self
            .sources
            .iter()
            .map(|(_, timeline)| part(timeline, start, end))
            .collect::<Vec<_>>();
        let of = |role: Role| {
            Sum::of(&parts, role).unwrap_or_else(|| Sum {
                reading: EnergyReading::unavailable(format!("no source of the {role} energy was recorded")),
                suspicions: Vec::new(),
            })
        };
        WindowEnergy::of(of(Role::Device), of(Role::Host), &parts, None)
    }

    /// The energy that one source saw between two moments of the recorded run.
    #[must_use]
    pub fn energy(&self, id: &str, start: Timestamp, end: Timestamp) -> EnergyReading {
        let Some((_, timeline)) = self
            .sources
            .iter()
            .find(|(_, timeline)| timeline.description().id == id)
        else {
            return EnergyReading::unavailable(format!("no source `{id}` was recorded"));
        };
        let mut alone = part(timeline, start, end);
        alone.description.role = Role::Device;
        Sum::of(&[alone], Role::Device).map_or_else(|| EnergyReading::unavailable("nothing"), |sum| sum.reading)
    }

    pub(crate) fn first_ns(&self) -> Timestamp {
        self.ticks().map(|tick| tick.time_ns).min().unwrap_or_default()
    }

    pub(crate) fn last_ns(&self) -> Timestamp {
        self.ticks().map(|tick| tick.time_ns).max().unwrap_or_default()
    }

    fn ticks(&self) -> impl Iterator<Item = &Tick> {
        self.sources.iter().flat_map(|(ticks, _)| ticks)
    }

    pub(crate) fn into_sources(self) -> impl Iterator<Item = (Description, Vec<Tick>)> {
        let sources = self.sources.into_iter();
        sources.map(|(ticks, timeline)| (timeline.description().clone(), ticks))
    }
}

fn part(timeline: &Timeline, start: Timestamp, end: Timestamp) -> Part {
    Part {
        description: timeline.description().clone(),
        measured: timeline.energy(start, end),
    }
}

fn read_ticks(path: &Path) -> Result<BTreeMap<String, Vec<Tick>>, RecordingError> {
    let unreadable = |error| RecordingError::Unreadable {
        path: path.to_owned(),
        error,
    };
    let mut by_source: BTreeMap<String, Vec<Tick>> = BTreeMap::new();
    let file = open_text(path).map_err(|error| unreadable(error.into()))?;
    let mut reader = csv::Reader::from_reader(file);
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
    Ok(by_source)
}

fn read_facts(path: &Path) -> Result<BTreeMap<String, Facts>, RecordingError> {
    let unreadable = |error| RecordingError::Manifest {
        path: path.to_owned(),
        error,
    };
    let text = match read_text(path, LONGEST_MANIFEST) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| unreadable(error.into()))?;
    Ok(manifest
        .sources
        .into_iter()
        .map(|facts| (facts.name.clone(), facts))
        .collect())
}

/// A source as the manifest knows it, else as far as its ticks tell.
fn describe(id: &str, facts: Option<Facts>, ticks: &[Tick], alone: bool) -> Description {
    let (unit, wrap_range) = (ticks[0].unit, ticks[0].range);
    let bare = Description {
        period_measured: true,
        wrap_range,
        ..Description::new(id, format!("recorded {id}"), Domain::Board, unit, Role::Listed)
    };
    let Some(facts) = facts else {
        return Description {
            update_period_s: usual_step_s(ticks),
            quality: Quality::Simulated,
            role: if alone { Role::Device } else { Role::Listed },
            note: "recorded without a manifest".into(),
            ..bare
        };
    };
    let roles = [Role::Device, Role::Host, Role::CrossCheck];
    Description {
        domain: facts.domain,
        kind: facts.kind,
        update_period_s: facts.period_s.unwrap_or_else(|| usual_step_s(ticks)),
        pci_address: facts.pci_bus_id,
        quality: facts.quality,
        role: roles
            .into_iter()
            .find(|role| role.as_str() == facts.details.role)
            .unwrap_or(Role::Listed),
        twin_of: facts.details.twin_of,
        part_of: facts.details.part_of,
        duty: facts.details.duty,
        lag_s: facts.details.lag_s,
        ..bare
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
    quantile_of_sorted(&steps_s, 0.75).unwrap_or(0.1)
}
