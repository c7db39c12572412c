//! The sensors of one NVIDIA board. In: NVML behind its trait. Out: a counter source, a power source beside
//! it, and a state reader.

use super::board::{Board, Boards, NvmlFault};
use super::{absence, tie};
use crate::absence::Absence;
use crate::absence::Lack;
use crate::machine::Machine;
use crate::pci::PciAddress;
use crate::power_limit::PowerLimit;
use crate::request::Request;
use crate::source::{Description, Fault, Source};
use crate::sources::Found;
use crate::state::DeviceState;
use crate::state::StateReader;
use joulemark_base::domain::Domain;
use joulemark_base::role::Role;
use joulemark_base::timestamp::Timestamp;
use joulemark_base::unit::Unit;
use std::sync::Arc;

/// Finds the board and makes sources of what it offers.
pub(super) fn find<L: Boards>(library: &L, request: &Request, machine: &Machine) -> Found {
    match tie::find(library, &request.device, machine) {
        Ok((board, tied_by)) => sensors(Arc::new(board), &tied_by, machine),
        Err(absence) => Found::absent(absence),
    }
}

fn sensors<B: Board + 'static>(board: Arc<B>, tied_by: &str, machine: &Machine) -> Found {
    let mut found = Found::default();
    let pci = board
        .pci_bus_id()
        .ok()
        .and_then(|text| PciAddress::parse(&text))
        .map(|address| address.to_string());
    let place = pci.clone().unwrap_or_else(|| "gpu".to_owned());
    let slice = if board.is_virtual() {
        Some((
            "The GPU is a hypervisor's slice of a board (vGPU).",
            "Run on the host, or pass the whole GPU through.",
        ))
    } else if board.is_partitioned() {
        Some((
            "The GPU is cut into MIG instances, and its counter adds up all of them.",
            "Run `sudo nvidia-smi -mig 0` on a GPU that is yours alone.",
        ))
    } else {
        None
    };
    if let Some((reason, fix)) = slice {
        found
            .absences
            .push(Absence::new(Lack::Unsupported, format!("nvml:{place}"), reason, fix));
        return found;
    }
    let (counter_id, power_id) = (format!("nvml:{place}:energy"), format!("nvml:{place}:power"));
    let describe = |id: &str, what: &str, unit: Unit, role: Role| Description {
        pci_address: pci.clone(),
        tied_by: Some(tied_by.to_owned()),
        // Yang, Adamek and Armour (arXiv 2312.02741) saw 25 ms of every 100 ms on A100 and H100; older boards look
        // all the time, and for them the uncertainty is stated a little too wide.
        duty: 0.25,
        power_limit_w: limit(board.as_ref()).map(|limit| limit.limit_w),
        ..Description::new(id, format!("{} {what}", board.name()), Domain::Board, unit, role)
    };
    let mut add = |description: Description, read: Read<B>| {
        let board = Arc::clone(&board);
        found.sources.push(Box::new(Sensor {
            description,
            board,
            read,
        }));
    };
    let counter = board.energy_mj();
    let module_id = module(board.as_ref()).then(|| format!("nvml:{place}:module"));
    if counter.is_ok() {
        let description = Description {
            part_of: module_id.clone(),
            note: "total energy since the driver was loaded".into(),
            ..describe(&counter_id, "energy", Unit::Millijoule, Role::Device)
        };
        add(description, B::energy_mj);
    }
    let power: [(Read<B>, f64, &str); 2] = [
        (B::instant_power_mw, 0.0, "instant power (field 186), integrated"),
        (B::mean_power_mw, 1.0, "power averaged over up to a second, integrated"),
    ];
    let first_fault = board.instant_power_mw().err().unwrap_or(NvmlFault::Unsupported);
    let works = |read: &Read<B>| read(&board).is_ok_and(|milliwatts| milliwatts > 0);
    let has_power = if let Some((read, lag_s, note)) = power.into_iter().find(|(read, ..)| works(read)) {
        let role = if counter.is_ok() {
            Role::CrossCheck
        } else {
            Role::Device
        };
        let description = Description {
            lag_s,
            twin_of: counter.is_ok().then(|| counter_id.clone()),
            part_of: module_id.clone().filter(|_| role == Role::Device),
            note: note.into(),
            ..describe(&power_id, "power", Unit::Milliwatt, role)
        };
        add(description, read);
        true
    } else {
        false
    };
    if let Some(id) = module_id {
        let description = Description {
            domain: Domain::Platform,
            note: "GPU, CPU and memory of the module: never added".into(),
            power_limit_w: None,
            least_w: 0.0,
            most_w: MOST_MODULE_W,
            ..describe(&id, "module", Unit::Milliwatt, Role::Listed)
        };
        add(description, B::module_power_mw);
    }
    if let Err(fault) = counter {
        let mut absence = absence::of_query(&counter_id, "energy counter", &fault, machine);
        if has_power {
            absence.reason += " Its power is integrated instead.";
        }
        found.absences.push(absence);
    }
    if !has_power {
        found
            .absences
            .push(absence::of_query(&power_id, "power sensor", &first_fault, machine));
    }
    found.states.push(Box::new(BoardState(board)));
    found
}

/// No module draws more, in watts.
const MOST_MODULE_W: f64 = 20_000.0;

/// Whether the module's own power is told. A driver that does not know scopes answers with the GPU's once more.
fn module<B: Board>(board: &B) -> bool {
    let gpu_mw = board.instant_power_mw().unwrap_or(0);
    board
        .module_power_mw()
        .is_ok_and(|module_mw| module_mw > gpu_mw + gpu_mw / 50)
}

/// The limit that the driver enforces now; laptops and Dynamic Boost move it.
fn limit<B: Board>(board: &B) -> Option<PowerLimit> {
    let limit_mw = board.power_limit_mw().ok().filter(|limit_mw| *limit_mw > 0)?;
    Some(PowerLimit::in_force(
        Unit::Milliwatt.to_base(limit_mw),
        "NVML's enforced power limit",
    ))
}

type Read<B> = fn(&B) -> Result<u64, NvmlFault>;

struct Sensor<B> {
    description: Description,
    board: Arc<B>,
    read: Read<B>,
}

impl<B: Board> Source for Sensor<B> {
    fn description(&self) -> &Description {
        &self.description
    }

    fn read(&mut self, _now: Timestamp) -> Result<u64, Fault> {
        (self.read)(&self.board).map_err(|fault| match fault {
            NvmlFault::Lost | NvmlFault::NoDriver => Fault::Vanished("the GPU fell off the bus".to_owned()),
            other => Fault::Read(format!("NVML: {other:?}")),
        })
    }

    fn limits(&mut self) -> Vec<PowerLimit> {
        limit(self.board.as_ref()).into_iter().collect()
    }
}

struct BoardState<B>(Arc<B>);

impl<B: Board> StateReader for BoardState<B> {
    fn state(&self) -> DeviceState {
        let board = &self.0;
        DeviceState {
            temperature_c: board.temperature_c().ok().map(f64::from),
            clock_mhz: board.clock_mhz().ok().map(f64::from),
            memory_clock_mhz: board.memory_clock_mhz().ok().map(f64::from),
            power_limit_w: limit(board.as_ref()).map(|limit| limit.limit_w),
            utilisation: board
                .utilisation_percent()
                .ok()
                .map(|percent| f64::from(percent) / 100.0),
            throttled: board.throttle_reasons().ok(),
        }
    }
}
