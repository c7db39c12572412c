//! A case made ready: compiled, uploaded, run once, verified, warmed up. What fails here is never timed.

use std::cell::Cell;
use std::fmt;

use joulemark::warm::Warm;
use joulemark::work::Work;
use joulemark_base::device_class::DeviceClass;
use joulemark_gpu::{Executable, Gpu, GpuError, RuntimeChecks};
use joulemark_kernels::custom::Expected;
use joulemark_kernels::reference::{Check, Magnitudes};
use joulemark_kernels::{Custom, Plan, Problem, Tensor, Variant, prepare, reference};
use joulemark_records::Status;

use crate::case::Case;
use crate::spent::{Part, Parts};
use crate::verified::Verified;

/// What can be timed: a compiled plan, or another library's kernel beside ours.
pub trait Runs: fmt::Debug {
    /// Runs it, `batch` iterations to a command buffer where there are such, and waits for the end.
    ///
    /// # Errors
    /// If the device was lost or hangs.
    fn run(&self, iterations: u64, batch: u64) -> Result<(), GpuError>;

    /// Seconds of the run before by the device's own clock, if it has one.
    ///
    /// # Errors
    /// If the device was lost.
    fn gpu_seconds(&self) -> Result<Option<f64>, GpuError>;
}

impl Runs for Executable {
    fn run(&self, iterations: u64, batch: u64) -> Result<(), GpuError> {
        Self::run(self, iterations, batch)
    }

    fn gpu_seconds(&self) -> Result<Option<f64>, GpuError> {
        Self::gpu_seconds(self)
    }
}

/// A verified case on a device.
#[derive(Debug)]
pub struct Prepared {
    /// The case.
    pub case: Case,
    /// Its tuning parameters on this device.
    pub variant: Variant,
    /// What the verification found.
    pub check: Check,
    /// Seconds that making it ready took, but for the warm-up.
    pub(crate) parts: Parts,
    runs: Box<dyn Runs>,
    /// Its pace, once it is warm.
    pub(crate) warm: Cell<Warm>,
    /// Bytes of its buffers on the device.
    pub(crate) bytes: u64,
}

/// Why a case cannot be timed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// refused, wrong_result or error.
    pub status: Status,
    /// In words.
    pub reason: String,
}

impl Prepared {
    /// Compiles the case without runtime checks if somebody vouches for it, runs it once and verifies the output. No timing yet.
    ///
    /// # Errors
    /// If the device cannot do it, or does it wrong.
    pub(crate) fn new(gpu: &Gpu, case: &Case, seed: u64, known: &mut Verified) -> Result<Self, Failure> {
        let variant = case.variant(gpu.profile().class);
        let mut parts = Parts::default();
        let plan = parts.time(Part::Compile, || plan(gpu, case, &variant))?;
        let executed = Executed::new(gpu, case, &plan, seed, checks(case), &mut parts)?;
        let check = parts.time(Part::Verification, || {
            let key = Verified::key(case, &variant, seed, &executed.output);
            if let Some(check) = known.find(&key) {
                return Ok(check);
            }
            let check = executed.verify(case, &variant, seed)?;
            known.add(key, check, !matches!(case.problem, Problem::Other(_)));
            Ok(check)
        })?;
        Ok(Self {
            case: case.clone(),
            variant,
            check,
            parts,
            runs: Box::new(executed.executable),
            warm: Cell::new(Warm::cold(case.pace)),
            bytes: plan.buffers.iter().map(|buffer| buffer.bytes()).sum(),
        })
    }

    /// Verifies what another library computed from the case's [`inputs`](Case::inputs), so that it may be timed. Its
    /// algorithm is not in the catalogue and has no plan.
    ///
    /// # Errors
    /// If the output is wrong.
    pub fn of_peer(case: &Case, output: &Tensor, seed: u64, runs: Box<dyn Runs>) -> Result<Self, Failure> {
        let variant = case.variant(DeviceClass::Other);
        let mut parts = Parts::default();
        let inputs = parts.time(Part::Inputs, || case.inputs(seed));
        let check = parts.time(Part::Verification, || {
            judge(case, &variant, &references(&inputs), output, seed)
        })?;
        Ok(Self {
            case: case.clone(),
            variant,
            check,
            parts,
            runs,
            warm: Cell::new(Warm::cold(case.pace)),
            bytes: 0,
        })
    }

    /// Seconds per iteration, by the warm-up and the windows since.
    pub fn seconds_per_iteration(&self) -> f64 {
        self.warm.get().seconds_per_iteration
    }
}

impl Work for &Prepared {
    type Error = GpuError;

    fn run(&mut self, iterations: u64, batch: u64) -> Result<(), GpuError> {
        self.runs.run(iterations, batch)
    }

    fn device_seconds(&mut self) -> Result<Option<f64>, GpuError> {
        self.runs.gpu_seconds()
    }
}

pub(crate) fn plan(gpu: &Gpu, case: &Case, variant: &Variant) -> Result<Plan, Failure> {
    let suits = case.input.suits(&case.problem, case.precision);
    suits
        .and_then(|()| prepare(case.algorithm, &case.problem, case.precision, variant, gpu.profile()))
        .map_err(|refusal| Failure {
            status: Status::Refused,
            reason: refusal.to_string(),
        })
}

