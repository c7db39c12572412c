//! Prints the composed WGSL of a kernel: `compose matmul/warp_tiled/f32 4096x4096x4096 [block_m=64,…] [PASS]`.
//!
//! Without a variant it takes the default for discrete GPUs. PASS is a number; without it all passes are printed.

use joulemark_kernels::{Cooperative, DeviceClass, DeviceProfile, Element, Precision, catalogue, prepare};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = "usage: compose OP/ALGORITHM/PRECISION PROBLEM [NAME=VALUE,…] [PASS]";
    let [kernel, problem, rest @ ..] = &arguments[..] else {
        return Err(usage.into());
    };
    let [op, name, precision] = kernel.split('/').collect::<Vec<_>>()[..] else {
        return Err(usage.into());
    };
    let algorithm = catalogue::find(op.parse()?, name)?;
    let precision: Precision = precision.parse()?;
    let matrices = [8, 16].into_iter().flat_map(|size| {
        [Element::F32, Element::F16].map(|sum| Cooperative {
            size,
            input: Element::F16,
            sum,
        })
    });
    let device = DeviceProfile {
        cooperative: matrices.collect(),
        max_storage_binding_bytes: 2 << 30,
        max_buffer_bytes: 2 << 30,
        max_workgroup_storage_bytes: 64 << 10,
        max_invocations_per_workgroup: 1024,
        ..DeviceProfile::portable(DeviceClass::Discrete)
    };
    let (mut tuning, mut wanted) = (algorithm.default_variant(precision, device.class), None);
    for argument in rest {
        match argument.parse::<usize>() {
            Ok(number) => wanted = Some(number),
            Err(_) => tuning = tuning.with(argument)?,
        }
    }
    let plan = prepare(algorithm, &problem.parse()?, precision, &tuning, &device)?;
    for (number, pass) in plan.passes.iter().enumerate() {
        if wanted.is_none_or(|wanted| wanted == number) {
            println!(
                "// pass {number}: {}, {tuning}, grid {:?}\n{}",
                pass.label, pass.grid, pass.wgsl
            );
        }
    }
    Ok(())
}
