//! The naive product with 128-bit loads (f16: 64): four neighbouring outputs per invocation.

use super::{Body, Gemm, Geometry};
use crate::wgsl::{RegisterTile, shader};
use crate::{Precision, Unsupported, Variant};

pub(crate) struct Vectorized;

const TILE: RegisterTile = RegisterTile { rows: 1, quads: 1 };

impl Body for Vectorized {
    fn name(&self) -> &'static str {
        "vectorized"
    }

    fn summary(&self) -> &'static str {
        "four neighbouring outputs per invocation, all loads and stores as vectors of four"
    }

    fn vectors(&self) -> bool {
        true
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [[16, 16], [8, 8], [64, 1]]
            .into_iter()
            .map(|[x, y]| Variant::new(&[("workgroup_x", x), ("workgroup_y", y)]))
            .collect()
    }

    fn supports(&self, variant: &Variant) -> Result<(), Unsupported> {
        variant.positive(&["workgroup_x", "workgroup_y"])
    }

    fn geometry(&self, variant: &Variant) -> Geometry {
        let workgroup = [variant.get("workgroup_x"), variant.get("workgroup_y")];
        Geometry {
            block: [workgroup[1], 4 * workgroup[0], 1],
            reuse: [1, 4],
            workgroup,
            workgroup_units: 0,
            padded: [1, 4, 1],
        }
    }

    fn generate(&self, _tuning: &Variant, gemm: &Gemm) -> String {
        format!(
            "const TILE_M: u32 = 1u;\nconst TILE_N: u32 = 4u;\n\n{}\n{}",
            TILE.declare(),
            TILE.multiply_from_global(gemm.units)
        )
    }

    fn shader(&self) -> &'static str {
        shader!("matmul/register_only.wgsl")
    }
}
