//! What kind of device runs the kernels. In: what the driver says. Out: where defaults and sensors are chosen from.

use serde::{Deserialize, Serialize};

/// What kind of device runs the kernels. Untuned variants and the energy sources that count follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceClass {
    /// A GPU with a board and memory of its own.
    Discrete,
    /// A GPU inside the CPU package, sharing its memory.
    Integrated,
    /// The CPU itself, under a software driver.
    Cpu,
    /// A GPU shared out by a hypervisor: a slice of a board, which must never be given the board's joules.
    Virtual,
    /// The driver does not say.
    Other,
}

crate::words! { DeviceClass, "class of device" {
    Discrete => "discrete",
    Integrated => "integrated",
    Cpu => "cpu",
    Virtual => "virtual",
    Other => "other",
} }

impl DeviceClass {
    /// Whether it is part of the CPU packages, so that their joules are its own.
    #[must_use]
    pub const fn is_in_package(self) -> bool {
        matches!(self, Self::Integrated | Self::Cpu)
    }
}
