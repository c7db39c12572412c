//! What a closure came to. In: the rows of its windows. Out: time, joules, watts per iteration with their intervals, a line for
//! people, and rows in a run folder.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use joulemark_base::estimate::Estimate;
use joulemark_base::quality::Quality;
use joulemark_base::si::{reach, si};
use joulemark_base::tick::Tick;
use joulemark_records::{Row, Status};

use crate::bench::Bench;
use crate::error::Error;
use crate::folder::Folder;
use crate::logged::Logged;
use crate::seen::{Seen, over_rounds};

/// What one iteration of a closure takes.
pub struct Measured {
    name: String,
    log: Vec<Logged>,
    ticks: Vec<Tick>,
    seen: Seen,
    until: f64,
    folder: Arc<Mutex<Folder>>,
}

impl Measured {
    pub(crate) fn new(bench: &Bench, name: &str, log: Vec<Logged>, seen: Seen) -> Self {
        Self {
            name: name.into(),
            log,
            ticks: bench.meter().drain_ticks(),
            seen,
            until: bench.settings().until,
            folder: bench.folder(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rows of its windows, idle windows among them, as they go into `samples.csv`.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.log.iter().map(|logged| &logged.row)
    }

    fn windows(&self) -> impl Iterator<Item = &Row> {
        self.rows().filter(|row| row.status != Status::Idle)
    }

    /// Some value of each window per iteration, over rounds.
    fn estimate(&self, value: impl Fn(&Row) -> Option<f64>) -> Option<Estimate> {
        let mut rounds: Vec<Vec<f64>> = Vec::new();
        for row in self.windows() {
            let round = row.round as usize;
            rounds.resize(rounds.len().max(round + 1), Vec::new());
            rounds[round].extend(
                value(row)
                    .zip(row.iterations)
                    .map(|(amount, count)| amount / count as f64),
            );
        }
        over_rounds(&rounds)
    }

    /// Seconds per iteration; `None` only where nothing was measured.
    #[must_use]
    pub fn seconds(&self) -> Option<Estimate> {
        self.estimate(|row| row.wall_s)
    }

    /// Gross joules per iteration of the device; `None` where they are not known, and [`reason`](Self::reason) says why.
    #[must_use]
    pub fn joules(&self) -> Option<Estimate> {
        self.estimate(|row| row.device.energy_j)
    }

    /// Joules per iteration above idling, never clamped; `None` where gross or idle joules are not known.
    #[must_use]
    pub fn active_joules(&self) -> Option<Estimate> {
        self.estimate(|row| row.device.active_j)
    }

    /// Gross joules per iteration of the rest that is seen, such as the CPU beside a GPU.
    #[must_use]
    pub fn host_joules(&self) -> Option<Estimate> {
        self.estimate(|row| row.host.energy_j)
    }

    /// Mean gross power of the device in its windows, in watts.
    #[must_use]
    pub fn watts(&self) -> Option<f64> {
        let (mut joules, mut seconds) = (0.0, 0.0);
        for row in self.windows() {
            if let (Some(energy_j), Some(wall_s)) = (row.device.energy_j, row.wall_s) {
                joules += energy_j;
                seconds += wall_s;
            }
        }
        (seconds > 0.0).then(|| joules / seconds)
    }

    /// How the joules came about: the weakest quality of its windows.
    #[must_use]
    pub fn quality(&self) -> Option<Quality> {
        let measured = self.windows().filter(|row| row.device.energy_j.is_some());
        measured.filter_map(|row| row.device.quality).reduce(Quality::weaker)
    }

    /// Why joules are not known; `None` where they are.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        let without = self.windows().find(|row| row.device.energy_j.is_none())?;
        self.joules().is_none().then_some(without.device.reason.as_str())
    }

    /// Whether the interval is as narrow as was asked for.
    #[must_use]
    pub fn is_precise(&self) -> bool {
        self.seen.reach().is_some_and(|reach| reach <= self.until)
    }

    /// Writes its rows and their raw ticks below this folder, for `joulemark analyze`, `rank`, `compare` and `report`. All
    /// results of one bench go into one run folder, which is given back; to write one twice is an error.
    ///
    /// # Errors
    /// Files that cannot be written.
    pub fn append_to(&self, root: impl AsRef<Path>) -> Result<PathBuf, Error> {
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        folder.append(root.as_ref(), &self.log, &self.ticks)
    }
}

impl fmt::Display for Measured {
    /// `31.3 mJ ±1.2% gross, 21.0 mJ ±2.0% active, 93.0 W, counter`; time, and why there are no joules, where there are none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_reach = |estimate: Estimate, unit| format!("{} {}", si(estimate.value, unit), reach(&estimate));
        let Some(joules) = self.joules() else {
            let time = self.seconds().map_or_else(String::new, |time| with_reach(time, "s"));
            let reason = self.reason().unwrap_or("nothing was measured");
            return write!(f, "{}, joules not measured: {reason}", time.trim_end());
        };
        write!(f, "{} gross", with_reach(joules, "J").trim_end())?;
        if let Some(active) = self.active_joules() {
            write!(f, ", {} active", with_reach(active, "J").trim_end())?;
        }
        if let Some(watts) = self.watts() {
            write!(f, ", {}", si(watts, "W"))?;
        }
        if let Some(quality) = self.quality() {
            write!(f, ", {quality}")?;
        }
        if self.windows().any(|row| row.status == Status::Suspect) {
            f.write_str(", suspect")?;
        }
        Ok(())
    }
}
