//! What a kernel needs to know of the device: its class, features and limits.

use std::fmt;

use joulemark_base::device_class::DeviceClass;

use crate::precision::Element;
use crate::unsupported::Unsupported;

/// Cooperative matrices that the invocations of a subgroup multiply together: `size`×`size` inputs and sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cooperative {
    /// Rows and columns: 8 or 16.
    pub size: u32,
    /// Type of the factors.
    pub input: Element,
    /// Type of the sums.
    pub sum: Element,
}

impl fmt::Display for Cooperative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { size, input, sum } = self;
        write!(f, "{size}x{size} {} with {} sums", input.as_str(), sum.as_str())
    }
}

/// Features and limits of an opened device, in bytes and counts.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceProfile {
    /// Class of the adapter.
    pub class: DeviceClass,
    /// Whether shaders may use `f16`, in buffers too.
    pub f16: bool,
    /// Cooperative matrices on offer.
    pub cooperative: Vec<Cooperative>,
    /// Invocations of the smallest subgroup; 1 if shaders cannot use subgroups.
    pub subgroup: u32,
    /// Largest storage binding, in bytes.
    pub max_storage_binding_bytes: u64,
    /// Largest buffer, in bytes.
    pub max_buffer_bytes: u64,
    /// Workgroup memory, in bytes.
    pub max_workgroup_storage_bytes: u32,
    /// Invocations per workgroup.
    pub max_invocations_per_workgroup: u32,
    /// Workgroup size per axis.
    pub max_workgroup_size: [u32; 3],
    /// Workgroups per axis of a dispatch.
    pub max_workgroups_per_dimension: u32,
}

impl DeviceProfile {
    /// Checks that the device multiplies such matrices.
    pub(crate) fn check_cooperative(&self, matrix: Cooperative) -> Result<(), Unsupported> {
        if self.cooperative.contains(&matrix) {
            return Ok(());
        }
        let offered: Vec<_> = self.cooperative.iter().map(Cooperative::to_string).collect();
        Err(Unsupported::new(format!(
            "this adapter has no cooperative matrices {matrix}; it offers {}",
            if offered.is_empty() {
                "none".into()
            } else {
                offered.join(", ")
            }
        )))
    }

    /// WebGPU's default limits with f16, subgroups of 32 and all cooperative matrices that kernels use: what a plan may count
    /// on where no device is at hand (`list`, `show`, tests).
    pub fn portable(class: DeviceClass) -> Self {
        let matrices = |size| {
            [Element::F32, Element::F16].map(|sum| Cooperative {
                size,
                input: Element::F16,
                sum,
            })
        };
        Self {
            class,
            f16: true,
            cooperative: [8, 16].into_iter().flat_map(matrices).collect(),
            subgroup: 32,
            max_storage_binding_bytes: 128 << 20,
            max_buffer_bytes: 256 << 20,
            max_workgroup_storage_bytes: 16 << 10,
            max_invocations_per_workgroup: 256,
            max_workgroup_size: [256, 256, 64],
            max_workgroups_per_dimension: 65535,
        }
    }
}
