//! A made-up sensor whose true joules are known. In: settings, and from the harness when the device is busy.
//! Out: readings like those of a real sensor. Used only when asked for by name, and labelled everywhere.

mod load;
mod sensor;
mod spec;

pub use load::SimulatedLoad;
pub(crate) use sensor::SimulatedSensor;
pub use spec::SimulatedSpec;
