//! Bias and ReLU as passes of their own after an implicit GEMM: the same operations as the fused epilogue, three times the
//! output's traffic.

use super::implicit_gemm::ImplicitGemm;
use super::{constants, conv2d, epilogue_ops, implicit_gemm, outputs};
use crate::plan::{BufferSpec, Pass, fold_grid};
use crate::reference::{ErrorBound, Magnitudes};
use crate::wgsl::{Prelude, compose, shader};
use crate::{Algorithm, Conv2d, Cost, Op, Plan, Precision, Problem, Unsupported, Variant};
use joulemark_base::device_class::DeviceClass;

pub(super) struct Unfused;

/// Workgroup of the passes after the convolution.
const WORKGROUP: u32 = 64;

impl Algorithm for Unfused {
    fn op(&self) -> Op {
        Op::Conv2d
    }

    fn name(&self) -> &'static str {
        "unfused"
    }

    fn summary(&self) -> &'static str {
        "implicit GEMM, bias and ReLU in three passes over the output, to hold against the fused epilogue"
    }

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        let variants = ImplicitGemm.variants(precision).into_iter();
        variants.filter(|variant| variant.get("nhwc") == 0).collect()
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        ImplicitGemm.default_variant(precision, class)
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        if !conv2d(problem).bias_relu {
            return Err(Unsupported::new(
                "unfused is for problems with bias and ReLU (id …relu); this one has none",
            ));
        }
        if variant.get("nhwc") != 0 {
            return Err(Unsupported::new("unfused has its output in NCHW only: use nhwc=0"));
        }
        ImplicitGemm.supports(problem, precision, variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let conv = conv2d(problem);
        let buffers = implicit_gemm::buffers_of(conv, precision, variant);
        let plain = Conv2d {
            bias_relu: false,
            ..*conv
        };
        let multiply = implicit_gemm::pass(&plain, precision, variant, &buffers);
        let after = |label, text| after(label, text, problem, precision, &buffers);
        let passes = vec![
            multiply,
            after("bias", shader!("conv2d/bias.wgsl")),
            after("relu", shader!("conv2d/relu.wgsl")),
        ];
        Plan { buffers, passes }
    }

    /// The bias pass reads and writes the output and reads a bias for each element; the ReLU pass reads and writes.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let plain = Problem::Conv2d(Conv2d {
            bias_relu: false,
            ..*conv2d(problem)
        });
        let product = ImplicitGemm.cost(&plain, precision, variant);
        let each = 4 * precision.output().bytes() + precision.input().bytes();
        Cost::new(
            problem,
            precision,
            product.ops_executed + epilogue_ops(problem),
            product.bytes_model + outputs(problem) * each,
        )
    }

    /// The sum is stored, and with it rounded, once more before the bias is added.
    fn error_bound(&self, problem: &Problem, precision: Precision, _: &Variant, inputs: &Magnitudes) -> ErrorBound {
        let bound = ErrorBound::dot_product(precision, problem.terms() as usize, inputs);
        ErrorBound {
            gamma: bound.gamma + bound.output_epsilon * (1.0 + bound.gamma),
            floor: 2.0 * bound.floor,
            ..bound
        }
    }
}

/// A pass over the output in place, an invocation per element.
fn after(label: &'static str, text: &str, problem: &Problem, precision: Precision, buffers: &[BufferSpec]) -> Pass {
    let count = outputs(problem);
    let grid = fold_grid(count.div_ceil(WORKGROUP.into()));
    let prelude = Prelude::new(precision)
        .numbers(&constants(conv2d(problem), precision, &buffers[0].layout))
        .numbers(&[("INVOCATIONS", count as u32)])
        .numbers(&[("GRID_X", grid[0]), ("WORKGROUP_X", WORKGROUP)]);
    Pass {
        label,
        wgsl: compose(&prelude, &[text]),
        workgroup: [WORKGROUP, 1],
        workgroup_bytes: 0,
        grid,
        bindings: vec![0, 2],
    }
}
