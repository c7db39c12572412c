//! A case run once: with runtime checks and without, each output held against the reference (`verify`); or on the user's own
//! tensors, the output handed back unjudged (`run_once`).

use joulemark_gpu::{Gpu, RuntimeChecks};
use joulemark_kernels::Tensor;
use joulemark_kernels::reference::Check;

use crate::case::Case;
use crate::error::Error;
use crate::prepared::Failure;
use crate::prepared::{check_sums, checks, plan, verified};

/// What the verification of one case found.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The case's id.
    pub case_id: String,
    /// The check with the larger error of the two, or why one failed.
    pub result: Result<Check, Failure>,
}

/// Runs a case with runtime checks and as it is timed, and compares both outputs with the reference.
pub fn verify(gpu: &Gpu, case: &Case, seed: u64) -> Outcome {
    let check = || {
        let plan = plan(gpu, case, &case.variant(gpu.profile().class))?;
        let checked = verified(gpu, case, &plan, seed, RuntimeChecks::On)?;
        let trusted = verified(gpu, case, &plan, seed, checks(case))?;
        Ok(if checked.relative_error > trusted.relative_error {
            checked
        } else {
            trusted
        })
    };
    Outcome {
        case_id: case.id(),
        result: check(),
    }
}

/// Runs a case once on these inputs, with runtime checks, and gives the output.
///
/// # Errors
/// If the device cannot do it, or sums of these inputs do not fit into the output.
pub fn run_once(gpu: &Gpu, case: &Case, inputs: &[&Tensor]) -> Result<Tensor, Error> {
    let input = |failure: Failure| Error::Input(failure.reason);
    check_sums(case, inputs).map_err(input)?;
    let plan = plan(gpu, case, &case.variant(gpu.profile().class)).map_err(input)?;
    let executable = gpu.compile(&plan, RuntimeChecks::On)?;
    executable.upload(inputs)?;
    executable.run(1, 1)?;
    Ok(executable.download()?)
}
