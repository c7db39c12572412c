//! What the harness asks of the meter. Comes in: the device that will run the kernels and the user's choice of
//! sources. Goes out: everything that finding the sensors needs.

use joulemark_base::device_class::DeviceClass;

use crate::{PciAddress, SourceChoice};
use std::path::PathBuf;

/// The device whose joules are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceIdentity {
    /// What kind of device it is.
    pub class: DeviceClass,
    /// wgpu's `AdapterInfo::device_pci_bus_id`, such as `0000:65:00.0`; `None` or empty where the driver tells none.
    pub pci_bus_id: Option<String>,
    /// The adapter's name.
    pub name: String,
}

impl DeviceIdentity {
    /// The PCI address, if the driver told one that can be read.
    #[must_use]
    pub fn pci_address(&self) -> Option<PciAddress> {
        self.pci_bus_id.as_deref().and_then(PciAddress::parse)
    }

    /// Whether it is part of the CPU packages, so that RAPL's joules are its own.
    pub(crate) fn is_in_package(&self) -> bool {
        matches!(self.class, DeviceClass::Integrated | DeviceClass::Cpu)
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
