//! The reduction in parts: each part is a product of its own, a second pass adds them up. For few outputs and long k.

use super::{buffers, epilogue, error_bound, gemm, matmul, operands, supports_epilogue};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::gemm::{self, Gemm, Operands, body, body_default, body_supports, body_variants, unit_bytes};
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{BufferSpec, Pass, Role, fold_grid};
use crate::precision::Precision;
use crate::problem::{Matmul, Problem};
use crate::reference::{ErrorBound, Magnitudes};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, compose, shader};
use joulemark_base::device_class::DeviceClass;

pub(super) struct SplitK;

/// Workgroup of the pass that adds the parts.
const WORKGROUP: u32 = 64;

/// Parts that are not empty, and units in each: whole quads.
fn parts(gemm: &Gemm, variant: &Variant) -> (u32, u32) {
    let units = gemm.units.div_ceil(variant.get("parts")).next_multiple_of(4);
    (gemm.units.div_ceil(units), units)
}

/// The parts as a batch of products.
fn batched(gemm: &Gemm, variant: &Variant) -> Gemm {
    let (count, units) = parts(gemm, variant);
    Gemm {
        batch: gemm.batch * count,
        units,
        ..*gemm
    }
}

/// Quads of all outputs: one invocation each adds the parts.
fn quads(problem: &Matmul) -> u64 {
    u64::from(problem.batch) * u64::from(problem.m) * u64::from(problem.n.div_ceil(4))
}

impl Algorithm for SplitK {
    called!(
        Op::Matmul,
        "split_k",
        "the reduction cut into parts that run side by side, then a pass that adds them: for few outputs and long k"
    );

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        let bodies = body_variants(precision);
        [16, 64, 4]
            .into_iter()
            .flat_map(|parts| bodies.iter().map(move |variant| variant.clone().and("parts", parts)))
            .collect()
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        body_default(precision, class).and("parts", if class == DeviceClass::Cpu { 4 } else { 16 })
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let problem = matmul(problem);
        supports_epilogue(problem, precision)?;
        if variant.get("parts") == 0 {
            return Err(Unsupported::new("parts is 0, it must be at least 1"));
        }
        let partials = 4 * quads(problem) * u64::from(variant.get("parts"));
        if partials > u64::from(u32::MAX) {
            return Err(Unsupported::new(format!(
                "{partials} partial sums cannot be indexed in 32 bits"
            )));
        }
        body_supports(variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let problem = matmul(problem);
        let whole = gemm(problem, precision);
        let (count, _) = parts(&whole, variant);
        let mut buffers = buffers(problem, precision);
        let partials = Layout::dense(count * problem.batch * problem.m, 1, problem.n, 1).pad_spatial();
        buffers.push(BufferSpec::new(
            "partial sums",
            Role::Scratch,
            precision.accumulator(),
            partials,
        ));
        let operands = operands(problem, &buffers);
        let mut constants = operands.constants.clone();
        constants.extend([("SPLITS", count), ("WHOLE_UNITS", whole.units)]);
        let split = Operands {
            constants,
            scalar: Vec::new(),
            vector: vec![
                match problem.transposed[0] {
                    true => shader!("matmul/lhs_part_transposed.wgsl"),
                    false => shader!("matmul/lhs_part_vec4.wgsl"),
                },
                match problem.transposed[1] {
                    true => shader!("matmul/rhs_part_transposed.wgsl"),
                    false => shader!("matmul/rhs_part_vec4.wgsl"),
                },
                shader!("matmul/out_vec4.wgsl"),
            ],
        };
        let prelude = Prelude::new(precision).sums_out();
        let product = batched(&whole, variant);
        let multiply = gemm::pass_after(
            prelude,
            body(variant),
            variant,
            precision,
            &product,
            &split,
            vec![0, 1, 3],
        );

        let groups = quads(problem).div_ceil(WORKGROUP.into());
        let grid = fold_grid(groups);
        let prelude = Prelude::new(precision)
            .numbers(&[("M", whole.m), ("QUADS_N", whole.n.div_ceil(4)), ("BATCH", whole.batch)])
            .numbers(&[("UNITS", whole.units), ("SPLITS", count)])
            .numbers(&operands.constants)
            .numbers(&[("GRID_X", grid[0]), ("WORKGROUP_X", WORKGROUP)]);
        // Right operand for its bias, and output.
        let fused = if problem.bias_relu { 1 } else { 2 };
        let mut fragments = operands.vector[fused..].to_vec();
        fragments.push(shader!("matmul/split_k_sum.wgsl"));
        let add = Pass::new(
            "split_k sum",
            compose(&prelude, &fragments),
            grid,
            if problem.bias_relu { vec![3, 1, 2] } else { vec![3, 2] },
        );
        Plan {
            buffers,
            passes: vec![multiply, add],
        }
    }

    /// The parts' products; then each partial sum is read and added, and the output written.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let size = matmul(problem);
        let product = batched(&gemm(size, precision), variant);
        let geometry = body(variant).geometry(variant);
        let outputs = u64::from(size.batch) * u64::from(size.m) * u64::from(size.n);
        let partials = u64::from(product.batch) * u64::from(size.m) * u64::from(size.n);
        let whole_units = u64::from(gemm(size, precision).units);
        let sum_bytes = precision.accumulator().bytes();
        // The last part may be shorter than the others, and `bytes_model` writes its outputs as `Out`.
        let mut fetched = gemm::bytes_model(&geometry, precision, &product) - partials * precision.output().bytes();
        let padding = u64::from(product.units) * u64::from(product.batch / size.batch) - whole_units;
        let [m, n] = geometry.reuse.map(u64::from);
        let per_unit =
            u64::from(size.n).div_ceil(n) * u64::from(size.m) + u64::from(size.m).div_ceil(m) * u64::from(size.n);
        fetched -= u64::from(size.batch) * unit_bytes(precision) * padding * per_unit;
        let [epilogue_ops, epilogue_bytes] = epilogue(size, precision);
        let bytes = fetched + 2 * partials * sum_bytes + outputs * precision.output().bytes() + epilogue_bytes;
        let ops = gemm::ops_executed(&geometry, precision, &product)
            + 4 * quads(size) * u64::from(product.batch / size.batch)
            + epilogue_ops;
        Cost::new(problem, precision, ops, bytes)
    }

    /// Adding parts is one more order of summation: each term still passes through at most k additions.
    fn error_bound(&self, problem: &Problem, precision: Precision, _: &Variant, inputs: &Magnitudes) -> ErrorBound {
        error_bound(problem, precision, inputs)
    }
}
