//! What the device tests share: the adapter, and a case that runs in both kinds of module.

use joulemark_gpu::{Adapter, Gpu, RuntimeChecks};
use joulemark_kernels::reference::{Check, Magnitudes, verify};
use joulemark_kernels::{Algorithm, Distribution, Precision, Problem, Variant, prepare};

/// The first adapter, opened.
pub(crate) fn open() -> Gpu {
    Adapter::choose(None)
        .and_then(|adapter| adapter.open())
        .expect("`cargo xtask setup` installs a software adapter")
}

/// Runs one case in a checked and in a trusted module, and compares each output with the reference. `Ok(None)` if the
/// algorithm or this device refuses the case, with a reason.
///
/// # Errors
/// What went wrong, with the name of the case and the kind of module.
pub(crate) fn check(
    gpu: &Gpu,
    algorithm: &dyn Algorithm,
    problem: &Problem,
    precision: Precision,
    variant: &Variant,
) -> Result<Option<[Check; 2]>, String> {
    let case = format!("{algorithm}/{precision}/{problem} {variant}");
    let plan = match prepare(algorithm, problem, precision, variant, gpu.profile()) {
        Ok(plan) => plan,
        Err(reason) if reason.to_string().len() > 20 => return Ok(None),
        Err(reason) => return Err(format!("{case}: refused without a reason, `{reason}`")),
    };
    let inputs = Distribution::described_by(variant).inputs(problem, precision.input(), 7);
    let inputs = [&inputs[0], &inputs[1]];
    let bound = algorithm.error_bound(problem, precision, variant, &Magnitudes::of(precision, inputs));
    let run = |checks: RuntimeChecks| {
        let output = gpu.compile(&plan, checks).and_then(|executable| {
            executable.upload(&inputs)?;
            executable.run(1, 1)?;
            executable.download()
        });
        let output = output.map_err(|error| format!("{case} (runtime checks {checks:?}): {error}"))?;
        verify(problem, precision, inputs, &output, &bound, 7)
            .map_err(|error| format!("{case} (runtime checks {checks:?}): {error}"))
    };
    Ok(Some([run(RuntimeChecks::On)?, run(RuntimeChecks::Off)?]))
}
