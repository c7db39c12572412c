//! Two-level blocking: blocks in workgroup memory, tiles in registers. The classical GPU matrix product.

use super::{Body, Gemm, Geometry};
use crate::algorithm::called;
use crate::precision::Precision;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{RegisterTile, shader};
use joulemark_base::device_class::DeviceClass;

pub(crate) struct RegisterBlocked;

const NAMES: [&str; 6] = ["block_m", "block_n", "block_k", "tile_m", "tile_n", "unroll"];

impl RegisterBlocked {
    fn variant(values: [u32; 6]) -> Variant {
        Variant::new(&std::array::from_fn::<_, 6, _>(|i| (NAMES[i], values[i])))
    }
}

impl Body for RegisterBlocked {
    called!(
        "register_blocked",
        "blocks in workgroup memory by 128-bit loads, a tile of outputs per invocation in registers"
    );

    fn vectors(&self) -> bool {
        true
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [
            [128, 64, 16, 8, 4, 16],
            [64, 64, 16, 4, 4, 16],
            [64, 64, 8, 8, 8, 8],
            [32, 32, 8, 4, 4, 8],
            [16, 64, 16, 4, 8, 4],
            [64, 64, 32, 8, 8, 8],
        ]
        .map(Self::variant)
        .to_vec()
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        match class {
            DeviceClass::Cpu => Self::variant([64, 64, 32, 8, 8, 8]),
            DeviceClass::Integrated => Self::variant([64, 64, 16, 4, 4, 16]),
            _ => self.variants(precision).swap_remove(0),
        }
    }

    fn supports(&self, variant: &Variant) -> Result<(), Unsupported> {
        let values = NAMES.map(|name| variant.get(name));
        if let Some(i) = values.iter().position(|&value| value == 0) {
            return Err(Unsupported::new(format!("{} is 0, it must be at least 1", NAMES[i])));
        }
        let [block_m, block_n, block_k, tile_m, tile_n, unroll] = values;
        let whole = |what: &str, size: u32, part: u32| match size.is_multiple_of(part) {
            true => Ok(()),
            false => Err(Unsupported::new(format!("{what}: {size} is not a multiple of {part}"))),
        };
        whole("block_m over tile_m", block_m, tile_m)?;
        whole("block_n over tile_n", block_n, tile_n)?;
        whole("tile_n over vectors of 4", tile_n, 4)?;
        whole("block_k over vectors of 4", block_k, 4)?;
        whole("block_k over unroll", block_k, unroll)?;
        if tile_m * tile_n > 256 {
            return Err(Unsupported::new(format!(
                "a tile of {tile_m}×{tile_n} sums needs too many registers"
            )));
        }
        Ok(())
    }

    fn geometry(&self, variant: &Variant) -> Geometry {
        let [block_m, block_n, block_k, ..] = NAMES.map(|name| variant.get(name));
        Geometry {
            block: [block_m, block_n, block_k],
            reuse: [block_m, block_n],
            padded: [block_m, block_n, block_k],
        }
    }

    fn generate(&self, variant: &Variant, _gemm: &Gemm) -> String {
        let tile = RegisterTile {
            rows: variant.get("tile_m"),
            quads: variant.get("tile_n") / 4,
        };
        tile.declare() + "\n" + &tile.multiply_from_blocks(variant.get("unroll"))
    }

    fn shader(&self) -> &'static str {
        shader!("matmul/register_blocked.wgsl")
    }
}
