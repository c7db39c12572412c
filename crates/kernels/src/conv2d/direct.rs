//! The textbook convolution: one invocation per output pixel and filter.

use super::{buffers, channel_units, constants, conv2d};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::gemm::unit_bytes;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{Pass, fold_grid};
use crate::precision::Precision;
use crate::problem::Problem;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, compose, shader};

pub(super) struct Direct;

impl Algorithm for Direct {
    called!(
        Op::Conv2d,
        "direct",
        "one invocation per output pixel and filter walks its taps in global memory"
    );

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [64, 256, 8]
            .into_iter()
            .map(|x| Variant::new(&[("workgroup_x", x)]))
            .collect()
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        super::supports_epilogue(conv2d(problem), precision)?;
        variant.positive(&["workgroup_x"])
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let conv = conv2d(problem);
        let buffers = buffers(conv, precision);
        let tiles = (conv.p() * conv.q()).div_ceil(variant.get("workgroup_x"));
        let groups = u64::from(tiles) * u64::from(conv.k) * u64::from(conv.n);
        let grid = fold_grid(groups);
        let prelude = Prelude::new(precision)
            .number("M", conv.k / conv.groups)
            .numbers(&constants(conv, precision, &buffers[0].layout))
            .numbers(&[("TILES_N", tiles), ("GROUPS", groups as u32), ("GRID_X", grid[0])])
            .variant(variant);
        let pass = Pass::new(
            "direct",
            compose(
                &prelude,
                &[shader!("conv2d/finish.wgsl"), shader!("conv2d/direct.wgsl")],
            ),
            grid,
            vec![0, 1, 2],
        );
        Plan::of(buffers, pass)
    }

    /// Taps in the padding are skipped; each of the others reads one unit of the input and one of the weights.
    fn cost(&self, problem: &Problem, precision: Precision, _tuning: &Variant) -> Cost {
        let conv = conv2d(problem);
        let taps = super::rows_inside(conv) * super::columns_inside(conv);
        let units = u64::from(conv.n) * u64::from(conv.k) * u64::from(channel_units(conv, precision)) * taps;
        let stored =
            precision.output().bytes() * super::outputs(problem) + super::epilogue_bytes(problem, precision, 1);
        let ops = 2 * units * u64::from(precision.interleave()) + super::epilogue_ops(problem);
        Cost::new(problem, precision, ops, 2 * unit_bytes(precision) * units + stored)
    }
}
