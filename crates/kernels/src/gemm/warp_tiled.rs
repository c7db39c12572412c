//! Three-level blocking: a block per workgroup, a sub-tile per 32 invocations, a tile per invocation. The next block is
//! fetched into registers while the current one is multiplied; blocks are skewed in workgroup memory.

use super::{Body, Gemm, Geometry};
use crate::algorithm::called;
use crate::precision::Precision;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Guard, WarpTile, shader};
use joulemark_base::device_class::DeviceClass;

pub(crate) struct WarpTiled;

const NAMES: [&str; 8] = [
    "block_m", "block_n", "block_k", "warp_m", "warp_n", "tile_m", "tile_n", "skew",
];

impl WarpTiled {
    fn variant(values: [u32; 8]) -> Variant {
        Variant::new(&std::array::from_fn::<_, 8, _>(|i| (NAMES[i], values[i])))
    }

    /// The sizes that a variant names.
    pub(crate) fn tile(variant: &Variant) -> WarpTile {
        let [block_m, block_n, block_k, warp_m, warp_n, tile_m, tile_n, skew] = NAMES.map(|name| variant.get(name));
        WarpTile {
            block: [block_m, block_n, block_k],
            warp: [warp_m, warp_n],
            tile: [tile_m, tile_n],
            skew,
        }
    }
}

impl Body for WarpTiled {
    called!(
        "warp_tiled",
        "sub-tiles per 32 invocations over skewed blocks in workgroup memory, the next block prefetched into registers"
    );

    fn vectors(&self) -> bool {
        true
    }

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        let mut variants = vec![
            [128, 64, 16, 64, 32, 8, 8, 2],
            [64, 64, 16, 32, 32, 8, 4, 2],
            [32, 32, 8, 16, 32, 4, 4, 1],
            [64, 64, 16, 64, 32, 8, 8, 2],
        ];
        if precision == Precision::F16Acc {
            // Two f16 sums share a register, so that a tile twice as large fits and halves the loads per product.
            variants.insert(0, [128, 128, 16, 64, 64, 8, 16, 2]);
        }
        variants.into_iter().map(Self::variant).collect()
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        match class {
            DeviceClass::Cpu => Self::variant([64, 64, 16, 64, 32, 8, 8, 2]),
            DeviceClass::Integrated => Self::variant([64, 64, 16, 32, 32, 8, 4, 2]),
            _ => self.variants(precision).swap_remove(0),
        }
    }

    fn supports(&self, variant: &Variant) -> Result<(), Unsupported> {
        variant.positive(&NAMES[..7])?;
        let WarpTile { block, warp, tile, .. } = Self::tile(variant);
        let whole = [
            ("block_m over warp_m", block[0], warp[0]),
            ("block_n over warp_n", block[1], warp[1]),
            ("block_k over vectors of 4", block[2], 4),
            ("warp_m over tile_m", warp[0], tile[0]),
            ("warp_n over tile_n", warp[1], tile[1]),
            ("tile_m over vectors of 4", tile[0], 4),
            ("tile_n over vectors of 4", tile[1], 4),
        ];
        if let Some((what, size, part)) = whole.iter().find(|(_, size, part)| !size.is_multiple_of(*part)) {
            return Err(Unsupported::new(format!("{what}: {size} is not a multiple of {part}")));
        }
        if tile[0] * tile[1] > 256 {
            return Err(Unsupported::new(format!(
                "a tile of {}×{} sums needs too many registers",
                tile[0], tile[1]
            )));
        }
        Ok(())
    }

    fn geometry(&self, variant: &Variant) -> Geometry {
        let tile = Self::tile(variant);
        let [block_m, block_n, _] = tile.block;
        Geometry {
            block: tile.block,
            reuse: [block_m, block_n],
            padded: tile.block,
        }
    }

    fn generate(&self, variant: &Variant, _gemm: &Gemm) -> String {
        Self::tile(variant).generate(Guard::Body)
    }

    fn shader(&self) -> &'static str {
        shader!("matmul/warp_tiled.wgsl")
    }
}
