//! Convolutions on tensor cores: the product of filters and patches by cooperative matrices, the patches gathered while they
//! are staged in workgroup memory, or written out before.

use super::{buffers, constants, conv2d, im2col, operands, product};
use crate::algorithm::Algorithm;
use crate::cost::Cost;
use crate::device::Cooperative;
use crate::gemm::{self, Body, CooperativeStaged};
use crate::op::Op;
use crate::plan::Plan;
use crate::precision::Precision;
use crate::problem::Problem;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::shader;
use joulemark_base::device_class::DeviceClass;

pub(super) enum CooperativeConv2d {
    /// Patches gathered: implicit GEMM.
    Gathered,
    /// Patches written out: im2col.
    Written,
}

impl Algorithm for CooperativeConv2d {
    fn op(&self) -> Op {
        Op::Conv2d
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Gathered => "cooperative",
            Self::Written => "im2col_cooperative",
        }
    }

    fn summary(&self) -> &'static str {
        match self {
            Self::Gathered => {
                "implicit GEMM on cooperative matrices (tensor cores), patches gathered into workgroup memory"
            }
            Self::Written => "patches written to a workspace, then multiplied by cooperative matrices (tensor cores)",
        }
    }

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        CooperativeStaged.variants(precision)
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        CooperativeStaged.default_variant(precision, class)
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        CooperativeStaged.supports_precision(precision)?;
        match self {
            Self::Gathered => super::supports_epilogue(conv2d(problem), precision)?,
            Self::Written => im2col::supports(conv2d(problem), precision)?,
        }
        CooperativeStaged.supports(variant)
    }

    fn cooperative(&self, precision: Precision, variant: &Variant) -> Option<Cooperative> {
        CooperativeStaged.cooperative(precision, variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let conv = conv2d(problem);
        if let Self::Written = self {
            return im2col::plan(&CooperativeStaged, conv, precision, variant);
        }
        let buffers = buffers(conv, precision);
        let gather = [shader!("conv2d/gather.wgsl"), shader!("conv2d/gather_rhs.wgsl")];
        let operands = operands(constants(conv, precision, &buffers[0].layout), &gather, &gather);
        let gemm = product(conv, precision);
        let pass = gemm::pass(&CooperativeStaged, variant, precision, &gemm, &operands, vec![0, 1, 2]);
        Plan::of(buffers, pass)
    }

    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        if let Self::Written = self {
            return im2col::cost(&CooperativeStaged, problem, precision, variant);
        }
        let gemm = product(conv2d(problem), precision);
        super::product_cost(problem, precision, &gemm, &CooperativeStaged.geometry(variant), 0)
    }
}
