//! AMD and Intel GPUs through hwmon. In: the adapter and the chips. Out: one source per channel of that very
//! GPU, each under its own name, and its state.

use super::{Chip, gpu_metrics};
use crate::absence::Absence;
use crate::absence::Lack;
use crate::machine::{Machine, first_line, scaled};
use crate::request::Request;
use crate::source::Description;
use crate::sources::Found;
use crate::sources::file_source::FileSource;
use crate::sources::limit_file::LimitFile;
use crate::state::DeviceState;
use crate::state::StateReader;
use joulemark_base::device_class::DeviceClass;
use joulemark_base::domain::Domain;
use joulemark_base::role::Role;
use joulemark_base::unit::Unit;
use std::path::PathBuf;

/// The drivers whose chips are GPUs, and words of the names under which their adapters go.
const DRIVERS: [(&str, [&str; 2]); 3] = [
    ("amdgpu", ["AMD", "Radeon"]),
    ("i915", ["Intel", "Arc"]),
    ("xe", ["Intel", "Arc"]),
];

/// The channels of the request's GPU count; those of other GPUs are listed.
pub(super) fn find(chips: &[Chip], request: &Request, machine: &Machine) -> Found {
    let mut found = Found::default();
    let gpus: Vec<&Chip> = chips.iter().filter(|chip| driver(chip).is_some()).collect();
    let device = &request.device;
    if gpus.is_empty() {
        return Found::absent(Absence::new(
            Lack::Missing,
            "hwmon",
            "No AMD or Intel GPU shows energy or power through hwmon.",
            "Use the amdgpu, i915 or xe kernel driver (Linux 6.4 or later for Intel's discrete GPUs).",
        ));
    }
    let ours = match tie(&gpus, request) {
        Ok(ours) => Some(ours),
        Err(absence) => {
            found.absences.push(absence);
            None
        }
    };
    for gpu in &gpus {
        let tied_by = ours
            .as_ref()
            .filter(|(place, _)| *place == gpu.place())
            .map(|(_, tied_by)| tied_by.as_str());
        add(gpu, tied_by, machine, &mut found);
    }
    if let Some(address) = device.pci_address()
        && !found.has(Role::Device)
        && found.absences.is_empty()
    {
        found.absences.push(Absence::new(
            Lack::Missing,
            "hwmon",
            format!("No hwmon sensor belongs to the GPU at {address}."),
            "Nothing to mend if that GPU is not AMD's or Intel's; else use a kernel whose driver shows energy or power.",
        ));
    }
    found
}

/// The place of the chip that is the request's GPU, and what says so.
fn tie(gpus: &[&Chip], request: &Request) -> Result<(String, String), Absence> {
    let device = &request.device;
    let no = |lack, reason: String, fix: &str| Err(Absence::new(lack, "hwmon", reason, fix));
    let place = if let Some(address) = device.pci_address() {
        if request
            .root
            .join(format!("sys/bus/pci/devices/{address}/physfn"))
            .exists()
        {
            return no(
                Lack::Unsupported,
                format!(
                    "`{}` at {address} is a slice of a GPU (SR-IOV), whose energy nobody tells apart.",
                    device.name
                ),
                "Run on the whole GPU.",
            );
        }
        Some((address.to_string(), format!("PCI address {address}")))
    } else {
        let fits =
            |chip: &&&Chip| driver(chip).is_some_and(|(_, words)| words.iter().any(|word| device.name.contains(word)));
        let whole: Vec<&&Chip> = gpus.iter().filter(|chip| !is_part(chip)).collect();
        match whole[..] {
            [only] if fits(&only) => Some((
                only.place(),
                format!("name: the only GPU with the driver {}", only.driver),
            )),
            _ => None,
        }
    };
    match place {
        Some(_) if device.class == DeviceClass::Virtual => no(
            Lack::Unsupported,
            format!(
                "`{}` is a virtual GPU, whose energy cannot be told from that of its neighbours.",
                device.name
            ),
            "Run on the host, or pass the whole GPU through.",
        ),
        Some(place) => Ok(place),
        None => no(
            Lack::Missing,
            format!(
                "The driver of `{}` tells no PCI address, so its sensor cannot be told for certain.",
                device.name
            ),
            "Use the Vulkan backend with a recent driver (VK_EXT_pci_bus_info).",
        ),
    }
}

/// The driver of a GPU's chip: `i915_gt0` and the like are parts of `i915`.
fn driver(chip: &Chip) -> Option<(&'static str, [&'static str; 2])> {
    DRIVERS
        .into_iter()
        .find(|(name, _)| chip.driver == *name || chip.driver.starts_with(&format!("{name}_")))
}

/// Parts of a GPU have chips of their own.
fn is_part(chip: &Chip) -> bool {
    !DRIVERS.iter().any(|(name, _)| chip.driver == *name)
}

