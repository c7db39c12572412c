//! One line of `samples.csv`: a window of one case. The fields are the columns, in their order; an [`Energy`] is seven of them.

use serde::{Deserialize, Serialize};

use crate::energy::Energy;
use crate::status::Status;

/// One window. Energy and time are for the whole window, counts are per iteration; `None` is an empty field, which
/// means "not measured" or "does not apply". The columns' meaning and units stand in `results/README.md`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The run's id; [`crate::RunWriter`] fills it in.
    pub run_id: String,
    /// Number of the row in its run, from 0; [`crate::RunWriter`] fills it in.
    pub row: u64,
    /// Which pass over the suite, from 0.
    pub round: u32,
    /// Place of the case in its round's shuffled order, from 0.
    pub order: u32,
    /// Which window of this case in this round, from 0.
    pub window: u32,
    /// The case, e.g. `matmul/tiled/f32/256x256x256`; `idle` for idle windows.
    pub case_id: String,
    /// The suite that the case was run for.
    pub suite: String,
    /// The network layer or workload that the problem comes from, e.g. `mobilenet-v1/conv5_dw`; empty if none.
    pub workload: String,
    /// Problem kind: `matmul`, `conv2d`, `copy` …
    pub op: String,
    /// The named way to compute it.
    pub algorithm: String,
    /// The algorithm's tuning parameters as one word.
    pub variant: String,
    /// `f32`, `f16`, `f16acc`, `i8`.
    pub precision: String,
    /// Independent problems of a matmul, images of a convolution.
    pub batch: Option<u64>,
    /// Rows of a matmul's output.
    pub m: Option<u64>,
    /// Columns of a matmul's output.
    pub n: Option<u64>,
    /// Inner dimension of a matmul; output channels of a convolution.
    pub k: Option<u64>,
    /// Input channels of a convolution.
    pub c: Option<u64>,
    /// Input height.
    pub h: Option<u64>,
    /// Input width.
    pub w: Option<u64>,
    /// Filter height.
    pub r: Option<u64>,
    /// Filter width.
    pub s: Option<u64>,
    /// `height,width`; empty if it does not apply.
    pub stride: String,
    /// `top,left,bottom,right`; empty if it does not apply.
    pub padding: String,
    /// `height,width`; empty if it does not apply.
    pub dilation: String,
    /// Groups of a convolution.
    pub groups: Option<u64>,
    /// Distribution of the input values.
    pub input: String,
    /// Seed of the inputs.
    pub seed: Option<u64>,
    /// Iterations in the window.
    pub iterations: Option<u64>,
    /// Duration by the host's monotonic clock, in seconds.
    pub wall_s: Option<f64>,
    /// Duration by the device's timestamps, in seconds.
    pub gpu_s: Option<f64>,
    /// Energy of the domain that executed the kernel: columns `device_…`.
    pub device: Energy,
    /// Energy of the rest that is seen: columns `host_…`.
    pub host: Energy,
    /// Idle power of the device in the idle window before this one, in watts.
    pub idle_before_w: Option<f64>,
    /// The same in the idle window after this one; empty if none had ended when the row was written.
    pub idle_after_w: Option<f64>,
    /// Low end of the opt-in estimate, in joules.
    pub est_energy_low_j: Option<f64>,
    /// Middle of the opt-in estimate, in joules.
    pub est_energy_mid_j: Option<f64>,
    /// High end of the opt-in estimate, in joules.
    pub est_energy_high_j: Option<f64>,
    /// Core clock, mean of the window's ends, in MHz.
    pub clock_mhz: Option<f64>,
    /// Memory clock, mean of the window's ends, in MHz.
    pub memory_clock_mhz: Option<f64>,
    /// Temperature at the window's start, in °C.
    pub temperature_c: Option<f64>,
    /// Power limit in force, in watts.
    pub power_limit_w: Option<f64>,
    /// Utilisation, 0 to 1.
    pub utilisation: Option<f64>,
    /// Whether the device throttled during the window.
    pub throttled: Option<bool>,
    /// Multiply-accumulates of the task.
    pub macs: Option<u64>,
    /// Floating-point (for i8: integer) operations of the task, two per multiply-accumulate.
    pub flops_task: Option<u64>,
    /// Arithmetic operations that this algorithm executes.
    pub ops_executed: Option<u64>,
    /// Compulsory traffic: every input read once, every output written once, in bytes.
    pub bytes_min: Option<u64>,
    /// Traffic by the algorithm's own model, in bytes.
    pub bytes_model: Option<u64>,
    /// Output elements.
    pub activations: Option<u64>,
    /// Weights.
    pub parameters: Option<u64>,
    /// Gate-count proxy.
    pub gate_ops: Option<f64>,
    /// Energy by Horowitz's 45 nm table, in joules.
    pub horowitz_j: Option<f64>,
    /// Largest error of the verified output, relative to its bound's scale.
    pub relative_error: Option<f64>,
    /// What became of the window.
    pub status: Status,
    /// Why, in one sentence, where the status or a quality calls for it.
    pub reason: String,
}
