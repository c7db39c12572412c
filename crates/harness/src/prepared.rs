//! A case made ready: compiled, uploaded, run once, verified, warmed up. What fails here is never timed.

use std::time::Instant;

use joulemark_gpu::{Executable, Gpu, GpuError, Module};
use joulemark_kernels::reference::{Check, Magnitudes};
use joulemark_kernels::{Plan, Tuning, prepare, reference};
use joulemark_records::Status;

use crate::Case;

/// A verified case on a device.
#[derive(Debug)]
pub struct Prepared {
    /// The case.
    pub case: Case,
    /// Its tuning parameters on this device.
    pub tuning: Tuning,
    /// What the verification found.
    pub check: Check,
    /// Hashes of the composed shaders, pass by pass.
    pub hashes: Vec<String>,
    executable: Executable,
    seconds_per_iteration: f64,
}

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
    pub fn new(gpu: &Gpu, case: &Case, seed: u64) -> Result<Self, Failure> {
        let tuning = case.tuning(gpu.profile().class);
        let plan = plan(gpu, case, &tuning)?;
        let (executable, check) = verified(gpu, case, &plan, seed, Module::Trusted)?;
        let hashes = plan.passes.iter().map(|pass| pass.hash()).collect();
        Ok(Self {
            case: case.clone(),
            tuning,
            check,
            hashes,
            executable,
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

    /// Iterations that fill this many seconds, by the warm-up.
    pub fn iterations_in(&self, seconds: f64) -> u64 {
        (seconds / self.seconds_per_iteration).ceil().max(1.0) as u64
    }

    /// Runs it and waits for the end.
    ///
    /// # Errors
    /// If the device was lost or hangs.
    pub fn run(&self, iterations: u64) -> Result<(), GpuError> {
        let batch = (COMMAND_BUFFER_S / self.seconds_per_iteration).clamp(1.0, MAX_BATCH);
        self.executable.run(iterations, batch as u64)
    }

    /// GPU seconds of the run before.
    ///
    /// # Errors
    /// If the device was lost.
    pub fn gpu_seconds(&self) -> Result<Option<f64>, GpuError> {
        self.executable.gpu_seconds()
    }
}

pub(crate) fn plan(gpu: &Gpu, case: &Case, tuning: &Tuning) -> Result<Plan, Failure> {
    prepare(case.algorithm, &case.problem, case.precision, tuning, gpu.profile()).map_err(|refusal| Failure {
        status: Status::Refused,
        reason: refusal.to_string(),
    })
}

/// Compiles, uploads, runs once and compares with the reference.
pub(crate) fn verified(
    gpu: &Gpu,
    case: &Case,
    plan: &Plan,
    seed: u64,
    module: Module,
) -> Result<(Executable, Check), Failure> {
    let error = |error: GpuError| Failure {
        status: Status::Error,
        reason: error.to_string(),
    };
    let inputs = case.inputs(seed);
    let inputs = [&inputs[0], &inputs[1]];
    let magnitudes = Magnitudes::of(case.precision, inputs);
    let tuning = case.tuning(gpu.profile().class);
    let bound = case
        .algorithm
        .error_bound(&case.problem, case.precision, &tuning, &magnitudes);
    let executable = gpu.compile(plan, module).map_err(error)?;
    executable.upload(inputs).map_err(error)?;
    executable.run(1, 1).map_err(error)?;
    let output = executable.download().map_err(error)?;
    let check =
        reference::verify(&case.problem, case.precision, inputs, &output, &bound, seed).map_err(|mismatch| {
            Failure {
                status: Status::WrongResult,
                reason: mismatch.to_string(),
            }
        })?;
    Ok((executable, check))
}
