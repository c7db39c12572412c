//! The state of the device beside its energy: temperature, clocks, limits. In: whichever sensor has them. Goes
//! out: one value per quantity, absent where no sensor has it.

use serde::Serialize;

/// The device at one moment. Every quantity may be missing; none is ever a stand-in.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct DeviceState {
    /// Degrees Celsius.
    pub temperature_c: Option<f64>,
    /// Clock of the cores in MHz.
    pub clock_mhz: Option<f64>,
    /// Clock of the memory in MHz.
    pub memory_clock_mhz: Option<f64>,
    /// The enforced power limit in watts.
    pub power_limit_w: Option<f64>,
    /// The share of time that the device was busy lately, 0 to 1.
    pub utilisation: Option<f64>,
    /// What holds the clocks down, such as `power_cap`; an empty list if nothing does, `None` if no sensor tells.
    pub throttled: Option<Vec<String>>,
}

impl DeviceState {
    /// The same state with what is missing taken from another reader.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            temperature_c: self.temperature_c.or(other.temperature_c),
            clock_mhz: self.clock_mhz.or(other.clock_mhz),
            memory_clock_mhz: self.memory_clock_mhz.or(other.memory_clock_mhz),
            power_limit_w: self.power_limit_w.or(other.power_limit_w),
            utilisation: self.utilisation.or(other.utilisation),
            throttled: self.throttled.or(other.throttled),
        }
    }
}

/// Something that can tell the device's state; read at both ends of a window, by the harness's thread.
pub(crate) trait StateReader: Send + Sync {
    fn state(&self) -> DeviceState;
}
