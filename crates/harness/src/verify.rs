//! Verification as a job of its own: each case in checked and in trusted modules. And one run on the user's tensors.

use joulemark_gpu::{Gpu, RuntimeChecks};
use joulemark_kernels::Tensor;
use joulemark_kernels::reference::Check;

use crate::prepared::{plan, verified};
use crate::{Case, Error, Failure};

/// What the verification of one case found.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The case's id.
    pub case_id: String,
    /// The checks of the checked and the trusted module, or why not.
    pub result: Result<Check, Failure>,
}

/// Runs a case once in each kind of module and compares both outputs with the reference.
pub fn verify(gpu: &Gpu, case: &Case, seed: u64) -> Outcome {
    let check = || {
        let plan = plan(gpu, case, &case.variant(gpu.profile().class))?;
        let checked = verified(gpu, case, &plan, seed, RuntimeChecks::On)?;
        let trusted = verified(gpu, case, &plan, seed, RuntimeChecks::Off)?;
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

/// Runs a case once on these inputs, with bounds checks, and gives the output.
///
/// # Errors
/// If the device cannot do it.
pub fn run_once(gpu: &Gpu, case: &Case, inputs: [&Tensor; 2]) -> Result<Tensor, Error> {
    let plan = plan(gpu, case, &case.variant(gpu.profile().class)).map_err(|failure| Error::Input(failure.reason))?;
    let executable = gpu.compile(&plan, RuntimeChecks::On)?;
    executable.upload(inputs)?;
    executable.run(1, 1)?;
    Ok(executable.download()?)
}
