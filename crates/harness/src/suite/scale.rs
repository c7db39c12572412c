//! How large a suite's problems are: a GPU has to be saturated, a CPU has to finish.

use joulemark_base::device_class::DeviceClass;
use joulemark_gpu::Adapter;

/// Which of a suite's sizes are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scale {
    /// For software adapters: an iteration takes milliseconds on two cores.
    Small,
    /// For GPUs that share the CPU's memory.
    Medium,
    /// For GPUs with memory of their own.
    Large,
}

joulemark_base::words! { Scale, "scale" {
    Small => "small",
    Medium => "medium",
    Large => "large",
} }

impl Scale {
    /// What saturates a device of this class and ends in time.
    pub fn of(class: DeviceClass) -> Self {
        match class {
            DeviceClass::Cpu => Self::Small,
            DeviceClass::Integrated | DeviceClass::Virtual | DeviceClass::Other => Self::Medium,
            DeviceClass::Discrete => Self::Large,
        }
    }

    /// The scale for the adapter that an option names; small where there is none, which whoever opens it will say.
    pub(crate) fn of_adapter(name: Option<&str>) -> Self {
        Adapter::choose(name).map_or(Self::Small, |adapter| Self::of(adapter.class()))
    }
}

/// A value for each scale.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scaled<T>([T; 3]);

impl<T> Scaled<T> {
    pub(super) fn new(by_scale: [T; 3]) -> Self {
        Self(by_scale)
    }

    pub(super) fn at(&self, scale: Scale) -> &T {
        &self.0[scale as usize]
    }
}

impl<T: PartialEq> Scaled<T> {
    /// Whether the scale makes a difference.
    pub(super) fn varies(&self) -> bool {
        self.0[0] != self.0[1] || self.0[1] != self.0[2]
    }
}
