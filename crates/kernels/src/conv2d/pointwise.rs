//! 1×1 convolutions as what they are: per image and group, filters × channels by channels × pixels, no gather at all.

use super::{body, channel_units, conv2d, product_default, product_supports, product_variants};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::gemm::{self, Gemm, Operands};
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::BufferSpec;
use crate::plan::Plan;
use crate::precision::Precision;
use crate::problem::{Conv2d, Problem};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::shader;
use joulemark_base::device_class::DeviceClass;

pub(super) struct Pointwise;

impl Algorithm for Pointwise {
    called!(
        Op::Conv2d,
        "pointwise",
        "a 1×1 convolution as a matrix product per image, the image itself being the right operand"
    );

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        product_variants(precision)
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        product_default(precision, class)
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let conv = conv2d(problem);
        super::supports_epilogue(conv, precision)?;
        if [conv.r, conv.s] != [1, 1] || conv.stride != [1, 1] || conv.padding != [0; 4] {
            return Err(Unsupported::new(
                "pointwise needs a 1×1 filter, stride 1 and no padding: only then the image is the product's operand",
            ));
        }
        product_supports(variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let conv = conv2d(problem);
        let buffers = buffers(conv, precision);
        let operands = Operands {
            constants: vec![
                ("LHS_PITCH", buffers[0].layout.row_pitch),
                ("RHS_PITCH", buffers[1].layout.spatial_pitch),
                ("OUT_PITCH", buffers[2].layout.spatial_pitch),
                ("GROUP_COUNT", conv.groups),
                ("BIAS_AT", buffers[0].layout.tail.unwrap_or(0)),
                ("BIAS_RELU", conv.bias_relu.into()),
            ],
            scalar: vec![
                shader!("conv2d/filters.wgsl"),
                shader!("matmul/rhs.wgsl"),
                shader!("conv2d/finish_lhs.wgsl"),
                shader!("conv2d/store_planes.wgsl"),
            ],
            vector: vec![
                shader!("conv2d/filters_vec4.wgsl"),
                shader!("matmul/rhs_vec4.wgsl"),
                shader!("conv2d/finish_lhs_vec4.wgsl"),
                shader!("conv2d/store_planes_vec4.wgsl"),
            ],
        };
        let gemm = product(conv, precision);
        let pass = gemm::pass(body(variant), variant, precision, &gemm, &operands, vec![0, 1, 2]);
        Plan::of(buffers, pass)
    }

    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let gemm = product(conv2d(problem), precision);
        super::product_cost(problem, precision, &gemm, &body(variant).geometry(variant), 0)
    }
}

fn product(conv: &Conv2d, precision: Precision) -> Gemm {
    Gemm {
        batch: conv.n * conv.groups,
        m: conv.k / conv.groups,
        n: conv.h * conv.w,
        units: channel_units(conv, precision),
    }
}

/// The usual buffers, with the pixels of input and output padded to whole vectors.
fn buffers(conv: &Conv2d, precision: Precision) -> Vec<BufferSpec> {
    let pad = |(index, buffer): (usize, BufferSpec)| match index {
        0 => buffer,
        _ => BufferSpec {
            layout: Layout::pad_spatial(buffer.layout),
            ..buffer
        },
    };
    super::buffers(conv, precision)
        .into_iter()
        .enumerate()
        .map(pad)
        .collect()
}
