//! Matrix products as building blocks: matmul is one, im2col and implicit-GEMM convolutions are others.
//!
//! A `Body` is the loop nest; `Operands` say how it loads its operands and stores its result. Both are WGSL
//! fragments that meet in `load_lhs`, `load_rhs`, `store_out` (or their `4` forms); see `shaders/README.md`.

mod after;
mod broadcast;
mod cooperative;
mod per_output;
mod register_blocked;
mod register_only;
mod selection;
mod tiled;
mod warp_tiled;

pub(crate) use after::{bias_and_relu, stored_once_more};
pub(crate) use broadcast::Broadcast;
pub(crate) use cooperative::{CooperativeStaged, cooperative_supports};
pub(crate) use per_output::PerOutput;
pub(crate) use register_blocked::RegisterBlocked;
pub(crate) use register_only::RegisterOnly;
pub(crate) use selection::{body, body_default, body_supports, body_variants, supports};
pub(crate) use tiled::Tiled;
pub(crate) use warp_tiled::WarpTiled;

use crate::device::Cooperative;
use crate::plan::{Pass, fold_grid};
use crate::precision::Precision;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, compose};
use joulemark_base::device_class::DeviceClass;

/// Size of a batched product in storage units: `units` is k, or ⌈k/4⌉ where four i8 share a unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gemm {
    pub(crate) batch: u32,
    pub(crate) m: u32,
    pub(crate) n: u32,
    pub(crate) units: u32,
}

/// How a variant of a body cuts the product up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Geometry {
    /// Rows and columns of the output per workgroup, and units per step of the reduction.
    pub(crate) block: [u32; 3],
    /// Rows and columns per operand fetch from global memory: what `bytes_model` counts with.
    pub(crate) reuse: [u32; 2],
    /// Rows and columns whose work is done even if they lie past the edge.
    pub(crate) padded: [u32; 3],
}

/// The loop nest of a product.
pub(crate) trait Body: Sync {
    fn name(&self) -> &'static str;
    fn summary(&self) -> &'static str;
    /// Whether the operands come as vectors of four.
    fn vectors(&self) -> bool;
    fn variants(&self, precision: Precision) -> Vec<Variant>;
    fn default_variant(&self, precision: Precision, _class: DeviceClass) -> Variant {
        self.variants(precision).swap_remove(0)
    }
    fn supports(&self, variant: &Variant) -> Result<(), Unsupported>;
    fn supports_precision(&self, _precision: Precision) -> Result<(), Unsupported> {
        Ok(())
    }
    fn geometry(&self, variant: &Variant) -> Geometry;
    /// Invocations that hand numbers round and so must share a subgroup.
    fn lanes(&self, _variant: &Variant) -> u32 {
        1
    }
    /// The cooperative matrices that it multiplies, if any.
    fn cooperative(&self, _precision: Precision, _tuning: &Variant) -> Option<Cooperative> {
        None
    }
    /// Constants of its own and generated text.
    fn generate(&self, variant: &Variant, gemm: &Gemm) -> String;
    /// Its shader file.
    fn shader(&self) -> &'static str;
}

/// How a product reaches its operands: constants and fragments for scalar and for vector bodies.
#[derive(Clone, Debug)]
pub(crate) struct Operands {
    pub(crate) constants: Vec<(&'static str, u32)>,
    pub(crate) scalar: Vec<&'static str>,
    pub(crate) vector: Vec<&'static str>,
}

/// Bytes of one storage unit.
pub(crate) fn unit_bytes(precision: Precision) -> u64 {
    precision.input().bytes() * u64::from(precision.interleave())
}

/// The dispatch of `body` on this product.
pub(crate) fn pass(
    body: &dyn Body,
    variant: &Variant,
    precision: Precision,
    gemm: &Gemm,
    operands: &Operands,
    bindings: Vec<usize>,
) -> Pass {
    pass_after(
        Prelude::new(precision),
        body,
        variant,
        precision,
        gemm,
        operands,
        bindings,
    )
}

/// The same after a prelude that changes what the precision alone would say.
pub(crate) fn pass_after(
    prelude: Prelude,
    body: &dyn Body,
    variant: &Variant,
    precision: Precision,
    gemm: &Gemm,
    operands: &Operands,
    bindings: Vec<usize>,
) -> Pass {
    let geometry = body.geometry(variant);
    let tiles = [gemm.m.div_ceil(geometry.block[0]), gemm.n.div_ceil(geometry.block[1])];
    let groups = u64::from(gemm.batch) * u64::from(tiles[0]) * u64::from(tiles[1]);
    let grid = fold_grid(groups);
    let extension = match body.cooperative(precision, variant) {
        Some(_) => "enable wgpu_cooperative_matrix;\n",
        None => "",
    };
    let prelude = prelude
        .enable(extension)
        .numbers(&[
            ("M", gemm.m),
            ("N", gemm.n),
            ("QUADS_N", gemm.n.div_ceil(4)),
            ("UNITS", gemm.units),
        ])
        .numbers(&operands.constants)
        .numbers(&[
            ("TILES_M", tiles[0]),
            ("TILES_N", tiles[1]),
            ("GROUPS", groups as u32),
            ("GRID_X", grid[0]),
        ])
        .variant(variant)
        .flag("GUARD_M", !gemm.m.is_multiple_of(geometry.block[0]))
        .flag("GUARD_N", !gemm.n.is_multiple_of(geometry.block[1]))
        .flag("GUARD_K", !gemm.units.is_multiple_of(geometry.block[2]));
    let mut fragments = if body.vectors() {
        operands.vector.clone()
    } else {
        operands.scalar.clone()
    };
    let generated = body.generate(variant, gemm);
    fragments.push(&generated);
    fragments.push(body.shader());
    Pass {
        lanes: body.lanes(variant),
        ..Pass::new(body.name(), compose(&prelude, &fragments), grid, bindings)
    }
}

/// Operations that the variant executes, work past the edges included.
pub(crate) fn ops_executed(geometry: &Geometry, precision: Precision, gemm: &Gemm) -> u64 {
    let padded = |size: u32, multiple: u32| u64::from(size.div_ceil(multiple)) * u64::from(multiple);
    let [m, n, units] = geometry.padded;
    2 * u64::from(precision.interleave())
        * u64::from(gemm.batch)
        * padded(gemm.m, m)
        * padded(gemm.n, n)
        * padded(gemm.units, units)
}

/// Traffic between global memory and the compute units, caches ignored: each tile of `reuse` rows × columns fetches
/// its operands once, the output is written once. s·mnk(1/t_m + 1/t_n) + s_o·mn (SCIENCE section 3).
pub(crate) fn bytes_model(geometry: &Geometry, precision: Precision, gemm: &Gemm) -> u64 {
    let [m, n] = geometry.reuse.map(u64::from);
    let tiles = [u64::from(gemm.m).div_ceil(m), u64::from(gemm.n).div_ceil(n)];
    let fetched = u64::from(gemm.units) * (tiles[1] * u64::from(gemm.m) + tiles[0] * u64::from(gemm.n));
    let stored = u64::from(gemm.m) * u64::from(gemm.n);
    u64::from(gemm.batch) * (unit_bytes(precision) * fetched + precision.output().bytes() * stored)
}
