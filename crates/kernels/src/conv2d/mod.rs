//! Two-dimensional convolution: one file per algorithm, and what they share.

mod by_taps;
mod cooperative;
mod depthwise;
mod depthwise_dense;
mod direct;
mod fft;
mod im2col;
mod implicit_gemm;
mod nhwc;
mod pointwise;
mod register_tiled;
mod transformed;
mod unfused;
mod winograd;

use crate::algorithm::Algorithm;
use crate::cost::Cost;
use crate::gemm::{self, Body, Broadcast, Gemm, Geometry, Operands, RegisterBlocked, RegisterOnly, WarpTiled};
use crate::layout::Layout;
use crate::plan::{BufferSpec, Role};
use crate::precision::Precision;
use crate::problem::{Conv2d, Problem};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::shader;
use joulemark_base::device_class::DeviceClass;

/// All conv2d algorithms.
pub(crate) static ALGORITHMS: [&dyn Algorithm; 16] = [
    &direct::Direct,
    &register_tiled::RegisterTiled::Fixed,
    &register_tiled::RegisterTiled::Group,
    &depthwise::Depthwise,
    &depthwise_dense::DepthwiseDense,
    &pointwise::Pointwise,
    &im2col::Im2col,
    &implicit_gemm::ImplicitGemm,
    &winograd::Winograd(2),
    &winograd::Winograd(4),
    &winograd::Fused(2),
    &winograd::Fused(4),
    &fft::Fft,
    &unfused::Unfused,
    &cooperative::CooperativeConv2d::Gathered,
    &cooperative::CooperativeConv2d::Written,
];

fn conv2d(problem: &Problem) -> &Conv2d {
    match problem {
        Problem::Conv2d(problem) => problem,
        _ => unreachable!("`prepare` matches the problem's kind with the algorithm's"),
    }
}

/// The convolution as a product per group: filters × (channel units, r, s) by that × (image, p, q).
fn product(conv: &Conv2d, precision: Precision) -> Gemm {
    Gemm {
        batch: conv.groups,
        m: conv.k / conv.groups,
        n: conv.n * conv.p() * conv.q(),
        units: channel_units(conv, precision) * conv.r * conv.s,
    }
}

fn channel_units(conv: &Conv2d, precision: Precision) -> u32 {
    (conv.c / conv.groups).div_ceil(precision.interleave())
}

/// i8 results are i32: a bias in i8 would be lost in them, and requantisation is another problem.
fn supports_epilogue(conv: &Conv2d, precision: Precision) -> Result<(), Unsupported> {
    if conv.bias_relu && precision == Precision::I8 {
        return Err(Unsupported::new("bias and ReLU are computed on floats, not on i8"));
    }
    Ok(())
}

/// Operations of the epilogue: an addition and a maximum per output.
fn epilogue_ops(problem: &Problem) -> u64 {
    if conv2d(problem).bias_relu {
        2 * outputs(problem)
    } else {
        0
    }
}

/// Bytes that the epilogue reads, one bias for each `share` outputs.
fn epilogue_bytes(problem: &Problem, precision: Precision, share: u32) -> u64 {
    epilogue_ops(problem) / 2 / u64::from(share) * precision.input().bytes()
}

/// A convolution as this product, its epilogue included, and so many bytes moved beside it.
fn product_cost(problem: &Problem, precision: Precision, gemm: &Gemm, geometry: &Geometry, bytes: u64) -> Cost {
    Cost::new(
        problem,
        precision,
        gemm::ops_executed(geometry, precision, gemm) + epilogue_ops(problem),
        bytes + gemm::bytes_model(geometry, precision, gemm) + epilogue_bytes(problem, precision, 1),
    )
}

fn outputs(problem: &Problem) -> u64 {
    problem.shape_of_output().iter().map(|&size| u64::from(size)).product()
}

/// Weights (rows padded to vectors of four units), input and output, in the order of the bindings.
fn buffers(conv: &Conv2d, precision: Precision) -> Vec<BufferSpec> {
    let interleave = precision.interleave();
    let channels = conv.c / conv.groups;
    let weights = Layout::dense(conv.k, channels, conv.r * conv.s, interleave);
    let weights = if conv.bias_relu { weights.with_tail() } else { weights }.pad_rows();
    let input = Layout::dense(conv.n * conv.groups, channels, conv.h * conv.w, interleave);
    let output = Layout::dense(conv.n * conv.k, 1, conv.p() * conv.q(), 1);
    vec![
        BufferSpec::new("W", Role::Input(1), precision.input(), weights),
        BufferSpec::new("X", Role::Input(0), precision.input(), input),
        BufferSpec::new("Y", Role::Output, precision.output(), output),
    ]
}

/// Constants of the convolution that all shaders may use.
fn constants(conv: &Conv2d, precision: Precision, weights: &Layout) -> Vec<(&'static str, u32)> {
    vec![
        ("LHS_PITCH", weights.row_pitch),
        ("BIAS_AT", weights.tail.unwrap_or(0)),
        ("BIAS_RELU", conv.bias_relu.into()),
        ("GROUP_COUNT", conv.groups),
        ("CHANNEL_UNITS", channel_units(conv, precision)),
        ("FILTERS", conv.k),
        ("FILTER_R", conv.r),
        ("FILTER_S", conv.s),
        ("IN_H", conv.h),
        ("IN_W", conv.w),
        ("OUT_W", conv.q()),
        ("PIXELS", conv.p() * conv.q()),
        ("STRIDE_Y", conv.stride[0]),
        ("STRIDE_X", conv.stride[1]),
        ("PAD_TOP", conv.padding[0]),
        ("PAD_LEFT", conv.padding[1]),
        ("DILATION_Y", conv.dilation[0]),
        ("DILATION_X", conv.dilation[1]),
    ]
}

