//! im2col: the patches are written out as a matrix, then multiplied with the filters. The workspace is R·S times the
//! input.

use super::{body, buffers, constants, conv2d, operands, product, product_default, product_supports, product_variants};
use crate::algorithm::Algorithm;
use crate::algorithm::called;
use crate::cost::Cost;
use crate::gemm::{self, Body, unit_bytes};
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{BufferSpec, Pass, Role, fold_grid};
use crate::precision::Precision;
use crate::problem::{Conv2d, Problem};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, compose, shader};
use joulemark_base::device_class::DeviceClass;

pub(super) struct Im2col;

/// Workgroup of the pass that writes the patches.
const WORKGROUP: [u32; 2] = [64, 1];

impl Algorithm for Im2col {
    called!(
        Op::Conv2d,
        "im2col",
        "patches written to a workspace by one pass, then a matrix product of filters and workspace"
    );

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        product_variants(precision)
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        product_default(precision, class)
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        supports(conv2d(problem), precision)?;
        product_supports(variant)
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        plan(body(variant), conv2d(problem), precision, variant)
    }

    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        cost(body(variant), problem, precision, variant)
    }
}

/// Whether the workspace of patches can be indexed.
pub(super) fn supports(conv: &Conv2d, precision: Precision) -> Result<(), Unsupported> {
    super::supports_epilogue(conv, precision)?;
    let gemm = product(conv, precision);
    let slots = u64::from(gemm.batch) * u64::from(gemm.units) * u64::from(gemm.n.next_multiple_of(4));
    if slots * u64::from(precision.interleave()) > u64::from(u32::MAX) {
        return Err(Unsupported::new(format!(
            "the im2col workspace of {slots} units cannot be indexed in 32 bits"
        )));
    }
    Ok(())
}

/// Patches and product, the product by this body.
pub(super) fn plan(body: &dyn Body, conv: &Conv2d, precision: Precision, variant: &Variant) -> Plan {
    let mut buffers = buffers(conv, precision);
    let workspace = workspace(conv, precision);
    let pitch = workspace.layout.spatial_pitch;
    buffers.push(workspace);
    let mut shared = constants(conv, precision, &buffers[0].layout);
    shared.push(("RHS_PITCH", pitch));
    let gemm = product(conv, precision);
    let operands = operands(
        shared.clone(),
        &[shader!("matmul/rhs.wgsl")],
        &[shader!("matmul/rhs_vec4.wgsl")],
    );
    let multiply = gemm::pass(body, variant, precision, &gemm, &operands, vec![0, 3, 2]);

    let tiles = [gemm.units.div_ceil(WORKGROUP[1]), gemm.n.div_ceil(WORKGROUP[0])];
    let groups = u64::from(gemm.batch) * u64::from(tiles[0]) * u64::from(tiles[1]);
    let grid = fold_grid(groups);
    let prelude = Prelude::new(precision)
        .numbers(&[("M", gemm.m), ("N", gemm.n), ("UNITS", gemm.units)])
        .numbers(&shared)
        .numbers(&[
            ("TILES_M", tiles[0]),
            ("TILES_N", tiles[1]),
            ("GROUPS", groups as u32),
            ("GRID_X", grid[0]),
        ])
        .numbers(&[("WORKGROUP_X", WORKGROUP[0]), ("WORKGROUP_Y", WORKGROUP[1])]);
    let write = Pass::new(
        "im2col",
        compose(
            &prelude,
            &[shader!("conv2d/gather.wgsl"), shader!("conv2d/im2col.wgsl")],
        ),
        grid,
        vec![1, 3],
    );
    Plan {
        buffers,
        passes: vec![write, multiply],
    }
}

/// The product's own, and the workspace written once and the patches read once to write it.
pub(super) fn cost(body: &dyn Body, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
    let gemm = product(conv2d(problem), precision);
    let workspace = unit_bytes(precision) * u64::from(gemm.batch) * u64::from(gemm.units) * u64::from(gemm.n);
    super::product_cost(problem, precision, &gemm, &body.geometry(variant), 2 * workspace)
}

fn workspace(conv: &Conv2d, precision: Precision) -> BufferSpec {
    let gemm = product(conv, precision);
    let interleave = precision.interleave();
    BufferSpec::new(
        "columns",
        Role::Scratch,
        precision.input(),
        Layout::dense(gemm.batch, gemm.units * interleave, gemm.n, interleave).pad_spatial(),
    )
}
