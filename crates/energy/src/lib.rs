//! What it costs: the joules of a window, or the reason why nobody knows them.
//!
//! In: the device that runs the kernels ([`Request`]) and windows of time. Out: energies with their 95%
//! uncertainty ([`WindowEnergy`]), the device's state, raw ticks, and what is missing with its fix ([`Inventory`]).
//! The README of this crate explains sources, permissions, formulas and faults.

mod absence;
mod choice;
mod choice_error;
mod cpu_time;
mod estimate;
mod frozen;
mod idle;
mod incident;
mod inventory;
mod limit;
mod line;
mod machine;
mod meter;
mod mirror;
mod outlier;
mod pci;
mod poller;
mod power_limit;
mod probe;
mod pulse;
mod reading;
mod recall;
mod recording;
mod request;
mod sampler;
mod schedule;
mod source;
mod sources;
mod state;
mod step;
mod sum;
#[cfg(test)]
mod tests;
mod thermal;
mod tick;
mod timeline;
mod uncertainty;
mod verdict;
mod window;
mod window_energy;
mod window_length;

pub use absence::{Absence, Lack};
pub use choice::SourceChoice;
pub use choice_error::ChoiceError;
pub use cpu_time::process_cpu_s;
pub use estimate::EnergyEstimate;
pub use idle::{ActiveEnergy, IdlePower};
pub use inventory::{Inventory, ReadingCost, SourceEntry, Unused};
pub use meter::Meter;
pub use pci::PciAddress;
pub use power_limit::PowerLimit;
pub use reading::EnergyReading;
pub use recording::{Recording, RecordingError};
pub use request::{DeviceIdentity, Request};
pub use source::{Description, Fault, Source};
pub use sources::simulated::{SimulatedLoad, SimulatedSpec};
pub use sources::wattmeter::{Place, WattmeterSpec};
pub use state::DeviceState;
pub use thermal::{ThermalGate, ThermalGateError};
pub use timeline::Timeline;
pub use window_energy::WindowEnergy;
pub use window_length::TICKS_PER_WINDOW;
