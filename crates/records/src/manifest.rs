//! `manifest.json`: everything about a run that is not a row. In: facts of the run, or a file. Out: the file, or the
//! facts, each number of which can be.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::SCHEMA_VERSION;
use crate::error::Error;
use crate::plain_file;
use joulemark_base::plain_text::plain;
use joulemark_base::quality::Quality;

/// Everything about a run that is not a row. All maps are sorted, so the same run gives the same text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the layout, [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// `<machine>/<yyyy-mm-dd>-<n>@<host>-<random>`; [`crate::RunWriter`] fills it in.
    pub run_id: String,
    /// When the run began, RFC 3339.
    pub created: String,
    /// The computer.
    pub host: Host,
    /// The device that executes the kernels.
    pub adapter: Adapter,
    /// Energy sources that were read.
    pub sources: Vec<Source>,
    /// Energy sources that were not, and why.
    pub unavailable_sources: Vec<UnavailableSource>,
    /// What wrote this.
    pub versions: Versions,
    /// The seed that everything random derives from.
    pub seed: u64,
    /// All options in force, by name.
    pub options: BTreeMap<String, serde_json::Value>,
    /// The suite.
    pub suite: String,
    /// Ids of the cases that are to be measured, in the suite's order.
    #[serde(default)]
    pub cases: Vec<String>,
    /// SHA-256 of the composed WGSL of each pass, by case id.
    pub shaders: BTreeMap<String, Vec<String>>,
    /// How the run stands.
    pub state: RunState,
    /// What the run cost so far.
    pub totals: Totals,
    /// What resuming has mended, one sentence each: lines that were torn, rows whose marks were lost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mended: Vec<String>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            run_id: String::new(),
            created: String::new(),
            host: Host::default(),
            adapter: Adapter::default(),
            sources: Vec::new(),
            unavailable_sources: Vec::new(),
            versions: Versions::default(),
            seed: 0,
            options: BTreeMap::new(),
            suite: String::new(),
            cases: Vec::new(),
            shaders: BTreeMap::new(),
            state: RunState::Running,
            totals: Totals::default(),
            mended: Vec::new(),
        }
    }
}

impl Manifest {
    /// Reads a manifest of this version or an earlier one.
    ///
    /// # Errors
    /// No such file, not a manifest, a version that is not known, or a number that cannot be.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = plain_file::read_text(path, LONGEST)?;
        let wrong = |error| Error::Manifest {
            path: path.to_owned(),
            error,
        };
        let value: serde_json::Value = serde_json::from_str(&text).map_err(wrong)?;
        let version = value.get("schema_version").and_then(serde_json::Value::as_u64);
        if let Some(found) = version.filter(|found| !(1..=u64::from(SCHEMA_VERSION)).contains(found)) {
            return Err(Error::SchemaVersion {
                path: path.to_owned(),
                found,
                expected: SCHEMA_VERSION,
            });
        }
        // Read from the text, an error has its line; kept are names and reasons that no terminal obeys.
        let _: Self = serde_json::from_str(&text).map_err(wrong)?;
        let manifest: Self = serde_json::from_value(plainly(value)).map_err(wrong)?;
        manifest.check(path)?;
        Ok(manifest)
    }

    /// Whether each number is one that a run can have.
    fn check(&self, path: &Path) -> Result<(), Error> {
        let Totals {
            rows,
            rows_ok,
            ticks,
            wall_s,
            device_energy_j,
            host_energy_j,
            parts,
        } = &self.totals;
        let total = |name: &str, value: Option<f64>| (format!("totals.{name}"), value, 0.0..=1e18, "from 0 to 1e18");
        let mut numbers = vec![
            total("rows", Some(*rows as f64)),
            total("rows_ok", Some(*rows_ok as f64)),
            total("ticks", Some(*ticks as f64)),
            total("wall_s", *wall_s),
            total("device_energy_j", *device_energy_j),
            total("host_energy_j", *host_energy_j),
        ];
        numbers.extend(
            parts
                .iter()
                .map(|(name, value)| total(&format!("parts.{name}"), Some(*value))),
        );
        for source in &self.sources {
            let key = |field| format!("sources.{}.{field}", source.name);
            numbers.push((key("period_s"), source.period_s, 1e-9..=86_400.0, "from 1e-9 to 86400"));
            numbers.push((key("wraps_at"), source.wraps_at, 1.0..=2e19, "from 1 to 2e19"));
        }
        for (name, range, expected) in [
            ("window_s", 1e-6..=86_400.0, "from 1e-6 to 86400"),
            ("windows", 1.0..=1e6, "from 1 to 1000000"),
            ("rounds", 1.0..=1e6, "from 1 to 1000000"),
        ] {
            let value = self.options.get(name).and_then(serde_json::Value::as_f64);
            numbers.push((format!("options.{name}"), value, range, expected));
        }
        let wrong = numbers
            .into_iter()
            .find(|(_, value, range, _)| value.is_some_and(|value| !range.contains(&value)));
        match wrong {
            Some((key, Some(value), _, expected)) => Err(Error::ManifestValue {
                path: path.to_owned(),
                key,
                value,
                expected,
            }),
            _ => Ok(()),
        }
    }

    /// What is said of a run whose tables do not hold what its manifest counts; `None` if they do, or if the run has not
    /// come to its end and so counts nothing yet.
    #[must_use]
    pub fn miscount(&self, rows: u64, rows_ok: Option<u64>, ticks: Option<u64>) -> Option<String> {
        let totals = &self.totals;
        let counts = [
            ("rows", totals.rows, Some(rows)),
            ("rows of status ok", totals.rows_ok, rows_ok),
            ("ticks", totals.ticks, ticks),
        ];
        let wrong = counts
            .into_iter()
            .find(|(_, said, found)| found.is_some_and(|found| found != *said));
        let (what, said, found) = wrong.filter(|_| self.state == RunState::Complete)?;
        Some(format!(
            "it counts {said} {what}, there are {}",
            found.unwrap_or_default()
        ))
    }
}

