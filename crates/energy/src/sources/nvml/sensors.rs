//! The sensors of one NVIDIA board. Comes in: NVML behind its trait. Goes out: a counter source, a power source beside
//! it, and a state reader.

use super::board::{Board, Boards, NvmlFault};
use crate::sources::Found;
use crate::state::StateReader;
use crate::{Absence, Description, DeviceState, Fault, PciAddress, Request, Source};
use joulemark_base::domain::Domain;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_base::source_kind::SourceKind;
use joulemark_base::timestamp::Timestamp;
use joulemark_base::unit::Unit;
use std::sync::Arc;

/// Finds the board and makes sources of what it offers.
pub(super) fn find<L: Boards>(library: &L, request: &Request) -> Found {
    match board_of(library, request) {
        Ok(board) => sensors(Arc::new(board)),
        Err(absence) => Found::absent(absence),
    }
}

/// The board at the adapter's PCI address; without an address, the only NVIDIA board if it bears the adapter's name.
fn board_of<L: Boards>(library: &L, request: &Request) -> Result<L::Board, Absence> {
    let device = &request.device;
    if let Some(address) = device.pci_address() {
        return library.by_pci(&address.to_string()).map_err(|fault| match fault {
            NvmlFault::NotFound => Absence::new(
                "nvml",
                format!(
                    "NVML knows no GPU at {address}, where the adapter `{}` is.",
                    device.name
                ),
                "Nothing to mend if that adapter is not NVIDIA's; in a container pass that GPU in with `--gpus all`.",
            ),
            NvmlFault::NoPermission => Absence::new(
                "nvml",
                format!("This user may not talk to the GPU at {address}."),
                "Run as a user who can open /dev/nvidia0 (`ls -l /dev/nvidia*` shows the group).",
            ),
            other => Absence::new(
                "nvml",
                format!("NVML cannot open the GPU at {address} ({other:?})."),
                "Look whether `nvidia-smi` lists it.",
            ),
        });
    }
    let mut boards = library.all().unwrap_or_default();
    let named = |board: &L::Board| device.name.contains(&board.name()) || board.name().contains(&device.name);
    match boards.pop() {
        Some(board) if boards.is_empty() && named(&board) => Ok(board),
        _ => Err(Absence::new(
            "nvml",
            format!(
                "The driver of `{}` tells no PCI address, so its NVIDIA sensor cannot be told for certain.",
                device.name
            ),
            "Use the Vulkan backend with a recent driver (VK_EXT_pci_bus_info), or hide all other GPUs.",
        )),
    }
}

fn sensors<B: Board + 'static>(board: Arc<B>) -> Found {
    let mut found = Found::default();
    let pci = board
        .pci_bus_id()
        .ok()
        .and_then(|text| PciAddress::parse(&text))
        .map(|address| address.to_string());
    let place = pci.clone().unwrap_or_else(|| "gpu".to_owned());
    if board.is_partitioned() {
        found.absences.push(Absence::new(
            format!("nvml:{place}"),
            "The GPU is cut into MIG instances, and its counter adds up all of them.",
            "Run `sudo nvidia-smi -mig 0` on a GPU that is yours alone.",
        ));
        return found;
    }
    let describe = |what: &str, unit: Unit, kind, quality, role, lag_s, note: &str| Description {
        id: format!("nvml:{place}:{what}"),
        name: format!("{} {what}", board.name()),
        domain: Domain::Board,
        unit,
        kind,
        update_period_s: 0.1,
        period_measured: false,
        wrap_range: None,
        pci_address: pci.clone(),
        quality,
        role,
        // Yang, Adamek and Armour (arXiv 2312.02741) saw 25 ms of every 100 ms on A100 and H100; older boards look
        // all the time, and for them the uncertainty is stated a little too wide.
        duty: 0.25,
        lag_s,
        power_limit_w: board
            .power_limit_mw()
            .ok()
            .filter(|limit| *limit > 0)
            .map(|limit| Unit::Milliwatt.to_base(limit)),
        note: note.into(),
    };
    match board.energy_mj() {
        Ok(_) => {
            let note = "total energy since the driver was loaded";
            let description = describe(
                "energy",
                Unit::Millijoule,
                SourceKind::Counter,
                Quality::Counter,
                Role::Device,
                0.0,
                note,
            );
            found.sources.push(Box::new(Sensor {
                description,
                board: Arc::clone(&board),
                read: B::energy_mj,
            }));
        }
        Err(fault) => found.absences.push(no_counter(&format!("nvml:{place}:energy"), &fault)),
    }
    let role = if found.sources.is_empty() {
        Role::Device
    } else {
        Role::CrossCheck
    };
    let power: [(Read<B>, f64, &str); 2] = [
        (B::instant_power_mw, 0.0, "instant power (field 186), integrated"),
        (B::mean_power_mw, 1.0, "power averaged over up to a second, integrated"),
    ];
    if let Some((read, lag_s, note)) = power
        .into_iter()
        .find(|(read, ..)| read(&board).is_ok_and(|milliwatts| milliwatts > 0))
    {
        let description = describe(
            "power",
            Unit::Milliwatt,
            SourceKind::Power,
            Quality::Integrated,
            role,
            lag_s,
            note,
        );
        found.sources.push(Box::new(Sensor {
            description,
            board: Arc::clone(&board),
            read,
        }));
    } else {
        found.absences.push(Absence::new(
            format!("nvml:{place}:power"),
            "This GPU or its driver tells no power.",
            "Use a driver of version 530 or later; some laptop boards have no power sensor at all.",
        ));
    }
    found.states.push(Box::new(BoardState(board)));
    found
}

