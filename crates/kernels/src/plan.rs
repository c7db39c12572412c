//! A plan: the buffers and passes that compute a problem by one variant. Everything a device needs, nothing it did.

use sha2::{Digest, Sha256};

use crate::derived::Derived;
use crate::layout::Layout;
use crate::{DeviceProfile, Element, Tensor, Unsupported};

/// What a buffer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The problem's first (0) or second (1) input.
    Input(usize),
    /// Part of an input in another form, which the host makes before the upload.
    Derived(Derived),
    /// The problem's output.
    Output,
    /// Scratch between passes.
    Scratch,
}

/// One storage buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct BufferSpec {
    /// Name for messages.
    pub label: &'static str,
    /// What it is for.
    pub role: Role,
    /// Type of its elements.
    pub element: Element,
    /// Where the elements lie.
    pub layout: Layout,
}

impl BufferSpec {
    /// Size in bytes, whole vectors of 16.
    pub fn bytes(&self) -> u64 {
        (self.layout.slots() * self.element.bytes()).next_multiple_of(16)
    }

    /// What the host writes before the first pass; `None` where passes write.
    ///
    /// # Errors
    /// If the inputs do not have the form that the plan was made for.
    pub fn upload(&self, inputs: [&Tensor; 2]) -> Result<Option<Vec<u8>>, Unsupported> {
        Ok(match self.role {
            Role::Input(index) => Some(inputs[index].pack(&self.layout)),
            Role::Derived(derived) => Some(derived.tensor(inputs, self.layout.slots() as usize)?.pack(&self.layout)),
            Role::Output | Role::Scratch => None,
        })
    }
}

/// One dispatch.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// Name for messages.
    pub label: &'static str,
    /// Composed WGSL; its entry point is `main`.
    pub wgsl: String,
    /// Workgroup size, as the WGSL declares it.
    pub workgroup: [u32; 2],
    /// Workgroup memory in bytes, as the WGSL declares it.
    pub workgroup_bytes: u32,
    /// Workgroups per axis.
    pub grid: [u32; 2],
    /// Index into [`Plan::buffers`] for binding 0, 1, …; the last one is written, the others are read.
    pub bindings: Vec<usize>,
}

impl Pass {
    /// SHA-256 of the composed WGSL, hexadecimal.
    pub fn hash(&self) -> String {
        Sha256::digest(self.wgsl.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// What crosses between host and device in each iteration, besides what lies on the device from the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transfer {
    /// Nothing.
    #[default]
    None,
    /// The host writes the first input, before the passes.
    Upload,
    /// The host reads the output, after the passes.
    Download,
}

/// Buffers and passes, in order of execution.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// All buffers.
    pub buffers: Vec<BufferSpec>,
    /// All passes.
    pub passes: Vec<Pass>,
}

/// Folds a number of workgroups into two axes of at most 65,535, WebGPU's guaranteed limit: x, y.
pub fn fold_grid(groups: u64) -> [u32; 2] {
    let y = groups.div_ceil(65535);
    [groups.div_ceil(y.max(1)) as u32, y as u32]
}

impl Plan {
    /// The buffer with this role.
    pub fn buffer(&self, role: Role) -> &BufferSpec {
        self.buffers
            .iter()
            .find(|buffer| buffer.role == role)
            .expect("each plan has an output, and each that transfers its input has that: a test visits every kernel")
    }

    /// Checks the plan against a device's limits.
    ///
    /// # Errors
    /// A sentence with the pass or buffer, what it needs and what the device offers.
    pub fn check(&self, device: &DeviceProfile) -> Result<(), Unsupported> {
        for buffer in &self.buffers {
            let limit = device.max_storage_binding_bytes.min(device.max_buffer_bytes);
            if buffer.bytes() > limit {
                return Err(Unsupported::new(format!(
                    "buffer `{}` needs {} bytes, more than the {limit} that this adapter can bind",
                    buffer.label,
                    buffer.bytes()
                )));
            }
            if buffer.layout.slots() > u64::from(u32::MAX) {
                return Err(Unsupported::new(format!(
                    "buffer `{}` has {} slots, too many for 32-bit indices",
                    buffer.label,
                    buffer.layout.slots()
                )));
            }
        }
        for pass in &self.passes {
            let [x, y] = pass.workgroup;
            if pass.wgsl.contains("subgroupBroadcast") && x * y > device.subgroup {
                return Err(Unsupported::new(format!(
                    "pass `{}` hands numbers round among {} invocations, this adapter's subgroups have {}",
                    pass.label,
                    x * y,
                    device.subgroup
                )));
            }
            let limits = [
                (
                    "invocations per workgroup",
                    pass.workgroup[0] * pass.workgroup[1],
                    device.max_invocations_per_workgroup,
                ),
                ("workgroup size in x", pass.workgroup[0], device.max_workgroup_size[0]),
                ("workgroup size in y", pass.workgroup[1], device.max_workgroup_size[1]),
                (
                    "bytes of workgroup memory",
                    pass.workgroup_bytes,
                    device.max_workgroup_storage_bytes,
                ),
                ("workgroups in x", pass.grid[0], device.max_workgroups_per_dimension),
                ("workgroups in y", pass.grid[1], device.max_workgroups_per_dimension),
            ];
            for (what, needed, limit) in limits {
                if needed > limit {
                    return Err(Unsupported::new(format!(
                        "pass `{}` needs {needed} {what}, this adapter allows {limit}",
                        pass.label
                    )));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::fold_grid;

    #[test]
    fn grids_fold_without_losing_groups() {
        for groups in [1, 7, 65535, 65536, 65537, 1 << 24, 3_000_000_019] {
            let [x, y] = fold_grid(groups);
            assert!(x <= 65535 && y <= 65535, "{groups} gives {x} x {y}");
            let total = u64::from(x) * u64::from(y);
            assert!(
                total >= groups && total - groups < u64::from(y),
                "{groups} gives {total}"
            );
        }
    }
}