/// The value with each text in it made [`plain`].
fn plainly(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) => plain(&text).into(),
        Value::Array(values) => values.into_iter().map(plainly).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (plain(&key), plainly(value)))
            .collect(),
        other => other,
    }
}

/// Longest manifest that is read: the largest suite's has less than 2 MiB.
const LONGEST: u64 = 64 << 20;

/// The computer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// The machine's name in the results folder.
    pub name: String,
    /// Operating system and version.
    pub os: String,
    /// The processor's model name.
    pub cpu: String,
    /// Logical cores that the process may use.
    pub cores: u32,
    /// Main memory, in bytes; `None` if it could not be read.
    pub memory_bytes: Option<u64>,
}

/// The device that executes the kernels, as wgpu describes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Adapter {
    /// Name.
    pub name: String,
    /// `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// Name of the driver.
    pub driver: String,
    /// Version of the driver.
    pub driver_info: String,
    /// `discrete`, `integrated`, `virtual`, `cpu` or `other`.
    pub device_type: String,
    /// PCI address, by which energy sources are matched; `None` if the backend does not tell.
    pub pci_bus_id: Option<String>,
    /// PCI vendor id.
    pub vendor: u32,
    /// Limits that matter to kernels, by name.
    pub limits: BTreeMap<String, u64>,
    /// Enabled features, by name.
    pub features: Vec<String>,
}

/// An energy source that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Its name, as in `ticks.csv`.
    pub name: String,
    /// What it covers: `device`, `host`, `package-0`, `dram-0` …
    pub domain: String,
    /// `counter` or `power`.
    pub kind: String,
    /// The best quality that its values can have.
    pub quality: Quality,
    /// Unit of its raw readings.
    pub unit: String,
    /// How often it changes, in seconds; `None` if not yet known.
    pub period_s: Option<f64>,
    /// At which raw reading it starts again from zero; `None` if it does not.
    pub wraps_at: Option<f64>,
    /// PCI address of what it measures; `None` if it has none.
    pub pci_bus_id: Option<String>,
    /// Whatever else it says about itself.
    pub details: BTreeMap<String, serde_json::Value>,
}

/// An energy source that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnavailableSource {
    /// Its name.
    pub name: String,
    /// Why, in one sentence.
    pub reason: String,
    /// The line that would change it; `None` if nothing would.
    pub fix: Option<String>,
}

/// What wrote the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// Version of joulemark.
    pub joulemark: String,
    /// Git revision, with `-dirty` if the tree had changes; `None` outside a checkout.
    pub git_revision: Option<String>,
    /// Version of the compiler.
    pub rustc: String,
    /// Version of wgpu.
    pub wgpu: String,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "name")]
pub enum RunState {
    /// It runs, or was killed before it could say more: resume it.
    Running,
    /// All planned windows have their rows.
    Complete,
    /// It was stopped on purpose and can be resumed.
    Interrupted {
        /// By what.
        reason: String,
    },
    /// It broke.
    Failed {
        /// On what.
        reason: String,
    },
}

/// What a run cost, all of it: warm-up, verification, tuning and failed windows included.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Rows in `samples.csv`; [`crate::RunWriter`] keeps it.
    pub rows: u64,
    /// Rows of status `ok`; [`crate::RunWriter`] keeps it.
    pub rows_ok: u64,
    /// Lines in `ticks.csv`; [`crate::RunWriter`] keeps it.
    pub ticks: u64,
    /// Time from begin to end, in seconds.
    pub wall_s: Option<f64>,
    /// Energy of the device from begin to end, in joules.
    pub device_energy_j: Option<f64>,
    /// Energy of the rest that is seen from begin to end, in joules.
    pub host_energy_j: Option<f64>,
    /// Parts of the above, by name and with their unit in it, e.g. `verification_s`.
    pub parts: BTreeMap<String, f64>,
}
