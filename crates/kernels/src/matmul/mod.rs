//! Matrix multiplication: one file per algorithm, and what they share: operands, buffers, bounds.

mod cooperative;
mod csr;
mod gemv;
mod i8_unpacked;
mod low_rank;
mod product;
mod split_k;
mod strassen;
mod unfused;

use product::Product;

use crate::algorithm::Algorithm;
use crate::gemm::{
    Broadcast, CooperativeStaged, Gemm, Operands, PerOutput, RegisterBlocked, RegisterOnly, Tiled, WarpTiled,
};
use crate::layout::Layout;
use crate::plan::{BufferSpec, Role};
use crate::precision::Precision;
use crate::problem::{Matmul, Problem};
use crate::reference::{ErrorBound, Magnitudes};
use crate::unsupported::Unsupported;
use crate::wgsl::shader;

/// All matmul algorithms, in the order of the ladder.
pub(crate) static ALGORITHMS: [&dyn Algorithm; 16] = [
    &Product(&PerOutput::Number),
    &Product(&PerOutput::Vector),
    &Product(&Tiled),
    &Product(&RegisterBlocked),
    &Product(&RegisterOnly),
    &Product(&Broadcast),
    &Product(&WarpTiled),
    &split_k::SplitK,
    &gemv::Gemv,
    &i8_unpacked::I8Unpacked,
    &unfused::Unfused,
    &strassen::Strassen,
    &csr::Csr,
    &low_rank::LowRank,
    &cooperative::CooperativeMatmul,
    &Product(&CooperativeStaged),
];

fn matmul(problem: &Problem) -> &Matmul {
    match problem {
        Problem::Matmul(problem) => problem,
        _ => unreachable!("`prepare` matches the problem's kind with the algorithm's"),
    }
}

fn gemm(problem: &Matmul, precision: Precision) -> Gemm {
    let &Matmul { batch, m, n, k, .. } = problem;
    Gemm {
        batch,
        m,
        n,
        units: k.div_ceil(precision.interleave()),
    }
}

/// A dot product of k terms, and the bias as one more.
fn error_bound(problem: &Problem, precision: Precision, inputs: &Magnitudes) -> ErrorBound {
    let problem = matmul(problem);
    ErrorBound::dot_product(precision, (problem.k + u32::from(problem.bias_relu)) as usize, inputs)
}

/// i8 results are i32: a bias in i8 would be lost in them, and requantisation is another problem.
fn supports_epilogue(problem: &Matmul, precision: Precision) -> Result<(), Unsupported> {
    if problem.bias_relu && precision == Precision::I8 {
        return Err(Unsupported::new("bias and ReLU are computed on floats, not on i8"));
    }
    Ok(())
}

/// Operations and bytes of a fused bias and ReLU: one of each per output in whole vectors of four, and a bias read for each.
fn epilogue(problem: &Matmul, precision: Precision) -> [u64; 2] {
    let outputs = |columns: u32| u64::from(problem.bias_relu) * u64::from(problem.m) * u64::from(columns);
    [
        2 * outputs(problem.n.next_multiple_of(4)),
        precision.input().bytes() * outputs(problem.n),
    ]
}

fn refuse_epilogue(problem: &Matmul, name: &str) -> Result<(), Unsupported> {
    if problem.bias_relu {
        return Err(Unsupported::new(format!(
            "{name} has no fused bias and ReLU: use unfused or a kernel that stores each sum once"
        )));
    }
    Ok(())
}

/// A, B and C, rows padded to whole vectors of four units, in the order of the bindings.
fn buffers(problem: &Matmul, precision: Precision) -> Vec<BufferSpec> {
    let &Matmul { batch, m, n, k, .. } = problem;
    let interleave = precision.interleave();
    // Rows of the reduction's length against rows of units: what B has and a transposed A too.
    let along = |rows: u32| Layout::dense(batch * rows, k, 1, interleave).pad_rows();
    let across = |k: u32, columns: u32| Layout::dense(batch, k, columns, interleave).pad_spatial();
    let lhs = if problem.transposed[0] { across(k, m) } else { along(m) };
    let rhs = if problem.transposed[1] {
        along(n)
    } else {
        across(k + u32::from(problem.bias_relu), n)
    };
    let out = Layout::dense(batch * m, 1, n, 1).pad_spatial();
    vec![
        BufferSpec::new("A", Role::Input(0), precision.input(), lhs),
        BufferSpec::new("B", Role::Input(1), precision.input(), rhs),
        BufferSpec::new("C", Role::Output, precision.output(), out),
    ]
}

/// How the product bodies reach pitched row-major operands, transposed ones and the epilogue included.
fn operands(problem: &Matmul, buffers: &[BufferSpec]) -> Operands {
    let pitch = |index: usize, along: bool| {
        let layout = &buffers[index].layout;
        if along { layout.row_pitch } else { layout.spatial_pitch }
    };
    let [ta, tb] = problem.transposed;
    let choose = |transposed: bool, plain: &'static str, other: &'static str| if transposed { other } else { plain };
    let [lhs_t, rhs_t] = [
        shader!("matmul/lhs_transposed.wgsl"),
        shader!("matmul/rhs_transposed.wgsl"),
    ];
    let with = |lhs, rhs, out, fused| {
        vec![
            choose(ta, lhs, lhs_t),
            choose(tb, rhs, rhs_t),
            choose(problem.bias_relu, out, fused),
        ]
    };
    Operands {
        constants: vec![
            ("LHS_PITCH", pitch(0, !ta)),
            ("RHS_PITCH", pitch(1, tb)),
            ("OUT_PITCH", buffers[2].layout.spatial_pitch),
        ],
        scalar: with(
            shader!("matmul/lhs.wgsl"),
            shader!("matmul/rhs.wgsl"),
            shader!("matmul/out.wgsl"),
            shader!("matmul/out_bias_relu.wgsl"),
        ),
        vector: with(
            shader!("matmul/lhs_vec4.wgsl"),
            shader!("matmul/rhs_vec4.wgsl"),
            shader!("matmul/out_vec4.wgsl"),
            shader!("matmul/out_bias_relu_vec4.wgsl"),
        ),
    }
}
