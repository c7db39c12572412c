//! AMD and Intel GPUs through hwmon. Comes in: the adapter's PCI address and the folders below `sys/class/hwmon`. Goes
//! out: one source per channel of that very GPU, each under its own name, and its state.

use super::Found;
use crate::machine::{first_line, folders, number};
use crate::sources::file_source::FileSource;
use crate::state::StateReader;
use crate::{Absence, Description, DeviceState, PciAddress, Request};
use joulemark_base::domain::Domain;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_base::source_kind::SourceKind;
use joulemark_base::unit::Unit;
use std::path::{Path, PathBuf};

/// The drivers whose hwmon folders belong to GPUs; `i915_gt0` and the like are parts of `i915`.
const DRIVERS: [&str; 3] = ["amdgpu", "i915", "xe"];

/// Finds the channels of the request's GPU. Those of other GPUs are listed.
pub(crate) fn find(request: &Request) -> Found {
    let mut found = Found::default();
    let gpus: Vec<Gpu> = folders(&request.root.join("sys/class/hwmon"), "hwmon")
        .into_iter()
        .filter_map(Gpu::at)
        .collect();
    let address = request.device.pci_address();
    if gpus.is_empty() {
        return Found::absent(Absence::new(
            "hwmon",
            "No AMD or Intel GPU shows energy or power through hwmon.",
            "Use the amdgpu, i915 or xe kernel driver (Linux 6.4 or later for Intel's discrete GPUs).",
        ));
    }
    if address.is_none() {
        found.absences.push(Absence::new(
            "hwmon",
            format!(
                "The driver of `{}` tells no PCI address, so its sensor cannot be told for certain.",
                request.device.name
            ),
            "Use the Vulkan backend with a recent driver (VK_EXT_pci_bus_info).",
        ));
    }
    for gpu in &gpus {
        gpu.add_to(&mut found, address.is_some() && gpu.address == address);
    }
    if let Some(address) = address
        && !found.has(Role::Device)
        && found.absences.is_empty()
    {
        found.absences.push(Absence::new(
            "hwmon",
            format!("No hwmon sensor belongs to the GPU at {address}."),
            "Nothing to mend if that GPU is not AMD's or Intel's; else use a kernel whose driver shows energy or power.",
        ));
    }
    found
}

/// One hwmon folder of a GPU.
struct Gpu {
    folder: PathBuf,
    driver: String,
    address: Option<PciAddress>,
}

impl Gpu {
    fn at(folder: PathBuf) -> Option<Self> {
        let driver = first_line(&folder.join("name"))?;
        let known = DRIVERS
            .iter()
            .any(|name| driver == *name || driver.starts_with(&format!("{name}_")));
        let device = folder.join("device").canonicalize().ok();
        let address = device.and_then(|device| PciAddress::parse(&device.file_name()?.to_string_lossy()));
        known.then_some(Self {
            folder,
            driver,
            address,
        })
    }

    /// Parts of a GPU (`i915_gt0`) have folders of their own.
    fn is_part(&self) -> bool {
        !DRIVERS.contains(&self.driver.as_str())
    }

    fn add_to(&self, found: &mut Found, is_ours: bool) {
        let mut role = if is_ours && !self.is_part() {
            Role::Device
        } else {
            Role::Listed
        };
        for channel in self.channels() {
            let path = self.folder.join(&channel.file);
            let role_here = if channel.is_part { Role::Listed } else { role };
            match FileSource::open(self.describe(&channel, role_here), &path) {
                Ok(source) => {
                    found.sources.push(Box::new(source));
                    if role_here == Role::Device {
                        // What is left beside the first whole-board channel is its witness.
                        role = Role::CrossCheck;
                    }
                }
                Err(error) => found.absences.push(Absence::new(
                    format!("hwmon:{}:{}", self.place(), channel.file),
                    format!("{} cannot be read ({error}).", path.display()),
                    format!(
                        "Run `sudo chmod a+r {}` (until the next boot), or as root.",
                        path.display()
                    ),
                )),
            }
        }
        if is_ours && !self.is_part() {
            found.states.push(Box::new(GpuState {
                folder: self.folder.clone(),
            }));
        }
    }

    fn place(&self) -> String {
        self.address
            .map_or_else(|| self.folder.display().to_string(), |address| address.to_string())
    }

    /// Energy counters first, the whole card before its package; then power, averages before moments.
    fn channels(&self) -> Vec<Channel> {
        let mut channels: Vec<Channel> = (1..=9).filter_map(|index| self.energy_channel(index)).collect();
        channels.sort_by_key(|channel| channel.is_part || channel.label.as_deref() == Some("pkg"));
        let has_card = channels.iter().any(|channel| channel.label.as_deref() == Some("card"));
        for channel in &mut channels {
            channel.is_part |= has_card && channel.label.as_deref() != Some("card");
        }
        let power = ["power1_average", "power1_input"]
            .into_iter()
            .filter(|file| self.folder.join(file).exists());
        channels.extend(power.map(|file| Channel {
            file: file.into(),
            label: None,
            is_part: false,
            unit: Unit::Microwatt,
        }));
        channels
    }

    fn energy_channel(&self, index: u8) -> Option<Channel> {
        let file = format!("energy{index}_input");
        let label = first_line(&self.folder.join(format!("energy{index}_label")));
        let exists = self.folder.join(&file).exists();
        exists.then_some(Channel {
            file,
            label,
            is_part: self.is_part(),
            unit: Unit::Microjoule,
        })
    }

    fn describe(&self, channel: &Channel, role: Role) -> Description {
        let (kind, quality) = if channel.unit.is_energy() {
            (SourceKind::Counter, Quality::Counter)
        } else {
            (SourceKind::Power, Quality::Integrated)
        };
        let average = channel.file == "power1_average";
        let limit_uw = number(&self.folder.join("power1_cap")).or_else(|| number(&self.folder.join("power1_max")));
        let label = channel
            .label
            .as_ref()
            .map_or_else(String::new, |label| format!(" ({label})"));
        Description {
            id: format!("hwmon:{}:{}:{}", self.place(), self.driver, channel.file),
            name: format!("{} {}{label}", self.driver, channel.file),
            domain: if channel.is_part { Domain::Chip } else { Domain::Board },
            unit: channel.unit,
            kind,
            update_period_s: if channel.unit.is_energy() { 0.01 } else { 0.1 },
            period_measured: false,
            wrap_range: None,
            pci_address: self.address.map(|address| address.to_string()),
            quality,
            role,
            duty: if channel.unit.is_energy() || average { 1.0 } else { 0.25 },
            lag_s: if average { 0.5 } else { 0.0 },
            power_limit_w: limit_uw
                .filter(|limit| *limit > 0)
                .map(|limit| Unit::Microwatt.to_base(limit)),
            note: match role {
                Role::Listed if channel.is_part => "part of the card: never added".into(),
                Role::Listed => "of another GPU, or of one that cannot be told: never added".into(),
                _ if kind == SourceKind::Power => "power, integrated".into(),
                _ => String::new(),
            },
        }
    }
}

struct Channel {
    file: String,
    label: Option<String>,
    is_part: bool,
    unit: Unit,
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

/// The number in a file of the kernel, in units of `scale`.
pub(crate) fn scaled(path: &Path, scale: f64) -> Option<f64> {
    number(path).map(|value| value as f64 * scale)
}
