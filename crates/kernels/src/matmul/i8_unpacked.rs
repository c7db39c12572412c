//! What int8 costs without a packed dot product: each unit is unpacked into four i32, multiplied and added one by one.

use super::{buffers, gemm, matmul, operands, supports_epilogue};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::gemm::{self, body, body_default, body_supports, body_variants};
use crate::op::Op;
use crate::plan::Plan;
use crate::precision::Precision;
use crate::problem::Problem;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, shader};
use joulemark_base::device_class::DeviceClass;

pub(super) struct I8Unpacked;

impl Algorithm for I8Unpacked {
    called!(
        Op::Matmul,
        "i8_unpacked",
        "int8 without dot4I8Packed: units are unpacked and multiplied one by one, in register tiles"
    );

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        body_variants(precision)
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        body_default(precision, class)
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        if precision != Precision::I8 {
            return Err(Unsupported::new(format!("i8_unpacked computes i8, not {precision}")));
        }
        supports_epilogue(matmul(problem), precision)?;
        body_supports(variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let problem = matmul(problem);
        let buffers = buffers(problem, precision);
        let operands = operands(problem, &buffers);
        let prelude = Prelude::new(precision).multiply_accumulate(shader!("common/mac_i8_unpacked.wgsl"));
        let product = gemm(problem, precision);
        let bindings = vec![0, 1, 2];
        let pass = gemm::pass_after(
            prelude,
            body(variant),
            variant,
            precision,
            &product,
            &operands,
            bindings,
        );
        Plan::of(buffers, pass)
    }

    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let product = gemm(matmul(problem), precision);
        let geometry = body(variant).geometry(variant);
        let ops = gemm::ops_executed(&geometry, precision, &product);
        Cost::new(
            problem,
            precision,
            ops,
            gemm::bytes_model(&geometry, precision, &product),
        )
    }
}
