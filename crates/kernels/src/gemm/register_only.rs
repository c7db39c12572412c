//! Register tiles straight from global memory: no workgroup memory, no barrier. The choice for software adapters.

use super::{Body, Gemm, Geometry};
use crate::algorithm::called;
use crate::precision::Precision;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{RegisterTile, shader};
use joulemark_base::device_class::DeviceClass;

pub(crate) struct RegisterOnly;

impl RegisterOnly {
    /// Rows and columns of the tile, and of the workgroup in x and y.
    pub(crate) fn variant([tile_m, tile_n, x, y]: [u32; 4]) -> Variant {
        Variant::new(&[
            ("tile_m", tile_m),
            ("tile_n", tile_n),
            ("workgroup_x", x),
            ("workgroup_y", y),
        ])
    }

    /// Whether `tile_m` × `tile_n` sums can be held in registers.
    pub(crate) fn supports_tile(variant: &Variant) -> Result<(), Unsupported> {
        variant.positive(&["tile_m", "tile_n"])?;
        let (tile_m, tile_n) = (variant.get("tile_m"), variant.get("tile_n"));
        if !tile_n.is_multiple_of(4) {
            return Err(Unsupported::new(format!(
                "tile_m × tile_n = {tile_m}×{tile_n}: tile_n must be a multiple of 4"
            )));
        }
        if u64::from(tile_m) * u64::from(tile_n) > 256 {
            return Err(Unsupported::new(format!(
                "a tile of {tile_m}×{tile_n} sums needs too many registers"
            )));
        }
        Ok(())
    }
}

impl Body for RegisterOnly {
    called!(
        "register_only",
        "a tile of outputs per invocation in registers, operands straight from global memory, no barrier"
    );

    fn vectors(&self) -> bool {
        true
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [
            [4, 4, 16, 16],
            [4, 8, 8, 8],
            [8, 4, 8, 8],
            [8, 8, 8, 1],
            [16, 8, 8, 1],
            [16, 16, 8, 1],
            [1, 4, 64, 1],
        ]
        .map(Self::variant)
        .to_vec()
    }

    /// On a CPU each load of a vector is eight loads of lanes: the larger the tile, the fewer. 16×16 is faster still by a
    /// quarter, but takes Mesa's compiler several seconds.
    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        match (class, precision) {
            (DeviceClass::Cpu, Precision::I8) => Self::variant([8, 8, 8, 1]),
            (DeviceClass::Cpu, _) => Self::variant([16, 8, 8, 1]),
            _ => self.variants(precision).swap_remove(0),
        }
    }

    fn supports(&self, variant: &Variant) -> Result<(), Unsupported> {
        variant.positive(&["workgroup_x", "workgroup_y"])?;
        Self::supports_tile(variant)
    }

    fn geometry(&self, variant: &Variant) -> Geometry {
        let tile = [variant.get("tile_m"), variant.get("tile_n")];
        let workgroup = [variant.get("workgroup_x"), variant.get("workgroup_y")];
        Geometry {
            block: [tile[0] * workgroup[1], tile[1] * workgroup[0], 1],
            reuse: tile,
            padded: [tile[0], tile[1], 1],
        }
    }

    fn generate(&self, variant: &Variant, gemm: &Gemm) -> String {
        let tile = RegisterTile {
            rows: variant.get("tile_m"),
            quads: variant.get("tile_n") / 4,
        };
        tile.declare() + "\n" + &tile.multiply_from_global(gemm.units)
    }

    fn shader(&self) -> &'static str {
        shader!("matmul/register_only.wgsl")
    }
}
