//! Tensor cores: cooperative matrices of f16, several per subgroup, loaded straight from storage.
//!
//! Both operands lie so that neighbours along the reduction are neighbours in memory: as rows where they are stored so,
//! else in strips of the matrix's size. A lane then loads its share of a matrix as whole vectors.

use super::{error_bound, matmul, refuse_epilogue};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::device::Cooperative;
use crate::gemm::cooperative_supports;
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{BufferSpec, Pass, Role, fold_grid};
use crate::precision::Precision;
use crate::problem::{Matmul, Problem};
use crate::reference::{ErrorBound, Magnitudes};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{CooperativeTile, Prelude, compose, shader};
use joulemark_base::device_class::DeviceClass;

pub(super) struct CooperativeMatmul;

const NAMES: [&str; 3] = ["size", "tiles_m", "tiles_n"];

/// Invocations per workgroup: one subgroup of the usual 32.
const INVOCATIONS: u32 = 32;

/// Numbers of a matrix that a lane holds at most: 8×8 on 8 lanes (Mesa's software driver), 16×16 on 32. It bounds how
/// many subgroups a workgroup can have.
const NUMBERS_PER_LANE: u32 = 8;

fn variant(values: [u32; 3]) -> Variant {
    Variant::new(&std::array::from_fn::<_, 3, _>(|i| (NAMES[i], values[i])))
}

/// m, n, k padded to whole blocks.
fn padded(problem: &Matmul, variant: &Variant) -> [u32; 3] {
    let [size, tiles_m, tiles_n] = NAMES.map(|name| variant.get(name));
    [
        problem.m.next_multiple_of(size * tiles_m),
        problem.n.next_multiple_of(size * tiles_n),
        problem.k.next_multiple_of(size),
    ]
}

/// Where an operand lies, and its steps: numbers from batch to batch, row to row, k to k, and inside a matrix.
fn operand(
    batch: u32,
    [rows, k]: [u32; 2],
    [padded_rows, padded_k]: [u32; 2],
    size: u32,
    strips: bool,
) -> (Layout, [u32; 4]) {
    let step = padded_rows * padded_k;
    if strips {
        let layout = Layout {
            spatial_pitch: padded_rows,
            row_pitch: step / size,
            ..Layout::dense(batch, k, rows, size)
        };
        (layout, [step, size, padded_rows, size])
    } else {
        let layout = Layout {
            spatial_pitch: padded_k,
            row_pitch: step,
            ..Layout::dense(batch, rows, k, 1)
        };
        (layout, [step, padded_k, 1, padded_k])
    }
}