fn no_counter(id: &str, fault: &NvmlFault) -> Absence {
    let (reason, fix) = match fault {
        NvmlFault::Unsupported => (
            "This GPU has no energy counter (it needs Volta or later); its power is integrated instead.".to_owned(),
            "Use longer windows, or a GPU of the Volta generation or later.",
        ),
        other => (
            format!("The energy counter cannot be read ({other:?})."),
            "Look whether `nvidia-smi -q -d POWER` works.",
        ),
    };
    Absence::new(id, reason, fix)
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
}

struct BoardState<B>(Arc<B>);

impl<B: Board> StateReader for BoardState<B> {
    fn state(&self) -> DeviceState {
        let board = &self.0;
        DeviceState {
            temperature_c: board.temperature_c().ok().map(f64::from),
            clock_mhz: board.clock_mhz().ok().map(f64::from),
            memory_clock_mhz: board.memory_clock_mhz().ok().map(f64::from),
            power_limit_w: board
                .power_limit_mw()
                .ok()
                .filter(|limit| *limit > 0)
                .map(|limit| Unit::Milliwatt.to_base(limit)),
            utilisation: board
                .utilisation_percent()
                .ok()
                .map(|percent| f64::from(percent) / 100.0),
            throttled: board.throttle_reasons().ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::{FakeBoard, FakeLibrary, find};
    use crate::{DeviceIdentity, Fault, Request, SourceChoice};
    use joulemark_base::device_class::DeviceClass;
    use joulemark_base::quality::Quality;
    use joulemark_base::role::Role;
    use joulemark_base::timestamp::Timestamp;

    fn request(pci_bus_id: Option<&str>, name: &str) -> Request {
        let pci_bus_id = pci_bus_id.map(str::to_owned);
        let device = DeviceIdentity {
            class: DeviceClass::Discrete,
            pci_bus_id,
            name: name.into(),
        };
        Request::new(device, SourceChoice::Nvml)
    }

    fn two() -> (FakeLibrary, FakeBoard) {
        let other = FakeBoard::at("00000000:17:00.0");
        other.set(|answers| answers.energy_mj = 111);
        let ours = FakeBoard::at("00000000:65:00.0");
        ours.set(|answers| answers.energy_mj = 222);
        (FakeLibrary(vec![other, ours.clone()]), ours)
    }

    #[test]
    fn the_board_at_the_adapters_address_is_read() {
        let (library, _) = two();
        let mut found = find(&library, &request(Some("0000:65:00.0"), "whatever"));
        assert_eq!(found.sources[0].read(Timestamp::default()), Ok(222));
        let roles: Vec<Role> = found.sources.iter().map(|source| source.description().role).collect();
        assert_eq!(roles, [Role::Device, Role::CrossCheck]);
        assert_eq!(
            found.sources[0].description().pci_address.as_deref(),
            Some("0000:65:00.0")
        );
        let state = found.states[0].state();
        assert_eq!(
            (state.temperature_c, state.memory_clock_mhz, state.utilisation),
            (Some(55.0), None, Some(0.87))
        );
        assert_eq!(state.throttled.as_deref(), Some(&["power_cap".to_owned()][..]));
    }

    #[test]
    fn another_board_is_never_taken_for_it() {
        let (library, _) = two();
        for request in [
            request(Some("0000:03:00.0"), "NVIDIA Fake 100"),
            request(None, "NVIDIA Fake 100"),
        ] {
            let found = find(&library, &request);
            assert!(found.sources.is_empty());
            assert_eq!(found.absences.len(), 1);
        }
        let only = FakeLibrary(vec![FakeBoard::at("00000000:65:00.0")]);
        assert_eq!(find(&only, &request(None, "NVIDIA Fake 100")).sources.len(), 2);
        assert!(find(&only, &request(None, "AMD Radeon")).sources.is_empty());
    }

    #[test]
    fn without_a_counter_power_is_integrated_and_says_so() {
        let (library, ours) = two();
        ours.set(|answers| answers.has_counter = false);
        let found = find(&library, &request(Some("0000:65:00.0"), ""));
        assert_eq!(found.sources[0].description().quality, Quality::Integrated);
        assert_eq!(found.sources[0].description().role, Role::Device);
        assert!(
            found.absences[0].reason.contains("no energy counter"),
            "{}",
            found.absences[0]
        );
    }

    #[test]
    fn an_old_driver_gives_the_mean_power_with_its_lag() {
        let (library, ours) = two();
        ours.set(|answers| answers.has_instant_power = false);
        let found = find(&library, &request(Some("0000:65:00.0"), ""));
        assert!(found.sources[1].description().lag_s > 0.5);
    }

    #[test]
    fn a_partitioned_board_is_unavailable() {
        let (library, ours) = two();
        ours.set(|answers| answers.partitioned = true);
        let found = find(&library, &request(Some("0000:65:00.0"), ""));
        assert!(found.sources.is_empty() && found.absences[0].fix.contains("nvidia-smi -mig 0"));
    }

    #[test]
    fn a_lost_board_has_vanished() {
        let (library, ours) = two();
        let mut found = find(&library, &request(Some("0000:65:00.0"), ""));
        ours.set(|answers| answers.lost = true);
        assert!(matches!(
            found.sources[0].read(Timestamp::default()),
            Err(Fault::Vanished(_))
        ));
        assert_eq!(found.states[0].state().temperature_c, None);
    }
}
