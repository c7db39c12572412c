//! A case made ready: compiled, uploaded, run once, verified, warmed up. What fails here is never timed.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hasher};
use std::time::Instant;

use joulemark_base::device_class::DeviceClass;
use joulemark_gpu::{Executable, Gpu, GpuError, RuntimeChecks};
use joulemark_kernels::reference::{Check, Magnitudes};
use joulemark_kernels::{Plan, Tensor, Variant, prepare, reference};
use joulemark_records::Status;

use crate::Case;

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
    /// Hashes of the composed shaders, pass by pass.
    pub hashes: Vec<String>,
    /// Seconds that the comparison with the reference took.
    pub verification_s: f64,
    runs: Box<dyn Runs>,
    seconds_per_iteration: f64,
}

/// Outputs that were found right in this process. A kernel that is made ready again has to give the same bits, and is
/// compared with the reference once more only if it does not.
#[derive(Debug, Default)]
pub(crate) struct Verified(HashMap<String, (u64, Check)>);

/// Why a case cannot be timed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// refused, wrong_result or error.
    pub status: Status,
    /// In words.
    pub reason: String,
}

/// Command buffers of about this length keep the queue full and stay far under any watchdog.
const COMMAND_BUFFER_S: f64 = 0.02;
/// Iterations per command buffer at most: what recording them costs stays small.
const MAX_BATCH: f64 = 1024.0;
/// The warm-up ends when the time per iteration changes by less than this share …
const STEADY: f64 = 0.05;
/// … or after this long.
const WARM_UP_S: f64 = 0.5;

impl Prepared {
    /// Compiles the case as trusted modules, runs it once and verifies the output. No timing yet.
    ///
    /// # Errors
    /// If the device cannot do it, or does it wrong.
    pub(crate) fn new(gpu: &Gpu, case: &Case, seed: u64, known: &mut Verified) -> Result<Self, Failure> {
        let variant = case.variant(gpu.profile().class);
        let plan = plan(gpu, case, &variant)?;
        let executed = Executed::new(gpu, case, &plan, seed, RuntimeChecks::Off)?;
        let begin = Instant::now();
        let key = format!("{}/{variant}", case.id());
        let mut hasher = DefaultHasher::new();
        executed.output.hash_bits(&mut hasher);
        let bits = hasher.finish();
        let check = match known.0.get(&key) {
            Some((same, check)) if *same == bits => *check,
            _ => executed.verify(case, &variant, seed)?,
        };
        known.0.insert(key, (bits, check));
        let verification_s = begin.elapsed().as_secs_f64();
        let executable = executed.executable;
        let hashes = plan.passes.iter().map(|pass| pass.hash()).collect();
        Ok(Self {
            case: case.clone(),
            variant,
            check,
            hashes,
            verification_s,
            runs: Box::new(executable),
            seconds_per_iteration: f64::INFINITY,
        })
    }

    /// Verifies what another library computed from the case's [`inputs`](Case::inputs), so that it may be timed. Its
    /// algorithm is not in the catalogue and has no plan.
    ///
    /// # Errors
    /// If the output is wrong.
    pub fn of_peer(case: &Case, output: &Tensor, seed: u64, runs: Box<dyn Runs>) -> Result<Self, Failure> {
        let variant = case.variant(DeviceClass::Other);
        let begin = Instant::now();
        let check = compare(case, &variant, &case.inputs(seed), output, seed)?;
        Ok(Self {
            case: case.clone(),
            variant,
            check,
            hashes: Vec::new(),
            verification_s: begin.elapsed().as_secs_f64(),
            runs,
            seconds_per_iteration: f64::INFINITY,
        })
    }

    /// Runs it in doubling numbers until the time per iteration is steady.
    ///
    /// # Errors
    /// If the device was lost or hangs.
    pub fn warm_up(&mut self) -> Result<(), GpuError> {
        let begin = Instant::now();
        let mut iterations = 1_u64;
        loop {
            let start = Instant::now();
            self.run(iterations)?;
            let seconds = start.elapsed().as_secs_f64() / iterations as f64;
            let change = (seconds / self.seconds_per_iteration - 1.0).abs();
            self.seconds_per_iteration = seconds;
            let long_enough = start.elapsed().as_secs_f64() > COMMAND_BUFFER_S;
            if (long_enough && change < STEADY) || begin.elapsed().as_secs_f64() > WARM_UP_S {
                return Ok(());
            }
            if !long_enough {
                iterations *= 2;
            }
        }
    }

    /// Iterations that fill this many seconds at the case's pace, by the warm-up.
    pub fn iterations_in(&self, seconds: f64) -> u64 {
        (seconds * self.case.pace.busy_share() / self.seconds_per_iteration)
            .ceil()
            .max(1.0) as u64
    }

    /// Runs it and waits for the end.
    ///
    /// # Errors
    /// If the device was lost or hangs.
    pub fn run(&self, iterations: u64) -> Result<(), GpuError> {
        self.runs.run(iterations, self.batch())
    }

    /// Iterations that fill a command buffer.
    pub(crate) fn batch(&self) -> u64 {
        (COMMAND_BUFFER_S / self.seconds_per_iteration).clamp(1.0, MAX_BATCH) as u64
    }

    /// Seconds per iteration, by the warm-up.
    pub fn seconds_per_iteration(&self) -> f64 {
        self.seconds_per_iteration
    }

    /// GPU seconds of the run before.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn gpu_seconds(&self) -> Result<Option<f64>, GpuError> {
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

/// A plan that has run once.
struct Executed {
    executable: Executable,
    inputs: [Tensor; 2],
    output: Tensor,
}

impl Executed {
    /// Compiles, uploads and runs once.
    fn new(gpu: &Gpu, case: &Case, plan: &Plan, seed: u64, checks: RuntimeChecks) -> Result<Self, Failure> {
        let error = |error: GpuError| Failure {
            status: Status::Error,
            reason: error.to_string(),
        };
        let inputs = case.inputs(seed);
        let executable = gpu
            .compile(plan, checks)
            .map_err(error)?
            .with_transfer(case.algorithm.transfer());
        executable.upload([&inputs[0], &inputs[1]]).map_err(error)?;
        executable.run(1, 1).map_err(error)?;
        let output = executable.download().map_err(error)?;
        Ok(Self {
            executable,
            inputs,
            output,
        })
    }

    /// Compares the output with the reference.
    fn verify(&self, case: &Case, variant: &Variant, seed: u64) -> Result<Check, Failure> {
        compare(case, variant, &self.inputs, &self.output, seed)
    }
}

fn compare(case: &Case, variant: &Variant, inputs: &[Tensor; 2], output: &Tensor, seed: u64) -> Result<Check, Failure> {
    let inputs = [&inputs[0], &inputs[1]];
    let magnitudes = Magnitudes::of(case.precision, inputs);
    let bound = case
        .algorithm
        .error_bound(&case.problem, case.precision, variant, &magnitudes);
    reference::verify(&case.problem, case.precision, inputs, output, &bound, seed).map_err(|mismatch| Failure {
        status: Status::WrongResult,
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
    Executed::new(gpu, case, plan, seed, checks)?.verify(case, &variant, seed)
}
