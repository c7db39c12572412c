//! Finding the sensors. In: a request. Out: sources to read, and for each that is missing the reason and
//! the fix.

pub(crate) mod cpu;
pub(crate) mod file_source;
pub(crate) mod hwmon;
pub(crate) mod limit_file;
pub(crate) mod nvml;
pub(crate) mod perf;
pub(crate) mod perf_event;
pub(crate) mod rapl;
pub(crate) mod replay;
pub(crate) mod simulated;
pub(crate) mod wattmeter;

use crate::absence::Absence;
use crate::absence::Lack;
use crate::choice::SourceChoice;
use crate::inventory::Unused;
use crate::machine::Machine;
use crate::request::Request;
use crate::source::Source;
use crate::state::StateReader;
use joulemark_base::role::Role;
use simulated::{SimulatedLoad, SimulatedSensor};

/// What was found.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) sources: Vec<Box<dyn Source>>,
    pub(crate) absences: Vec<Absence>,
    pub(crate) states: Vec<Box<dyn StateReader>>,
    pub(crate) load: Option<SimulatedLoad>,
    pub(crate) unused: Vec<Unused>,
}

impl Found {
    pub(crate) fn absent(absence: Absence) -> Self {
        Self {
            absences: vec![absence],
            ..Self::default()
        }
    }

    /// Whether some source counts towards this role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.sources.iter().any(|source| source.description().role == role)
    }

    pub(crate) fn join(&mut self, other: Self) {
        self.sources.extend(other.sources);
        self.absences.extend(other.absences);
        self.states.extend(other.states);
        self.load = self.load.take().or(other.load);
        self.unused.extend(other.unused);
    }
}

/// Looks for the sources that the request asks for.
pub(crate) fn find(request: &Request) -> Found {
    let machine = Machine::look(&request.root);
    match &request.choice {
        SourceChoice::Auto => find_all(request, &machine),
        SourceChoice::None => Found::absent(Absence::new(
            Lack::Unwanted,
            "all",
            "Energy was switched off (source `none`).",
            "Choose `auto` to use the sensors of this machine.",
        )),
        SourceChoice::Rapl => rapl::find(request, &machine),
        SourceChoice::Nvml => nvml::find(request, &machine),
        SourceChoice::Hwmon => hwmon::find(request, &machine),
        SourceChoice::Perf => perf::find(request, &machine),
        SourceChoice::Simulated(spec) => {
            let load = SimulatedLoad::new(spec);
            let sensor = SimulatedSensor::new(spec, load.clone());
            Found {
                sources: vec![Box::new(sensor)],
                load: Some(load),
                ..Found::default()
            }
        }
        SourceChoice::Replay(path) => replay::find(path),
        SourceChoice::Wattmeter(spec) => wattmeter::find(spec),
    }
}

/// Every real sensor: the CPU's through powercap, else perf, else hwmon, and the GPU's.
fn find_all(request: &Request, machine: &Machine) -> Found {
    let mut found = rapl::find(request, machine);
    if found.sources.is_empty() {
        found.join(perf::find(request, machine));
    }
    if found.sources.is_empty() {
        found.join(hwmon::find_package(request, machine));
    }
    if request.device.is_in_package() {
        found.states.push(Box::new(cpu::CpuState::new(&request.root)));
    } else {
        let mut board = nvml::find(request, machine);
        let beside = hwmon::find_gpu(request, machine);
        // A board has one maker: the other's absence explains nothing.
        if board.has(Role::Device) {
            board.join(Found {
                absences: Vec::new(),
                ..beside
            });
        } else if beside.has(Role::Device) {
            board = beside;
        } else {
            board.join(beside);
        }
        found.join(board);
    }
    let used: Vec<String> = found
        .sources
        .iter()
        .map(|source| source.description().id.clone())
        .collect();
    found.unused.extend(hwmon::unused(request, &used));
    found.unused.extend(perf::unused(request));
    found
}
