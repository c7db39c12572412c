//! A plan: the buffers and passes that compute a problem by one variant. Everything a device needs, nothing it did.

use sha2::{Digest, Sha256};

use crate::derived::Derived;
use crate::device::DeviceProfile;
use crate::interface::Interface;
use crate::layout::Layout;
use crate::precision::Element;
use crate::tensor::Tensor;
use crate::unsupported::Unsupported;

/// What a buffer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// This input of the problem.
    Input(usize),
    /// Part of an input in another form, which the host makes before the upload.
    Derived(Derived),
    /// The problem's output.
    Output,
    /// The problem's output, which begins as this input.
    Updated(usize),
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
    /// Size in bytes is a multiple of this: 16 for whole vectors, 4 where a shader asks an array for its length.
    pub multiple: u64,
}

impl BufferSpec {
    /// A buffer of whole vectors.
    pub fn new(label: &'static str, role: Role, element: Element, layout: Layout) -> Self {
        Self {
            label,
            role,
            element,
            layout,
            multiple: 16,
        }
    }

    /// Size in bytes.
    pub fn bytes(&self) -> u64 {
        (self.layout.slots() * self.element.bytes()).next_multiple_of(self.multiple)
    }

    /// What the host writes before the first pass; `None` where passes write.
    ///
    /// # Errors
    /// If the inputs do not have the form that the plan was made for.
    pub fn upload(&self, inputs: &[&Tensor]) -> Result<Option<Vec<u8>>, Unsupported> {
        Ok(match self.role {
            Role::Input(index) | Role::Updated(index) => Some(inputs[index].pack(&self.layout)),
            Role::Derived(derived) => {
                let inputs = [inputs[0], inputs[1]];
                Some(derived.tensor(inputs, self.layout.slots() as usize)?.pack(&self.layout))
            }
            Role::Output | Role::Scratch => None,
        })
    }
}

/// One dispatch. Workgroup and bindings are what the WGSL says: see [`interface`](Self::interface).
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// Name for messages.
    pub label: &'static str,
    /// Composed WGSL.
    pub wgsl: String,
    /// Its entry point.
    pub entry: &'static str,
    /// Workgroups per axis.
    pub grid: [u32; 3],
    /// Index into [`Plan::buffers`] for each binding that the WGSL declares, or only for those that it uses, by group and number.
    pub bindings: Vec<usize>,
    /// Invocations of a workgroup that hand numbers round and so must share a subgroup; 1 where none do.
    pub lanes: u32,
}

impl Pass {
    /// A dispatch of `main` in two axes.
    pub fn new(label: &'static str, wgsl: String, [x, y]: [u32; 2], bindings: Vec<usize>) -> Self {
        Self {
            label,
            wgsl,
            entry: "main",
            grid: [x, y, 1],
            bindings,
            lanes: 1,
        }
    }

    /// What the WGSL asks for.
    ///
    /// # Errors
    /// If naga does not read it, or it has not as many bindings as the pass.
    pub fn interface(&self) -> Result<Interface, Unsupported> {
        let refuse = |why: String| Unsupported::new(format!("pass `{}`: {why}", self.label));
        let interface = Interface::read(&self.wgsl, self.entry).map_err(|error| refuse(error.to_string()))?;
        let interface = interface.bound(self.bindings.len());
        let (declared, bound) = (interface.bindings.len(), self.bindings.len());
        if declared != bound {
            return Err(refuse(format!(
                "the WGSL uses {declared} bindings and the plan has {bound}"
            )));
        }
        Ok(interface)
    }

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

/// Text that is worth parsing: more than twice as long as the longest listed variant.
const LONGEST_WGSL: usize = 128 << 10;

/// Folds a number of workgroups into two axes of at most 65,535, WebGPU's guaranteed limit: x, y.
pub fn fold_grid(groups: u64) -> [u32; 2] {
    let y = groups.div_ceil(65535);
    [groups.div_ceil(y.max(1)) as u32, y as u32]
}

impl Plan {
    /// One pass over these buffers.
    pub(crate) fn of(buffers: Vec<BufferSpec>, pass: Pass) -> Self {
        Self {
            buffers,
            passes: vec![pass],
        }
    }

    /// Where the output is among the buffers.
    pub fn output(&self) -> usize {
        self.buffers
            .iter()
            .position(|buffer| matches!(buffer.role, Role::Output | Role::Updated(_)))
            .expect("each plan has an output: a test visits every kernel")
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
            if pass.lanes > device.subgroup {
                return Err(Unsupported::new(format!(
                    "pass `{}` hands numbers round among {} invocations, this adapter's subgroups have {}",
                    pass.label, pass.lanes, device.subgroup
                )));
            }
            if pass.wgsl.len() > LONGEST_WGSL {
                return Err(Unsupported::new(format!(
                    "pass `{}` is {} KiB of WGSL, more than compilers take in good time: take smaller tiles",
                    pass.label,
                    pass.wgsl.len() >> 10
                )));
            }
            let Interface {
                workgroup,
                workgroup_bytes,
                ..
            } = pass.interface()?;
            let mut limits = vec![
                (
                    "invocations per workgroup",
                    workgroup
                        .iter()
                        .fold(1, |product: u32, size| product.saturating_mul(*size)),
                    device.max_invocations_per_workgroup,
                ),
                (
                    "bytes of workgroup memory",
                    workgroup_bytes,
                    device.max_workgroup_storage_bytes,
                ),
            ];
            for (axis, sizes) in ["workgroup size in x", "workgroup size in y", "workgroup size in z"]
                .into_iter()
                .enumerate()
            {
                limits.push((sizes, workgroup[axis], device.max_workgroup_size[axis]));
            }
            for (axis, groups) in ["workgroups in x", "workgroups in y", "workgroups in z"]
                .into_iter()
                .enumerate()
            {
                limits.push((groups, pass.grid[axis], device.max_workgroups_per_dimension));
            }
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
