//! Two-dimensional convolution: one file per algorithm, and what they share.

mod direct;
mod im2col;
mod implicit_gemm;
mod winograd;

use crate::gemm::{Body, Gemm, Operands, RegisterBlocked, RegisterOnly};
use crate::layout::Layout;
use crate::plan::{BufferSpec, Role};
use crate::wgsl::shader;
use crate::{Algorithm, Conv2d, Precision, Problem, Tuning, Unsupported};

/// All conv2d algorithms.
pub(crate) static ALGORITHMS: [&dyn Algorithm; 5] = [
    &direct::Direct,
    &im2col::Im2col,
    &implicit_gemm::ImplicitGemm,
    &winograd::Winograd(2),
    &winograd::Winograd(4),
];

fn conv2d(problem: &Problem) -> &Conv2d {
    match problem {
        Problem::Conv2d(problem) => problem,
        Problem::Matmul(_) => unreachable!("`prepare` matches the problem's kind with the algorithm's"),
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

/// Weights (rows padded to vectors of four units), input and output, in the order of the bindings.
fn buffers(conv: &Conv2d, precision: Precision) -> Vec<BufferSpec> {
    let interleave = precision.interleave();
    let channels = conv.c / conv.groups;
    let spec = |label, role, element, layout| BufferSpec {
        label,
        role,
        element,
        layout,
    };
    let weights = Layout::dense(conv.k, channels, conv.r * conv.s, interleave).pad_rows();
    let input = Layout::dense(conv.n * conv.groups, channels, conv.h * conv.w, interleave);
    let output = Layout::dense(conv.n * conv.k, 1, conv.p() * conv.q(), 1);
    vec![
        spec("W", Role::Input(1), precision.input(), weights),
        spec("X", Role::Input(0), precision.input(), input),
        spec("Y", Role::Output, precision.output(), output),
    ]
}

/// Constants of the convolution that all shaders may use.
fn constants(conv: &Conv2d, precision: Precision, weights: &Layout) -> Vec<(&'static str, u32)> {
    vec![
        ("LHS_PITCH", weights.row_pitch),
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
    let with = |lhs: &'static str, rhs: &[&'static str]| [&[lhs], rhs, &[shader!("conv2d/store_nchw.wgsl")]].concat();
    Operands {
        constants,
        scalar: with(shader!("matmul/lhs.wgsl"), scalar),
        vector: with(shader!("matmul/lhs_vec4.wgsl"), vector),
    }
}

/// The product body that a tuning names: `staged` = 1 goes through workgroup memory, 0 does not.
fn body(tuning: &Tuning) -> &'static dyn Body {
    if tuning.get("staged") == 1 {
        &RegisterBlocked
    } else {
        &RegisterOnly
    }
}

/// Variants of a product inside a convolution: the bodies' own, each with the parameter that names the body.
fn product_variants(precision: Precision) -> Vec<Tuning> {
    let staged = RegisterBlocked
        .variants(precision)
        .into_iter()
        .map(|tuning| tuning.and("staged", 1));
    let direct = RegisterOnly
        .variants(precision)
        .into_iter()
        .map(|tuning| tuning.and("staged", 0));
    staged.chain(direct).collect()
}

fn product_default(precision: Precision, class: crate::DeviceClass) -> Tuning {
    match class {
        crate::DeviceClass::Cpu => RegisterOnly.default_variant(precision, class).and("staged", 0),
        _ => RegisterBlocked.default_variant(precision, class).and("staged", 1),
    }
}

fn product_supports(tuning: &Tuning) -> Result<(), Unsupported> {
    body(tuning).supports(tuning)
}