impl Algorithm for CooperativeMatmul {
    called!(
        Op::Matmul,
        "cooperative",
        "cooperative matrices (tensor cores), several per subgroup, straight from storage"
    );

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [[16, 4, 4], [16, 2, 4], [16, 2, 2], [8, 8, 4], [8, 4, 4], [8, 2, 2]]
            .map(variant)
            .to_vec()
    }

    fn default_variant(&self, _precision: Precision, class: DeviceClass) -> Variant {
        match class {
            DeviceClass::Cpu => variant([8, 2, 2]),
            _ => variant([16, 4, 4]),
        }
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let problem = matmul(problem);
        refuse_epilogue(problem, "cooperative")?;
        cooperative_supports(precision)?;
        let [size, tiles_m, tiles_n] = NAMES.map(|name| variant.get(name));
        if ![8, 16].contains(&size) || tiles_m == 0 || tiles_n == 0 || tiles_m.saturating_mul(tiles_n) > 64 {
            return Err(Unsupported::new(format!(
                "{variant}: size must be 8 or 16, tiles_m × tiles_n 1 to 64"
            )));
        }
        let [m, n, k] = padded(problem, variant).map(u64::from);
        if u64::from(problem.batch) * (m * n).max(m * k).max(n * k) > u64::from(u32::MAX) {
            return Err(Unsupported::new(
                "an operand padded to whole tiles cannot be indexed in 32 bits",
            ));
        }
        Ok(())
    }

    fn cooperative(&self, precision: Precision, variant: &Variant) -> Option<Cooperative> {
        Some(Cooperative {
            size: variant.get("size"),
            input: precision.input(),
            sum: precision.accumulator(),
        })
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let problem = matmul(problem);
        let &Matmul {
            batch,
            m,
            n,
            k,
            transposed,
            ..
        } = problem;
        let [size, tiles_m, tiles_n] = NAMES.map(|name| variant.get(name));
        let [padded_m, padded_n, padded_k] = padded(problem, variant);
        let (lhs, lhs_steps) = operand(batch, [m, k], [padded_m, padded_k], size, transposed[0]);
        let (rhs, rhs_steps) = operand(batch, [n, k], [padded_n, padded_k], size, !transposed[1]);
        let out = Layout {
            spatial_pitch: padded_n,
            row_pitch: padded_m * padded_n,
            ..Layout::dense(batch, m, n, 1)
        };
        let buffers = vec![
            BufferSpec::new("A", Role::Input(0), precision.input(), lhs),
            BufferSpec::new("B", Role::Input(1), precision.input(), rhs),
            BufferSpec::new("C", Role::Output, precision.output(), out),
        ];
        let [blocks_m, blocks_n] = [padded_m / (size * tiles_m), padded_n / (size * tiles_n)];
        let blocks = u64::from(batch) * u64::from(blocks_m) * u64::from(blocks_n);
        let grid = fold_grid(blocks);
        let slots = INVOCATIONS * NUMBERS_PER_LANE / (size * size);
        let steps = |names: [&'static str; 4], values: [u32; 4]| [0, 1, 2, 3].map(|i| (names[i], values[i]));
        let prelude = Prelude::new(precision)
            .enable("enable wgpu_cooperative_matrix;\n")
            .numbers(&[
                ("BLOCKS", blocks as u32),
                ("BLOCKS_M", blocks_m),
                ("BLOCKS_N", blocks_n),
            ])
            .numbers(&[("PADDED_M", padded_m), ("PADDED_K", padded_k), ("OUT_PITCH", padded_n)])
            .numbers(&steps(["LHS_BATCH", "LHS_ROW", "LHS_K", "LHS_STRIDE"], lhs_steps))
            .numbers(&steps(["RHS_BATCH", "RHS_COLUMN", "RHS_K", "RHS_STRIDE"], rhs_steps))
            .numbers(&[("GRID_X", grid[0]), ("WORKGROUP_X", INVOCATIONS), ("SLOTS", slots)])
            .variant(variant);
        let tile = CooperativeTile {
            size,
            rows: tiles_m,
            columns: tiles_n,
        };
        let pass = Pass::new(
            "cooperative",
            compose(&prelude, &[shader!("matmul/cooperative.wgsl"), &tile.generate()]),
            grid,
            vec![0, 1, 2],
        );
        Plan::of(buffers, pass)
    }

    /// Padding is loaded, multiplied and stored like the rest.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let size = matmul(problem);
        let [m, n, k] = padded(size, variant).map(u64::from);
        let [rows, columns] = ["tiles_m", "tiles_n"].map(|name| u64::from(variant.get("size") * variant.get(name)));
        let fetched = k * (n / columns * m + m / rows * n);
        let batch = u64::from(size.batch);
        Cost::new(
            problem,
            precision,
            2 * batch * m * n * k,
            batch * (precision.input().bytes() * fetched + precision.output().bytes() * m * n),
        )
    }

    /// A dot product in the order and with the roundings of the hardware, which are at least those of its sums.
    fn error_bound(&self, problem: &Problem, precision: Precision, _: &Variant, inputs: &Magnitudes) -> ErrorBound {
        error_bound(problem, precision, inputs)
    }
}
