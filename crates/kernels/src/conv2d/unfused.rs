//! Bias and ReLU as passes of their own after an implicit GEMM: the same operations as the fused epilogue, three times the
//! output's traffic.

use super::implicit_gemm::ImplicitGemm;
use super::{constants, conv2d, epilogue_ops, implicit_gemm, outputs};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::gemm::{bias_and_relu, stored_once_more};
use crate::op::Op;
use crate::plan::Plan;
use crate::precision::Precision;
use crate::problem::{Conv2d, Problem};
use crate::reference::{ErrorBound, Magnitudes};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::shader;
use joulemark_base::device_class::DeviceClass;

pub(super) struct Unfused;

impl Algorithm for Unfused {
    called!(
        Op::Conv2d,
        "unfused",
        "implicit GEMM, bias and ReLU in three passes over the output, to hold against the fused epilogue"
    );

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
        let count = outputs(problem);
        let mut numbers = constants(conv, precision, &buffers[0].layout);
        numbers.push(("INVOCATIONS", count as u32));
        let texts = [shader!("conv2d/bias.wgsl"), shader!("conv2d/relu.wgsl")];
        let after = bias_and_relu(precision, &numbers, count, texts, [0, 2]);
        let passes = [multiply].into_iter().chain(after).collect();
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

    fn error_bound(&self, problem: &Problem, precision: Precision, _: &Variant, inputs: &Magnitudes) -> ErrorBound {
        stored_once_more(ErrorBound::dot_product(precision, problem.terms() as usize, inputs))
    }
}
