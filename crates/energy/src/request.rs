//! What the harness asks of the meter. In: the device that will run the kernels and the user's choice of
//! sources. Out: everything that finding the sensors needs.

use joulemark_base::device_class::DeviceClass;

use crate::choice::SourceChoice;
use crate::pci::PciAddress;
use std::path::PathBuf;

/// The device whose joules are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceIdentity {
    /// What kind of device it is.
    pub class: DeviceClass,
    /// Its PCI address, such as `0000:65:00.0`; `None` or empty where the driver tells none. wgpu's
    /// `AdapterInfo::device_pci_bus_id` is empty for devices at bus 0, device 0, which Vulkan itself does tell.
    pub pci_bus_id: Option<String>,
    /// The adapter's name.
    pub name: String,
    /// Vulkan's `deviceUUID`, which NVIDIA's driver shares with NVML.
    pub uuid: Option<[u8; 16]>,
    /// The device's locally unique id on Windows (`deviceLUID`, DXGI's `AdapterLuid`).
    pub luid: Option<[u8; 8]>,
}

impl DeviceIdentity {
    /// A device of which only the class and the name are known.
    #[must_use]
    pub fn named(class: DeviceClass, name: impl Into<String>) -> Self {
        Self {
            class,
            pci_bus_id: None,
            name: name.into(),
            uuid: None,
            luid: None,
        }
    }

    /// The CPU itself: its packages are the device, and there is no host beside it.
    #[must_use]
    pub fn cpu() -> Self {
        Self::named(DeviceClass::Cpu, "CPU")
    }

    /// The PCI address, if the driver told one that can be read.
    #[must_use]
    pub fn pci_address(&self) -> Option<PciAddress> {
        self.pci_bus_id.as_deref().and_then(PciAddress::parse)
    }

    /// Whether it is part of the CPU packages, so that RAPL's joules are its own.
    pub(crate) fn is_in_package(&self) -> bool {
        self.class.is_in_package()
    }
}

/// What a meter shall measure.
#[derive(Debug, Clone)]
pub struct Request {
    /// The folder that stands for `/`: sensors are looked for in its `sys` and `proc`. Another one is for tests.
    pub root: PathBuf,
    /// The device that runs the kernels.
    pub device: DeviceIdentity,
    /// Which sources to use.
    pub choice: SourceChoice,
}

impl Request {
    /// The sensors of this machine.
    #[must_use]
    pub fn new(device: DeviceIdentity, choice: SourceChoice) -> Self {
        Self {
            root: PathBuf::from("/"),
            device,
            choice,
        }
    }
}
