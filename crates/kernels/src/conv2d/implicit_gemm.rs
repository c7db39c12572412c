//! Implicit GEMM: a matrix product whose right operand is gathered from the image while it is loaded.

use super::{body, buffers, constants, conv2d, operands, product, product_default, product_supports, product_variants};
use crate::gemm;
use crate::plan::{BufferSpec, Pass};
use crate::wgsl::shader;
use crate::{Algorithm, Conv2d, Cost, DeviceClass, Op, Plan, Precision, Problem, Tuning, Unsupported};

pub(super) struct ImplicitGemm;

impl Algorithm for ImplicitGemm {
    fn op(&self) -> Op {
        Op::Conv2d
    }

    fn name(&self) -> &'static str {
        "implicit_gemm"
    }

    fn summary(&self) -> &'static str {
        "a matrix product of filters and image patches, the patches gathered while they are loaded"
    }

    fn variants(&self, precision: Precision) -> Vec<Tuning> {
        product_variants(precision)
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Tuning {
        product_default(precision, class)
    }

    fn supports(&self, problem: &Problem, precision: Precision, tuning: &Tuning) -> Result<(), Unsupported> {
        super::supports_epilogue(conv2d(problem), precision)?;
        product_supports(tuning)
    }

    fn plan(&self, problem: &Problem, precision: Precision, tuning: &Tuning) -> Plan {
        let conv = conv2d(problem);
        let buffers = buffers(conv, precision);
        let passes = vec![pass(conv, precision, tuning, &buffers)];
        Plan { buffers, passes }
    }

    fn cost(&self, problem: &Problem, precision: Precision, tuning: &Tuning) -> Cost {
        let gemm = product(conv2d(problem), precision);
        let geometry = body(tuning).geometry(tuning);
        Cost::new(
            problem,
            precision,
            gemm::ops_executed(&geometry, precision, &gemm) + super::epilogue_ops(problem),
            gemm::bytes_model(&geometry, precision, &gemm) + super::epilogue_bytes(problem, precision, 1),
        )
    }
}

/// The product over these buffers.
pub(super) fn pass(conv: &Conv2d, precision: Precision, tuning: &Tuning, buffers: &[BufferSpec]) -> Pass {
    let gather = [shader!("conv2d/gather.wgsl"), shader!("conv2d/gather_rhs.wgsl")];
    let operands = operands(constants(conv, precision, &buffers[0].layout), &gather, &gather);
    let gemm = product(conv, precision);
    gemm::pass(body(tuning), tuning, precision, &gemm, &operands, vec![0, 1, 2])
}
