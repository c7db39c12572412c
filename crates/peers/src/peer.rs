//! Another library as an algorithm of a case: its name, its counts, nothing to compile.

use joulemark_kernels::{Algorithm, Cost, Op, Plan, Precision, Problem, Unsupported, Variant};

/// A peer for one kind of problem.
pub(crate) struct Peer {
    op: Op,
    name: &'static str,
}

/// Burn's matrix product.
pub(crate) static BURN_MATMUL: Peer = Peer {
    op: Op::Matmul,
    name: "burn",
};
/// Burn's convolution.
pub(crate) static BURN_CONV2D: Peer = Peer {
    op: Op::Conv2d,
    name: "burn",
};
/// gemm's matrix product, on the CPU without any graphics driver.
pub(crate) static GEMM: Peer = Peer {
    op: Op::Matmul,
    name: "gemm",
};

impl Algorithm for Peer {
    fn op(&self) -> Op {
        self.op
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        "another library's kernel"
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        vec![Variant::default()]
    }

    fn supports(&self, _problem: &Problem, _precision: Precision, _tuning: &Variant) -> Result<(), Unsupported> {
        Ok(())
    }

    /// The library plans for itself.
    fn plan(&self, _problem: &Problem, _precision: Precision, _tuning: &Variant) -> Plan {
        Plan {
            buffers: Vec::new(),
            passes: Vec::new(),
        }
    }

    /// The task's own counts: what the library executes and fetches it does not tell.
    fn cost(&self, problem: &Problem, precision: Precision, _tuning: &Variant) -> Cost {
        Cost::new(problem, precision, problem.operations(), problem.bytes_min(precision))
    }
}