/// Hashes of the shaders that a case is composed of, pass by pass; `None` if the device refuses it.
pub(crate) fn shader_hashes(gpu: &Gpu, case: &Case) -> Option<Vec<String>> {
    let plan = plan(gpu, case, &case.variant(gpu.profile().class)).ok()?;
    Some(plan.passes.iter().map(|pass| pass.hash()).collect())
}

/// Whether the sums of these inputs fit into what has to hold them.
///
/// # Errors
/// If sums of i8 can pass i32.
pub(crate) fn check_sums(case: &Case, inputs: &[&Tensor]) -> Result<(), Failure> {
    let &[first, second] = inputs else { return Ok(()) };
    let checked = Magnitudes::of(case.precision, [first, second]).check_sums(&case.problem, case.precision);
    checked.map_err(|refusal| Failure {
        status: Status::Refused,
        reason: refusal.to_string(),
    })
}

/// A plan that has run once.
struct Executed {
    executable: Executable,
    inputs: Vec<Tensor>,
    output: Tensor,
    /// What another shader makes of the same inputs, where that is the reference.
    expected: Option<Tensor>,
}

impl Executed {
    /// Compiles, uploads and runs once.
    fn new(
        gpu: &Gpu,
        case: &Case,
        plan: &Plan,
        seed: u64,
        checks: RuntimeChecks,
        parts: &mut Parts,
    ) -> Result<Self, Failure> {
        let error = |error: GpuError| Failure {
            status: Status::Error,
            reason: error.to_string(),
        };
        let inputs = parts.time(Part::Inputs, || case.inputs(seed));
        let references = references(&inputs);
        check_sums(case, &references)?;
        let mut compute = |plan: &Plan, checks: RuntimeChecks| {
            let executable = parts.time(Part::Compile, || gpu.compile(plan, checks))?;
            let executable = executable.with_transfer(case.algorithm.transfer());
            let output = parts.time(Part::FirstRun, || {
                executable.upload(&references)?;
                executable.run(1, 1)?;
                executable.download()
            })?;
            Ok((executable, output))
        };
        let (executable, output) = compute(plan, checks).map_err(error)?;
        let expected = match &case.problem {
            Problem::Other(other) => other
                .kernel()
                .reference_plan()
                .map_err(|refusal| error(refusal.into()))?,
            _ => None,
        };
        let expected = expected.map(|plan| compute(&plan, RuntimeChecks::On)).transpose();
        let expected = expected
            .map_err(|why| Failure {
                status: Status::Error,
                reason: format!("its reference: {why}"),
            })?
            .map(|(_, output)| output);
        Ok(Self {
            executable,
            inputs,
            output,
            expected,
        })
    }

    /// Compares the output with the reference.
    fn verify(&self, case: &Case, variant: &Variant, seed: u64) -> Result<Check, Failure> {
        match &case.problem {
            Problem::Other(other) => judge_custom(other.kernel(), &case.problem, &self.output, self.expected.as_ref()),
            _ => judge(case, variant, &references(&self.inputs), &self.output, seed),
        }
    }
}

/// Compares what a kernel of a suite computed with what is expected of it.
fn judge_custom(
    kernel: &Custom,
    problem: &Problem,
    output: &Tensor,
    computed: Option<&Tensor>,
) -> Result<Check, Failure> {
    let (expected, tolerance) = match (&kernel.expected, computed) {
        (Expected::Tensor(expected, tolerance), _) => (expected, *tolerance),
        (Expected::Shader(_, tolerance), Some(computed)) => (computed, *tolerance),
        _ => return Ok(Check::UNVERIFIED),
    };
    reference::compare(problem, output, expected, tolerance).map_err(|mismatch| Failure {
        status: Status::WrongResult,
        reason: mismatch.to_string(),
    })
}

/// Whether a case is timed with runtime checks.
pub(crate) fn checks(case: &Case) -> RuntimeChecks {
    match case.algorithm.is_vouched_for() {
        true => RuntimeChecks::Off,
        false => RuntimeChecks::On,
    }
}

fn references(inputs: &[Tensor]) -> Vec<&Tensor> {
    inputs.iter().collect()
}

/// Compares what a variant of a case computed from these inputs with the reference; `seed` draws what is compared of large
/// outputs.
///
/// # Errors
/// `WrongResult` if the kernel is wrong; `Refused` if its sums overflow on these inputs whatever the kernel.
pub fn judge(case: &Case, variant: &Variant, inputs: &[&Tensor], output: &Tensor, seed: u64) -> Result<Check, Failure> {
    let &[first, second] = inputs else {
        return Ok(Check::UNVERIFIED);
    };
    let inputs = [first, second];
    let magnitudes = Magnitudes::of(case.precision, inputs);
    let bound = case
        .algorithm
        .error_bound(&case.problem, case.precision, variant, &magnitudes);
    reference::verify(&case.problem, case.precision, inputs, output, &bound, seed).map_err(|mismatch| Failure {
        status: match mismatch.overflow {
            Some(_) => Status::Refused,
            None => Status::WrongResult,
        },
        reason: mismatch.to_string(),
    })
}

/// Compiles, uploads, runs once and compares with the reference.
pub(crate) fn verified(
    gpu: &Gpu,
    case: &Case,
    plan: &Plan,
    seed: u64,
    checks: RuntimeChecks,
) -> Result<Check, Failure> {
    let variant = case.variant(gpu.profile().class);
    Executed::new(gpu, case, plan, seed, checks, &mut Parts::default())?.verify(case, &variant, seed)
}
