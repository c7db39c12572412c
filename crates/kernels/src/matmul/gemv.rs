//! A matrix and few columns: rows of A are read once, each by a line of invocations that adds up what it found.

use super::{buffers, epilogue, error_bound, gemm, matmul, operands, supports_epilogue};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::gemm::unit_bytes;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{Pass, fold_grid};
use crate::precision::Precision;
use crate::problem::{Matmul, Problem};
use crate::reference::{ErrorBound, Magnitudes};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, compose, shader};
use joulemark_base::device_class::DeviceClass;

pub(super) struct Gemv;

/// Columns that fit the two vectors of sums of an invocation.
const MOST_COLUMNS: u32 = 8;

impl Gemv {
    fn variant([lanes, rows]: [u32; 2]) -> Variant {
        Variant::new(&[("lanes", lanes), ("rows", rows)])
    }
}

impl Algorithm for Gemv {
    called!(
        Op::Matmul,
        "gemv",
        "a matrix times 1 to 8 columns: a line of invocations per row of A, then a tree of sums in workgroup memory"
    );

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [[32, 4], [64, 1], [128, 2], [8, 8], [1, 64]]
            .map(Self::variant)
            .to_vec()
    }

    fn default_variant(&self, _precision: Precision, class: DeviceClass) -> Variant {
        match class {
            DeviceClass::Cpu => Self::variant([8, 8]),
            _ => Self::variant([32, 4]),
        }
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let problem = matmul(problem);
        supports_epilogue(problem, precision)?;
        if problem.n > MOST_COLUMNS {
            return Err(Unsupported::new(format!(
                "gemv computes at most {MOST_COLUMNS} columns, here n = {}: use a blocked kernel",
                problem.n
            )));
        }
        if !variant.get("lanes").is_power_of_two() || variant.get("rows") == 0 {
            return Err(Unsupported::new(format!(
                "{variant}: lanes must be a power of two and rows at least 1"
            )));
        }
        Ok(())
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let problem = matmul(problem);
        let size = gemm(problem, precision);
        let buffers = buffers(problem, precision);
        let operands = operands(problem, &buffers);
        let tiles = size.m.div_ceil(variant.get("rows"));
        let groups = u64::from(size.batch) * u64::from(tiles);
        let grid = fold_grid(groups);
        let quads = size.n.div_ceil(4);
        let prelude = Prelude::new(precision)
            .numbers(&[("M", size.m), ("N", size.n), ("QUADS_N", quads), ("UNITS", size.units)])
            .numbers(&operands.constants)
            .numbers(&[("TILES_M", tiles), ("GROUPS", groups as u32), ("GRID_X", grid[0])])
            .variant(variant);
        let mut fragments = operands.vector;
        fragments.push(shader!("matmul/gemv.wgsl"));
        let pass = Pass::new("gemv", compose(&prelude, &fragments), grid, vec![0, 1, 2]);
        Plan::of(buffers, pass)
    }

    /// A is read once, B once per row. The tree adds lanes − 1 vectors per line of the workgroup and quad of columns; lines
    /// past the last row take part.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let size = matmul(problem);
        let &Matmul { batch, m, n, .. } = size;
        let units = u64::from(gemm(size, precision).units);
        let rows = u64::from(batch) * u64::from(m);
        let columns = u64::from(n.next_multiple_of(4));
        let lines = u64::from(batch) * u64::from(m.next_multiple_of(variant.get("rows")));
        let tree = lines * columns * u64::from(variant.get("lanes") - 1);
        let [epilogue_ops, epilogue_bytes] = epilogue(size, precision);
        Cost::new(
            problem,
            precision,
            2 * rows * columns * units * u64::from(precision.interleave()) + tree + epilogue_ops,
            rows * units * unit_bytes(precision) * (1 + u64::from(n))
                + rows * u64::from(n) * precision.output().bytes()
                + epilogue_bytes,
        )
    }

    fn error_bound(&self, problem: &Problem, precision: Precision, _: &Variant, inputs: &Magnitudes) -> ErrorBound {
        error_bound(problem, precision, inputs)
    }
}
