//! Sparse weights: A as compressed sparse rows, made at upload, times a dense B. Executes and moves what is not 0.

use super::{buffers, epilogue, matmul, supports_epilogue};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::derived::{Derived, Part};
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{BufferSpec, Pass, Role, fold_grid};
use crate::precision::{Element, Precision};
use crate::problem::{Matmul, Problem};
use crate::structure::kept;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, RegisterTile, compose, shader};
use joulemark_base::device_class::DeviceClass;

pub(super) struct Csr;

const NAMES: [&str; 4] = ["lanes", "rows", "quads", "unroll"];

/// Density of the listed variants, in percent: a case takes that of its inputs.
const DENSITY: u32 = 10;

fn variant(values: [u32; 4]) -> Variant {
    Variant::new(&std::array::from_fn::<_, 4, _>(|i| (NAMES[i], values[i]))).and("density", DENSITY)
}

/// Rows of all products together.
fn rows(problem: &Matmul) -> u64 {
    u64::from(problem.batch) * u64::from(problem.m)
}

/// Numbers that are not 0, at most.
fn numbers(problem: &Matmul, variant: &Variant) -> u64 {
    rows(problem) * u64::from(kept(variant.get("density"), problem.k))
}

impl Algorithm for Csr {
    called!(
        Op::Matmul,
        "csr",
        "A as compressed sparse rows, number by number times rows of B, each invocation some columns of one row"
    );

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [
            [32, 4, 2, 4],
            [32, 8, 1, 4],
            [64, 4, 1, 8],
            [16, 16, 4, 2],
            [8, 8, 4, 1],
        ]
        .map(variant)
        .to_vec()
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        match class {
            DeviceClass::Cpu => variant([8, 8, 4, 1]),
            _ => self.variants(precision).swap_remove(0),
        }
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let problem = matmul(problem);
        supports_epilogue(problem, precision)?;
        if precision == Precision::I8 {
            return Err(Unsupported::new(
                "i8 packs four neighbours along the reduction into a word, which single numbers do not fill: csr \
                 computes floats",
            ));
        }
        if problem.transposed[1] {
            return Err(Unsupported::new(
                "csr reads whole rows of B, which a transposed B scatters: use a dense kernel",
            ));
        }
        if NAMES.iter().any(|name| variant.get(name) == 0) || !(1..=16).contains(&variant.get("quads")) {
            return Err(Unsupported::new(format!(
                "{variant}: all must be at least 1 and quads at most 16"
            )));
        }
        if !(1..=100).contains(&variant.get("density")) {
            return Err(Unsupported::new("density is a percentage, 1 to 100"));
        }
        let count = numbers(problem, variant);
        if count > i32::MAX.unsigned_abs().into() {
            return Err(Unsupported::new(format!(
                "{count} numbers cannot be indexed in 31 bits"
            )));
        }
        Ok(())
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let size = matmul(problem);
        let derived = |label, part, element, count: u64| {
            let role = Role::Derived(Derived { part, problem: *size });
            BufferSpec::new(label, role, element, Layout::dense(1, 1, count as u32, 1))
        };
        let count = numbers(size, variant);
        let mut buffers = buffers(size, precision);
        buffers.splice(
            ..1,
            [
                derived("A's row offsets", Part::RowOffsets, Element::I32, rows(size) + 1),
                derived("A's columns", Part::Columns, Element::I32, count),
                derived("A's values", Part::Values, precision.input(), count),
            ],
        );
        let [lanes, lines, quads, unroll] = NAMES.map(|name| variant.get(name));
        let quads_n = size.n.div_ceil(4);
        let tiles = [
            rows(size).div_ceil(lines.into()) as u32,
            quads_n.div_ceil(lanes * quads),
        ];
        let groups = u64::from(tiles[0]) * u64::from(tiles[1]);
        let grid = fold_grid(groups);
        let prelude = Prelude::new(precision)
            .numbers(&[("M", size.m), ("ALL_ROWS", rows(size) as u32), ("QUADS_N", quads_n)])
            .numbers(&[("UNITS", size.k), ("RHS_PITCH", buffers[3].layout.spatial_pitch)])
            .numbers(&[("OUT_PITCH", buffers[4].layout.spatial_pitch)])
            .numbers(&[("TILES_M", tiles[0]), ("GROUPS", groups as u32), ("GRID_X", grid[0])])
            .variant(variant)
            .flag("BIAS_RELU", size.bias_relu)
            .flag("GUARD_M", false)
            .flag("GUARD_N", !quads_n.is_multiple_of(lanes * quads));
        let tile = RegisterTile { rows: 1, quads };
        let generated = tile.declare_at(|i| format!("{i}u"), |j| format!("{j}u * LANES"))
            + "\n"
            + &tile.multiply_sparse("multiply", unroll)
            + "\n"
            + &tile.multiply_sparse("multiply_one", 1);
        let fragments = [
            shader!("matmul/csr_operands.wgsl"),
            &generated,
            shader!("matmul/csr.wgsl"),
        ];
        let pass = Pass::new("csr", compose(&prelude, &fragments), grid, vec![0, 1, 2, 3, 4]);
        Plan::of(buffers, pass)
    }

    /// Each number meets a row of B. Each invocation of a row reads where the row begins and ends and all its numbers with
    /// their columns.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let size = matmul(problem);
        let quads = size.n.div_ceil(4);
        let block = variant.get("lanes") * variant.get("quads");
        let readers = quads / block * variant.get("lanes") + (quads % block).min(variant.get("lanes"));
        let (rows, numbers) = (rows(size), numbers(size, variant));
        let [n, readers] = [size.n, readers].map(u64::from);
        let element = precision.input().bytes();
        let read = readers * (8 * rows + (4 + element) * numbers) + element * n * numbers;
        let [epilogue_ops, epilogue_bytes] = epilogue(size, precision);
        Cost::new(
            problem,
            precision,
            2 * numbers * 4 * u64::from(quads) + epilogue_ops,
            read + precision.output().bytes() * rows * n + epilogue_bytes,
        )
    }
}