fn add(chip: &Chip, tied_by: Option<&str>, machine: &Machine, found: &mut Found) {
    let mut whole: Option<String> = None;
    if let Some(tied_by) = tied_by.filter(|_| !is_part(chip)) {
        let description = describe(chip, "gpu_metrics", Domain::Board, Unit::PerfJoule, Role::Device);
        match gpu_metrics::open(
            Description {
                tied_by: Some(tied_by.into()),
                ..description
            },
            &chip.folder,
            machine,
        ) {
            Some(Ok(source)) => {
                whole = Some(source.id().to_owned());
                found.sources.push(Box::new(source));
            }
            Some(Err(absence)) => found.absences.push(absence),
            None => {}
        }
    }
    for channel in channels(chip) {
        let path = chip.folder.join(&channel.file);
        let domain = if channel.is_part { Domain::Chip } else { Domain::Board };
        let role = match (&whole, tied_by) {
            _ if channel.is_part => Role::Listed,
            (_, None) => Role::Listed,
            (None, Some(_)) => Role::Device,
            // What is left beside the first whole-board channel is its witness.
            (Some(_), Some(_)) => Role::CrossCheck,
        };
        let description = Description {
            tied_by: tied_by.map(str::to_owned),
            twin_of: whole.clone().filter(|_| role == Role::CrossCheck),
            part_of: whole.clone().filter(|_| channel.is_part),
            note: note(role, &channel, tied_by.is_some()),
            ..describe(chip, &channel.file, domain, channel.unit, role)
        };
        let index: String = channel.file.chars().filter(char::is_ascii_digit).collect();
        let limits = ["cap", "max", "crit"].map(|limit| format!("power{index}_{limit}"));
        let id = description.id.clone();
        match FileSource::open(description, &path, LimitFile::among(&chip.folder, limits)) {
            Ok(source) => {
                found.sources.push(Box::new(source));
                if role == Role::Device {
                    whole = Some(id);
                }
            }
            Err(error) => found.absences.push(machine.unreadable(id, &path, &error)),
        }
    }
    if tied_by.is_some() && !is_part(chip) {
        found.states.push(Box::new(GpuState {
            folder: chip.folder.clone(),
        }));
    }
}

fn describe(chip: &Chip, file: &str, domain: Domain, unit: Unit, role: Role) -> Description {
    let average = file == "power1_average";
    let id = format!("hwmon:{}:{}:{file}", chip.place(), chip.driver);
    let label = first_line(&chip.folder.join(file.replace("_input", "_label")));
    let label = label.map_or_else(String::new, |label| format!(" ({label})"));
    Description {
        update_period_s: if unit.is_energy() { 0.01 } else { 0.1 },
        pci_address: chip.address.map(|address| address.to_string()),
        duty: if unit.is_energy() || average { 1.0 } else { 0.25 },
        lag_s: if average { 0.5 } else { 0.0 },
        ..Description::new(id, format!("{} {file}{label}", chip.driver), domain, unit, role)
    }
}

fn note(role: Role, channel: &Channel, is_ours: bool) -> String {
    match role {
        Role::Listed if channel.is_part && is_ours => "part of the card: never added".into(),
        Role::Listed => "of another GPU, or of one that cannot be told: never added".into(),
        _ if !channel.unit.is_energy() => "power, integrated".into(),
        _ => String::new(),
    }
}

struct Channel {
    file: String,
    is_part: bool,
    unit: Unit,
}

/// Energy counters first, the whole card before its parts; then power, averages before moments. Without a card the package
/// counts; whatever has another label is a part.
fn channels(chip: &Chip) -> Vec<Channel> {
    let label = |index: u8| first_line(&chip.folder.join(format!("energy{index}_label")));
    let exists = |file: &String| chip.folder.join(file).exists();
    let has_card = (1..=9).any(|index| label(index).as_deref() == Some("card"));
    let energy = (1..=9).map(|index| Channel {
        file: format!("energy{index}_input"),
        unit: Unit::Microjoule,
        is_part: is_part(chip)
            || match label(index).as_deref() {
                Some("card") => false,
                Some("pkg") | None => has_card,
                Some(_) => true,
            },
    });
    let mut channels: Vec<Channel> = energy.filter(|channel| exists(&channel.file)).collect();
    channels.sort_by_key(|channel| channel.is_part);
    let power = ["power1_average", "power1_input"]
        .map(str::to_owned)
        .into_iter()
        .filter(exists);
    channels.extend(power.map(|file| Channel {
        file,
        unit: Unit::Microwatt,
        is_part: is_part(chip),
    }));
    channels
}

struct GpuState {
    folder: PathBuf,
}

impl StateReader for GpuState {
    fn state(&self) -> DeviceState {
        let value = |file: &str, scale: f64| scaled(&self.folder.join(file), scale);
        DeviceState {
            temperature_c: value("temp1_input", 1e-3),
            clock_mhz: value("freq1_input", 1e-6),
            memory_clock_mhz: value("freq2_input", 1e-6),
            power_limit_w: value("power1_cap", 1e-6),
            utilisation: value("device/gpu_busy_percent", 1e-2),
            throttled: None,
        }
    }
}
