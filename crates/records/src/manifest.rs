//! `manifest.json`: everything about a run that is not a row. Plain facts; no other crate's types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::SCHEMA_VERSION;
use joulemark_base::quality::Quality;

/// Everything about a run that is not a row. All maps are sorted, so the same run gives the same text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the layout, [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// `<machine>/<yyyy-mm-dd>-<n>`; [`crate::RunWriter`] fills it in.
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
        }
    }
}

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
    /// `discrete_gpu`, `integrated_gpu`, `virtual_gpu`, `cpu` or `other`.
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
