//! Bias and ReLU as passes of their own: the same operations as the fused epilogue, three times the output's traffic.

use super::{buffers, error_bound, gemm, matmul, operands};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::gemm::{self, bias_and_relu, body, body_default, body_supports, body_variants, stored_once_more};
use crate::op::Op;
use crate::plan::Plan;
use crate::precision::Precision;
use crate::problem::{Matmul, Problem};
use crate::reference::{ErrorBound, Magnitudes};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::shader;
use joulemark_base::device_class::DeviceClass;

pub(super) struct Unfused;

impl Algorithm for Unfused {
    called!(
        Op::Matmul,
        "unfused",
        "product, bias and ReLU in three passes over the output, to hold against the fused epilogue"
    );

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        body_variants(precision)
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        body_default(precision, class)
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        super::supports_epilogue(matmul(problem), precision)?;
        if !matmul(problem).bias_relu {
            return Err(Unsupported::new(
                "unfused is for problems with bias and ReLU (id …relu); this one has none",
            ));
        }
        body_supports(variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let problem = matmul(problem);
        let buffers = buffers(problem, precision);
        let product = gemm(problem, precision);
        let plain = Matmul {
            bias_relu: false,
            ..*problem
        };
        let operands = operands(&plain, &buffers);
        let multiply = gemm::pass(body(variant), variant, precision, &product, &operands, vec![0, 1, 2]);
        let quads = problem.n.div_ceil(4);
        let after = bias_and_relu(
            precision,
            &[
                ("M", problem.m),
                ("QUADS_N", quads),
                ("UNITS", problem.k),
                ("RHS_PITCH", buffers[1].layout.spatial_pitch),
            ],
            u64::from(problem.m) * u64::from(quads),
            [shader!("matmul/bias.wgsl"), shader!("matmul/relu.wgsl")],
            [1, 2],
        );
        let passes = [multiply].into_iter().chain(after).collect();
        Plan { buffers, passes }
    }

    /// The bias pass reads and writes the output and reads a bias for each element; the ReLU pass reads and writes.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let size = matmul(problem);
        let product = gemm(size, precision);
        let geometry = body(variant).geometry(variant);
        let outputs = u64::from(size.m) * u64::from(size.n);
        let columns = size.n.next_multiple_of(4);
        Cost::new(
            problem,
            precision,
            gemm::ops_executed(&geometry, precision, &product) + 2 * u64::from(size.m) * u64::from(columns),
            gemm::bytes_model(&geometry, precision, &product)
                + outputs * (4 * precision.output().bytes() + precision.input().bytes()),
        )
    }

    fn error_bound(&self, problem: &Problem, precision: Precision, _: &Variant, inputs: &Magnitudes) -> ErrorBound {
        stored_once_more(error_bound(problem, precision, inputs))
    }
}
