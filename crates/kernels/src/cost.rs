//! What a kernel costs on paper, per iteration. SCIENCE: a count is never called just "flops".

use crate::precision::Precision;
use crate::problem::Problem;

/// Counts per iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Multiply-accumulates of the textbook method.
    pub macs: u64,
    /// Operations of the task, 2 per multiply-accumulate whatever the algorithm (for i8: integer operations); those of
    /// its steps for a chain.
    pub flops_task: u64,
    /// Arithmetic operations that the algorithm executes, padding and transforms included.
    pub ops_executed: u64,
    /// Compulsory traffic: inputs read once, output written once.
    pub bytes_min: u64,
    /// Modelled traffic between global memory and registers or workgroup memory, caches and the padding of ragged sizes
    /// to whole vectors and tiles ignored.
    pub bytes_model: u64,
    /// Elements of the output.
    pub activations: u64,
    /// Elements of the second operand, which are the weights of a layer.
    pub parameters: u64,
}

impl Cost {
    /// The counts that the problem alone decides, with the two that the algorithm decides.
    pub fn new(problem: &Problem, precision: Precision, ops_executed: u64, bytes_model: u64) -> Self {
        let count = |shape: Vec<u32>| shape.iter().map(|&size| u64::from(size)).product::<u64>();
        let macs = problem.macs();
        Self {
            macs,
            flops_task: problem.operations(),
            ops_executed,
            bytes_min: problem.bytes_min(precision),
            bytes_model,
            activations: count(problem.shape_of_output()),
            parameters: count(problem.shape_of_input(1)),
        }
    }

    /// Transistor-level proxy: logic gates of the multiply-accumulates (480 for i8, 1193 for f16, 4593 for f32, from
    /// add(n) = 5n − 3 and mul(n) = n² + (n − 1)(5n − 3); SCIENCE section 3). `None` where other operations are counted.
    pub fn gate_ops(&self, precision: Precision) -> Option<f64> {
        let gates = match precision {
            Precision::F32 => 4593.0,
            Precision::F16 | Precision::F16Acc => 1193.0,
            Precision::I8 => 480.0,
        };
        self.only_macs().then_some(self.macs as f64 * gates)
    }

    /// Horowitz's estimate in joules: energy per operation and per DRAM bit at 45 nm (ISSCC 2014). f16 counts its
    /// f32 accumulation, i8 its i32 accumulation. `None` where other operations are counted.
    pub fn horowitz_j(&self, precision: Precision) -> Option<f64> {
        let (multiply_pj, add_pj) = match precision {
            Precision::F32 => (3.7, 0.9),
            Precision::F16 => (1.1, 0.9),
            Precision::F16Acc => (1.1, 0.4),
            Precision::I8 => (0.2, 0.1),
        };
        let energy_pj = self.macs as f64 * (multiply_pj + add_pj) + self.bytes_min as f64 * 8.0 * 20.3;
        self.only_macs().then_some(energy_pj * 1e-12)
    }

    /// Whether the task's operations are multiply-accumulates and nothing else.
    fn only_macs(&self) -> bool {
        self.flops_task == 2 * self.macs
    }
}