/// Operands of a product that stores NKPQ and reads its right side through `scalar` or `vector` fragments.
fn operands(constants: Vec<(&'static str, u32)>, scalar: &[&'static str], vector: &[&'static str]) -> Operands {
    let with =
        |lhs: [&'static str; 2], rhs: &[&'static str]| [&lhs[..], rhs, &[shader!("conv2d/store_nchw.wgsl")]].concat();
    let [lhs, lhs4] = [shader!("matmul/lhs.wgsl"), shader!("matmul/lhs_vec4.wgsl")];
    Operands {
        constants,
        scalar: with([lhs, shader!("conv2d/finish_lhs.wgsl")], scalar),
        vector: with([lhs4, shader!("conv2d/finish_lhs_vec4.wgsl")], vector),
    }
}

/// The product body that a variant names: `staged` = 2 prefetches blocks into workgroup memory, 1 stages them there, 0 goes
/// straight to registers, 3 too but shares rows within a subgroup.
fn body(variant: &Variant) -> &'static dyn Body {
    match variant.get("staged") {
        3 => &Broadcast,
        2 => &WarpTiled,
        1 => &RegisterBlocked,
        _ => &RegisterOnly,
    }
}

/// The variants of these bodies, each with the parameter that names the body.
fn variants_of(bodies: &[(&'static dyn Body, u32)], precision: Precision) -> Vec<Variant> {
    let tunings = |&(body, staged): &(&'static dyn Body, u32)| {
        let variants = body.variants(precision).into_iter();
        variants.map(move |variant| variant.and("staged", staged))
    };
    bodies.iter().flat_map(tunings).collect()
}

/// Variants of a product inside a convolution.
fn product_variants(precision: Precision) -> Vec<Variant> {
    let bodies: [(&'static dyn Body, u32); 4] = [
        (&WarpTiled, 2),
        (&RegisterBlocked, 1),
        (&RegisterOnly, 0),
        (&Broadcast, 3),
    ];
    variants_of(&bodies, precision)
}

fn product_default(precision: Precision, class: DeviceClass) -> Variant {
    match class {
        // Not matmul's larger tile: gathers make the text longer, and Mesa's compiler slow.
        DeviceClass::Cpu => RegisterOnly::variant([8, 8, 8, 1]).and("staged", 0),
        _ => WarpTiled.default_variant(precision, class).and("staged", 2),
    }
}

fn product_supports(variant: &Variant) -> Result<(), Unsupported> {
    gemm::supports(body(variant), variant)
}

/// Pairs of an output row and a filter row whose input row lies inside the image.
pub(crate) fn rows_inside(conv: &Conv2d) -> u64 {
    inside(
        conv.h,
        conv.p(),
        conv.r,
        conv.stride[0],
        conv.padding[0],
        conv.dilation[0],
    )
}

/// Pairs of an output column and a filter column whose input column lies inside the image.
pub(crate) fn columns_inside(conv: &Conv2d) -> u64 {
    inside(
        conv.w,
        conv.q(),
        conv.s,
        conv.stride[1],
        conv.padding[1],
        conv.dilation[1],
    )
}

fn inside(size: u32, outputs: u32, taps: u32, stride: u32, before: u32, dilation: u32) -> u64 {
    let positions = |tap: u32| {
        let shift = tap * dilation;
        (0..outputs)
            .filter(|out| (before..before + size).contains(&(out * stride + shift)))
            .count() as u64
    };
    (0..taps).map(positions).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One tile per channel, so each line that multiplies runs once per channel and filter.
    #[test]
    fn counts_are_those_of_the_text() {
        let problem: Problem = "n1c3h4w8k3r3s3p1g3".parse().unwrap();
        for (algorithm, mark) in [
            (&depthwise::Depthwise as &dyn Algorithm, "= fused(w"),
            (&register_tiled::RegisterTiled::Group, "= mac((*tile)"),
        ] {
            let variant = algorithm.default_variant(Precision::F32, DeviceClass::Cpu);
            let text = &algorithm.plan(&problem, Precision::F32, &variant).passes[0].wgsl;
            let lines = text.matches(mark).count() as u64;
            // The direct kernel calls its lines once per filter row and has a tile of its own for each of the 4 rows.
            let visits = if mark.starts_with("= mac") { 3 * 3 * 4 } else { 3 };
            let cost = algorithm.cost(&problem, Precision::F32, &variant);
            assert_eq!(cost.ops_executed, 2 * lines * visits, "{}", algorithm.name());
        }
    }

    /// F(2×2, 3×3) on a 4×4 image with padding 1: four tiles; sixteen products of 3×2 by 2×4.
    #[test]
    fn winograd_counts_products_transforms_and_workspaces() {
        let problem: Problem = "n1c2h4w4k3r3s3p1".parse().unwrap();
        let algorithm = winograd::Winograd(2);
        let variant = algorithm.default_variant(Precision::F32, DeviceClass::Cpu);
        let variant = variant.with("tile_m=1,tile_n=4").unwrap();
        let cost = algorithm.cost(&problem, Precision::F32, &variant);
        assert_eq!(
            cost.ops_executed,
            2 * 16 * 3 * 2 * 4 + 32 * 2 * 4 + 35 * 3 * 4 + 24 * 3 * 4
        );
        let filters = 3 * 2 * (9 + 16);
        let tiles = 2 * 4 * (16 + 16);
        let products = 16 * 2 * (3 + 3 * 4) + 16 * 3 * 4;
        let inverse = 3 * 4 * 16 + 3 * 16;
        assert_eq!(cost.bytes_model, 4 * (filters + tiles + products + inverse));
    }
}
