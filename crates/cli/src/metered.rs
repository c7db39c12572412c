//! The devices of this machine whose energy can be read. In: the options. Out: a meter for each GPU, or for the CPU
//! packages where there is none, and a column for each domain that one of them tells.

use std::path::Path;

use anyhow::ensure;
use joulemark_base::device_class::DeviceClass;
use joulemark_base::role::Role;
use joulemark_energy::{DeviceIdentity, EnergyReading, Meter, PciAddress, Request, SourceChoice, WindowEnergy};
use joulemark_gpu::Adapter;
use joulemark_harness::{Error, Options, identity};

/// A meter and the device that it is for.
pub(crate) struct Metered {
    pub(crate) device: DeviceIdentity,
    pub(crate) meter: Meter,
}

/// What one column of a table shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) title: String,
    /// Which meter tells it.
    pub(crate) meter: usize,
    pub(crate) role: Role,
}

impl Column {
    /// Its part of what its meter told.
    pub(crate) fn of<'a>(&self, energy: &'a WindowEnergy) -> &'a EnergyReading {
        match self.role {
            Role::Host => &energy.host,
            _ => &energy.device,
        }
    }
}

/// The meters, that of the most important device first: the chosen adapter's, or one for each GPU that has a sensor, or that
/// of the CPU packages. Beside a GPU the packages are its meter's host.
///
/// # Errors
/// An adapter that does not exist, or a source that was asked for by name and is not there.
pub(crate) fn open(options: &Options) -> anyhow::Result<Vec<Metered>> {
    let open = |device: DeviceIdentity| Metered {
        meter: Meter::open(&Request::new(device.clone(), options.energy.clone())),
        device,
    };
    let mut found = Vec::new();
    if let Some(wish) = &options.adapter {
        found.push(open(chosen(wish)?));
    } else if !matches!(
        options.energy,
        SourceChoice::Simulated(_) | SourceChoice::Replay(_) | SourceChoice::None
    ) {
        found.extend(gpus(Path::new("/")).into_iter().map(open).filter(Metered::has_device));
    }
    if found.is_empty() {
        found.push(open(processor()));
    }
    let asked = !matches!(options.energy, SourceChoice::Auto | SourceChoice::None);
    let absent = !found.iter().any(|one| one.meter.slowest_period_s().is_some());
    if asked && absent {
        return Err(Error::NoSource(format!(
            "no energy can be measured with `{}`: {}",
            options.energy,
            why_none(&found)
        ))
        .into());
    }
    Ok(found)
}

/// Why nothing is measured, as sentences.
pub(crate) fn why_none(found: &[Metered]) -> String {
    let absences = found.iter().flat_map(|one| &one.meter.inventory().unavailable);
    let mut sentences: Vec<String> = absences.map(ToString::to_string).collect();
    sentences.dedup();
    if sentences.is_empty() {
        "it tells nothing of this machine".into()
    } else {
        sentences.join(" ")
    }
}

impl Metered {
    fn has(&self, role: Role) -> bool {
        let sources = &self.meter.inventory().sources;
        sources.iter().any(|entry| entry.description.role == role)
    }

    fn has_device(&self) -> bool {
        self.has(Role::Device)
    }
}

/// A column for each device that has a sensor, the packages beside GPUs last.
pub(crate) fn columns(found: &[Metered]) -> Vec<Column> {
    let with_device = found.iter().enumerate().filter(|(_, one)| one.has_device());
    let mut columns: Vec<Column> = with_device
        .map(|(meter, one)| Column {
            title: title(one, meter),
            meter,
            role: Role::Device,
        })
        .collect();
    if let Some(meter) = found.iter().position(|one| one.has(Role::Host)) {
        columns.push(Column {
            title: "CPU".into(),
            meter,
            role: Role::Host,
        });
    }
    columns
}

fn title(one: &Metered, number: usize) -> String {
    let sources = &one.meter.inventory().sources;
    let source = sources.iter().find(|entry| entry.description.role == Role::Device);
    match (&one.device.pci_bus_id, source) {
        (Some(_), _) => format!("GPU {number}"),
        (None, Some(entry)) if ["simulated", "replay"].contains(&entry.description.id.as_str()) => {
            entry.description.id.clone()
        }
        (None, _) => "CPU".into(),
    }
}

/// The device of `--adapter`: a PCI address, which needs no driver for graphics, or a number or name of wgpu's.
fn chosen(wish: &str) -> anyhow::Result<DeviceIdentity> {
    let Some(address) = PciAddress::parse(wish).filter(|_| wish.contains(':')) else {
        let adapter = Adapter::choose(Some(wish)).map_err(Error::from)?;
        return Ok(identity(&adapter));
    };
    let text = address.to_string();
    ensure!(
        !cfg!(target_os = "linux") || Path::new("/sys/bus/pci/devices").join(&text).exists(),
        "there is no PCI device {text} on this machine"
    );
    Ok(board(text))
}

/// The CPU packages.
fn processor() -> DeviceIdentity {
    DeviceIdentity::named(DeviceClass::Cpu, "CPU")
}

fn board(pci_bus_id: String) -> DeviceIdentity {
    DeviceIdentity {
        pci_bus_id: Some(pci_bus_id.clone()),
        ..DeviceIdentity::named(DeviceClass::Discrete, format!("GPU {pci_bus_id}"))
    }
}

/// Every display controller on the PCI bus (class 0x03), but for those that share the CPU's package.
fn gpus(root: &Path) -> Vec<DeviceIdentity> {
    let devices = std::fs::read_dir(root.join("sys/bus/pci/devices"))
        .into_iter()
        .flatten()
        .flatten();
    let is_display = |folder: &Path| {
        std::fs::read_to_string(folder.join("class")).is_ok_and(|class| class.trim().starts_with("0x03"))
    };
    let displays = devices.filter(|device| is_display(&device.path()));
    let mut addresses: Vec<String> = displays
        .map(|device| device.file_name().to_string_lossy().into_owned())
        .collect();
    addresses.sort();
    if addresses.is_empty() {
        return Vec::new();
    }
    let adapters: Vec<DeviceIdentity> = Adapter::all().iter().map(identity).collect();
    let known = |address: &String| {
        let is = |device: &&DeviceIdentity| device.pci_bus_id.as_deref() == Some(address.as_str());
        adapters.iter().find(is).cloned()
    };
    let devices = addresses
        .into_iter()
        .map(|address| known(&address).unwrap_or_else(|| board(address)));
    devices
        .filter(|device| device.class != DeviceClass::Integrated)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::gpus;

    #[test]
    fn display_controllers_are_gpus() {
        let root = tempfile::tempdir().unwrap();
        for (address, class) in [
            ("0000:00:1f.0", "0x060100\n"),
            ("0000:65:00.0", "0x030200\n"),
            ("0000:17:00.0", "0x030000\n"),
        ] {
            let folder = root.path().join("sys/bus/pci/devices").join(address);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("class"), class).unwrap();
        }
        let found: Vec<_> = gpus(root.path())
            .into_iter()
            .filter_map(|device| device.pci_bus_id)
            .collect();
        assert_eq!(found, ["0000:17:00.0", "0000:65:00.0"]);
    }
}
