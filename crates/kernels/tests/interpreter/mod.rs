//! A second device: runs a plan's WGSL by interpreting naga's intermediate form, one workgroup after the other, its
//! invocations in step. Slow, and strict where GPUs are silent: it faults on an index out of bounds, on workgroup
//! memory that nobody wrote and on data races, and it counts the arithmetic and the traffic that really happen.

mod access;
mod expression;
mod machine;
mod memory;
mod value;

use joulemark_kernels::plan::{Pass, Role};
use joulemark_kernels::{Plan, Precision, Tensor};
use machine::Machine;
use memory::Memory;
use naga::valid::{Capabilities, ValidationFlags, Validator};

/// What a plan did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    /// Operations on the precision's own numbers: an addition, multiplication or maximum is one, a fused
    /// multiply-add two, a packed dot product of four seven, each per component. u32 is addressing and does not count.
    pub(crate) operations: u64,
    /// Bytes read from and written to storage buffers.
    pub(crate) bytes: u64,
}

/// Runs a plan on these inputs with subgroups of so many invocations; gives its output and what it did.
///
/// # Errors
/// The pass, workgroup and reason of the first fault.
pub(crate) fn execute(
    plan: &Plan,
    precision: Precision,
    inputs: [&Tensor; 2],
    subgroup: usize,
) -> Result<(Tensor, Counts), String> {
    let mut buffers: Vec<Memory> = plan
        .buffers
        .iter()
        .map(|spec| {
            // NaN, as on the device: who reads what nobody wrote may not use it.
            let poison = || vec![0xff; spec.bytes() as usize];
            let mut bytes = spec
                .upload(&inputs)
                .map_err(|reason| reason.to_string())?
                .unwrap_or_else(poison);
            bytes.resize(spec.bytes() as usize, 0);
            Ok(Memory::filled(bytes))
        })
        .collect::<Result<_, String>>()?;
    let mut counts = Counts::default();
    for pass in &plan.passes {
        run(pass, precision, &mut buffers, subgroup, &mut counts)
            .map_err(|fault| format!("{}: {fault}", pass.label))?;
        buffers.iter_mut().for_each(Memory::settle);
    }
    let index = plan.buffers.iter().position(|spec| spec.role == Role::Output).unwrap();
    let spec = &plan.buffers[index];
    Ok((
        Tensor::unpack(spec.element, &spec.layout, &buffers[index].bytes),
        counts,
    ))
}

fn run(
    pass: &Pass,
    precision: Precision,
    buffers: &mut [Memory],
    subgroup: usize,
    counts: &mut Counts,
) -> Result<(), String> {
    let module = naga::front::wgsl::parse_str(&pass.wgsl).map_err(|error| error.emit_to_string(&pass.wgsl))?;
    Validator::new(ValidationFlags::all(), Capabilities::all())
        .validate(&module)
        .map_err(|error| error.emit_to_string(&pass.wgsl))?;
    let mut machine = Machine::new(&module, precision, subgroup, buffers, &pass.bindings);
    for y in 0..pass.grid[1] {
        for x in 0..pass.grid[0] {
            machine
                .workgroup([x, y, 0])
                .map_err(|fault| format!("workgroup ({x}, {y}): {fault}"))?;
        }
    }
    counts.operations += machine.counts.operations;
    counts.bytes += machine.counts.bytes;
    Ok(())
}
