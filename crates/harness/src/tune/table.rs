//! The tuning table: for each kernel and problem the variant to use. In: JSON. Out: a variant for a case, if one fits.

use std::fmt;
use std::path::Path;

use joulemark_base::objective::Objective;
use joulemark_base::plain_file::read_text;
use joulemark_gpu::AdapterDescription;
use joulemark_kernels::{DeviceProfile, Variant, prepare};
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::error::Error;

/// Version of the table's layout.
pub const TUNING_VERSION: u32 = 1;

/// A variant that was tuned on one problem is used on others of its kernel up to this many times larger or smaller.
const REACH: f64 = 8.0;

/// The adapter and driver that a table is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TunedAdapter {
    /// Name.
    pub name: String,
    /// vulkan, metal or dx12.
    pub backend: String,
    /// Driver.
    pub driver: String,
    /// Version of the driver.
    pub driver_info: String,
}

/// The variants of one adapter and driver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TuningTable {
    /// Version of the layout, [`TUNING_VERSION`].
    pub tuning_version: u32,
    /// What it is for.
    pub adapter: TunedAdapter,
    /// Sorted by kernel, precision and problem.
    pub entries: Vec<Entry>,
}

/// What tuning found for one kernel on one problem. All numbers are per iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Kind and algorithm: `matmul/register_only`.
    pub kernel: String,
    /// Precision.
    pub precision: String,
    /// Problem.
    pub problem: String,
    /// What `chosen` was chosen for.
    pub objective: Objective,
    /// The variant to use.
    pub chosen: String,
    /// Whether it was measured against the default side by side, after the search.
    pub confirmed: bool,
    /// Variants that were verified and measured.
    pub trials: usize,
    /// The chosen variant: by the comparison with the default if it was confirmed, otherwise by the search.
    pub tuned: Option<Measured>,
    /// The variant that is used without tuning, measured likewise.
    pub default: Option<Measured>,
    /// The fastest variant.
    pub fastest: Option<Measured>,
    /// The variant that takes least energy; `None` without a source of energy.
    pub thriftiest: Option<Measured>,
    /// The variant of the least energy × delay.
    pub least_energy_delay: Option<Measured>,
}

/// A variant that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Its tuning parameters.
    pub variant: String,
    /// Seconds, median of its windows.
    pub time_s: f64,
    /// Joules of the device, median of its windows.
    pub energy_j: Option<f64>,
}

impl TunedAdapter {
    /// The adapter and driver behind a description.
    pub fn of(description: &AdapterDescription) -> Self {
        Self {
            name: description.name.clone(),
            backend: description.backend.clone(),
            driver: description.driver.clone(),
            driver_info: description.driver_info.clone(),
        }
    }
}

impl fmt::Display for TunedAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            backend,
            driver,
            driver_info,
        } = self;
        write!(f, "{name} ({backend}, {driver} {driver_info})")
    }
}

/// Longest table that is read.
const LONGEST: u64 = 64 << 20;

impl TuningTable {
    /// An empty table.
    pub fn new(adapter: TunedAdapter) -> Self {
        Self {
            tuning_version: TUNING_VERSION,
            adapter,
            entries: Vec::new(),
        }
    }

    /// Reads a table; its text is given back too.
    ///
    /// # Errors
    /// No such file, no table, or one of another version.
    pub fn read(path: &Path) -> Result<(Self, String), Error> {
        let place = path.display();
        let text = read_text(path, LONGEST)
            .map_err(|error| Error::Input(format!("cannot read the tuning table {place}: {error}")))?;
        let table: Self = serde_json::from_str(&text)
            .map_err(|error| Error::Input(format!("{place} is not a tuning table: {error}")))?;
        if table.tuning_version != TUNING_VERSION {
            return Err(Error::Input(format!(
                "{place} is a tuning table of version {}, and this program reads version {TUNING_VERSION}: tune again",
                table.tuning_version
            )));
        }
        Ok((table, text))
    }

    /// Writes it in one step; the folder is created.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let refused = |error: std::io::Error| Error::Input(format!("cannot write {}: {error}", path.display()));
        let text = serde_json::to_string_pretty(self)
            .map_err(std::io::Error::from)
            .map_err(refused)?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(refused)?;
        }
        let part = path.with_extension(format!("{}.part", std::process::id()));
        std::fs::write(&part, text + "\n")
            .and_then(|()| std::fs::rename(&part, path))
            .map_err(refused)
    }

    /// Takes over entries, in place of those for the same kernel and problem.
    pub fn merge(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            self.entries.retain(|old| old.key() != entry.key());
            self.entries.push(entry);
        }
        self.entries.sort_by(|a, b| a.key().cmp(&b.key()));
    }

    /// The variant for a case: tuned on its very problem, or on the nearest in size of the same kernel; `None` if
    /// nothing near was tuned, or the variant does not fit.
    pub fn variant_for(&self, case: &Case, device: &DeviceProfile) -> Option<Variant> {
        let kernel = case.algorithm.to_string();
        let problem = case.problem.to_string();
        let distance = |entry: &Entry| {
            if entry.problem == problem {
                return Some(0.0);
            }
            let other: joulemark_kernels::Problem = entry.problem.parse().ok()?;
            let distance = (case.problem.macs() as f64 / other.macs() as f64).ln().abs();
            // A little more than zero: the very problem comes first.
            (distance <= REACH.ln()).then_some(distance + 1e-9)
        };
        let own = self
            .entries
            .iter()
            .filter(|entry| entry.kernel == kernel && entry.precision == case.precision.as_str());
        let (_, entry) = own
            .filter_map(|entry| Some((distance(entry)?, entry)))
            .min_by(|a, b| a.0.total_cmp(&b.0))?;
        let default = case.algorithm.default_variant(case.precision, device.class);
        let variant = default.with(entry.chosen.trim_matches('-')).ok()?;
        let fitting = case.input.describe(variant.clone());
        prepare(case.algorithm, &case.problem, case.precision, &fitting, device)
            .is_ok()
            .then_some(variant)
    }
}

impl Entry {
    fn key(&self) -> (&str, &str, &str) {
        (&self.kernel, &self.precision, &self.problem)
    }

    /// Whether the fastest variant is another than the thriftiest.
    pub fn fastest_is_not_thriftiest(&self) -> bool {
        let variant = |measured: &Option<Measured>| measured.as_ref().map(|measured| measured.variant.clone());
        self.thriftiest.is_some() && variant(&self.fastest) != variant(&self.thriftiest)
    }
}
