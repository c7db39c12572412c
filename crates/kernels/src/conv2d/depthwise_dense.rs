//! A grouped convolution as a dense one whose filters hold zeros for the other groups' channels: more operations, one
//! large product (Qin et al. 2018 call it diagonalwise refactorization). The weights are packed that way.

use super::conv2d;
use super::implicit_gemm::ImplicitGemm;
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::Plan;
use crate::precision::Precision;
use crate::problem::{Conv2d, Problem};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use joulemark_base::device_class::DeviceClass;

pub(super) struct DepthwiseDense;

impl Algorithm for DepthwiseDense {
    called!(
        Op::Conv2d,
        "depthwise_dense",
        "a grouped convolution computed as a dense one, with zeros for the other groups' channels"
    );

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        ImplicitGemm.variants(precision)
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        ImplicitGemm.default_variant(precision, class)
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        if conv2d(problem).groups == 1 {
            return Err(Unsupported::new(
                "depthwise_dense needs several groups: this convolution is dense already, use implicit_gemm",
            ));
        }
        if conv2d(problem).bias_relu {
            return Err(Unsupported::new(
                "depthwise_dense has no bias and ReLU: its weights are packed as a block-diagonal matrix, which has no \
                 place for a bias",
            ));
        }
        let dense = dense(problem);
        dense.validate()?;
        ImplicitGemm.supports(&dense, precision, variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let conv = conv2d(problem);
        let mut plan = ImplicitGemm.plan(&dense(problem), precision, variant);
        let weights = &mut plan.buffers[0].layout;
        *weights = Layout {
            channels: conv.c / conv.groups,
            blocks: conv.groups,
            ..*weights
        };
        plan
    }

    /// The dense convolution's operations and traffic; what the task needs stays the grouped one's.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let executed = ImplicitGemm.cost(&dense(problem), precision, variant);
        Cost::new(problem, precision, executed.ops_executed, executed.bytes_model)
    }
}

fn dense(problem: &Problem) -> Problem {
    Problem::Conv2d(Conv2d {
        groups: 1,
        ..*conv2d(problem)
    })
}
