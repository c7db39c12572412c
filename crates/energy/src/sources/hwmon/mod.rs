//! Sensors below `sys/class/hwmon`. In: the request. Out: the sources of GPUs and CPUs among its chips, and
//! what else was seen there that measures energy or power, with why it is not used.

mod cpu_power;
mod gpu;
mod gpu_metrics;
mod rails;

use super::Found;
use crate::inventory::Unused;
use crate::machine::{Machine, first_line, folders};
use crate::pci::PciAddress;
use crate::request::Request;
use std::fs;
use std::path::{Path, PathBuf};

/// One chip: a folder of hwmon.
#[derive(Debug, Clone)]
pub(crate) struct Chip {
    folder: PathBuf,
    driver: String,
    address: Option<PciAddress>,
}

impl Chip {
    /// All of the machine.
    fn all(root: &Path) -> Vec<Self> {
        folders(&root.join("sys/class/hwmon"), "hwmon")
            .into_iter()
            .filter_map(Self::at)
            .collect()
    }

    fn at(folder: PathBuf) -> Option<Self> {
        let driver = first_line(&folder.join("name"))?;
        let link = folder.join("device");
        // The link's own text will do where its target is not to be seen.
        let device = link.canonicalize().or_else(|_| fs::read_link(&link)).ok();
        let address = device.and_then(|device| PciAddress::parse(&device.file_name()?.to_string_lossy()));
        Some(Self {
            folder,
            driver,
            address,
        })
    }

    /// What a person can find it by.
    fn place(&self) -> String {
        self.address.map_or_else(
            || {
                self.folder
                    .file_name()
                    .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
            },
            |address| address.to_string(),
        )
    }

    /// Its files that measure energy or power; ACPI's power meters keep them one folder deeper.
    fn meters(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = [self.folder.clone(), self.folder.join("device")]
            .iter()
            .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten())
            .filter(|entry| is_meter(&self.driver, &entry.file_name().to_string_lossy()))
            .map(|entry| entry.path())
            .collect();
        files.sort();
        files
    }
}

/// `energy1_input`, `power2_average`, `power1_input` …, and the currents of rail monitors.
fn is_meter(driver: &str, name: &str) -> bool {
    let rest = name.strip_prefix("energy").or_else(|| name.strip_prefix("power"));
    let rest = rest.or_else(|| name.strip_prefix("curr").filter(|_| driver.starts_with("ina")));
    rest.is_some_and(|rest| {
        let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        rest == "_input" || rest == "_average"
    })
}

/// The GPU's channels where the device is a board; the CPU's or the module's where it is in the package.
pub(crate) fn find(request: &Request, machine: &Machine) -> Found {
    if request.device.is_in_package() {
        find_package(request, machine)
    } else {
        find_gpu(request, machine)
    }
}

/// The channels of AMD and Intel GPUs: the request's counts, the others are listed.
pub(crate) fn find_gpu(request: &Request, machine: &Machine) -> Found {
    gpu::find(&Chip::all(&request.root), request, machine)
}

/// The sensors of CPU packages and modules.
pub(crate) fn find_package(request: &Request, machine: &Machine) -> Found {
    let chips = Chip::all(&request.root);
    let mut found = cpu_power::find(&chips, request, machine);
    if found.sources.is_empty() && request.device.is_in_package() {
        found.join(rails::find(&chips, machine));
    }
    found
}

/// The chips that measure something, and whose sources are none of these.
pub(crate) fn unused(request: &Request, used: &[String]) -> Vec<Unused> {
    let chips = Chip::all(&request.root).into_iter().filter(|chip| {
        let place = format!(":{}", chip.place());
        !used.iter().any(|id| id.contains(&place))
    });
    let seen = chips.flat_map(|chip| {
        let (driver, place) = (chip.driver.clone(), chip.place());
        chip.meters().into_iter().map(move |file| Unused {
            source: format!(
                "hwmon:{place}:{driver}:{}",
                file.file_name().unwrap_or_default().to_string_lossy()
            ),
            reason: why_unused(&driver).to_owned(),
        })
    });
    seen.collect()
}

fn why_unused(driver: &str) -> &'static str {
    match driver {
        "amdgpu" | "i915" | "xe" => "It is another GPU's.",
        "amd_energy" => "It counts the same joules as RAPL, or the cores apart from their package.",
        "power_meter" => "It sees the whole machine, or a part that other sensors see better.",
        driver if driver.starts_with("ina") => "It is a rail of the board, and nobody says which parts hang on it.",
        _ => "Nobody says that it sees the device or the CPU packages; `--energy file:PATH` reads it if you know.",
    }
}
