//! Tensor cores behind any operands: blocks in workgroup memory, several cooperative matrices per subgroup.

use super::{Body, Gemm, Geometry};
use crate::algorithm::called;
use crate::device::Cooperative;
use crate::precision::{Element, Precision};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{CooperativeTile, shader};
use joulemark_base::device_class::DeviceClass;

pub(crate) struct CooperativeStaged;

const NAMES: [&str; 7] = ["size", "block_m", "block_n", "block_k", "warp_m", "warp_n", "skew"];

impl CooperativeStaged {
    fn variant(values: [u32; 7]) -> Variant {
        Variant::new(&std::array::from_fn::<_, 7, _>(|i| (NAMES[i], values[i])))
    }
}

/// Which precisions cooperative matrices multiply.
pub(crate) fn cooperative_supports(precision: Precision) -> Result<(), Unsupported> {
    if precision.input() == Element::F16 {
        return Ok(());
    }
    Err(Unsupported::new(format!(
        "WGSL's cooperative matrices multiply f16 here, not {precision}"
    )))
}

impl Body for CooperativeStaged {
    called!(
        "cooperative_staged",
        "cooperative matrices (tensor cores), several per subgroup, from blocks in workgroup memory"
    );

    fn vectors(&self) -> bool {
        true
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [
            [16, 128, 64, 16, 64, 32, 8],
            [16, 128, 128, 16, 64, 64, 8],
            [16, 128, 128, 32, 64, 64, 8],
            [16, 64, 64, 32, 32, 32, 8],
            [8, 64, 64, 16, 32, 32, 8],
            [8, 32, 32, 16, 16, 16, 8],
        ]
        .map(Self::variant)
        .to_vec()
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        match class {
            DeviceClass::Cpu => Self::variant([8, 32, 32, 16, 16, 16, 8]),
            _ => self.variants(precision).swap_remove(0),
        }
    }

    fn supports(&self, variant: &Variant) -> Result<(), Unsupported> {
        let [size, block_m, block_n, block_k, warp_m, warp_n, skew] = NAMES.map(|name| variant.get(name));
        if ![8, 16].contains(&size) {
            return Err(Unsupported::new(format!("{variant}: size must be 8 or 16")));
        }
        let pairs = [
            ("block_m", block_m, "warp_m", warp_m),
            ("block_n", block_n, "warp_n", warp_n),
            ("warp_m", warp_m, "size", size),
            ("warp_n", warp_n, "size", size),
            ("block_k", block_k, "size", size),
            // Drivers load whole vectors where they can see the alignment.
            ("skew", skew + 8, "vectors of 8", 8),
        ];
        for (name, value, part_name, part) in pairs {
            if value == 0 || part == 0 || !value.is_multiple_of(part) {
                return Err(Unsupported::new(format!(
                    "{variant}: {name} must be a multiple of {part_name}, and at least 1"
                )));
            }
        }
        if warp_m / size * (warp_n / size) > 64 {
            return Err(Unsupported::new(format!(
                "{variant}: more than 64 matrices of sums need too many registers"
            )));
        }
        Ok(())
    }

    fn supports_precision(&self, precision: Precision) -> Result<(), Unsupported> {
        cooperative_supports(precision)
    }

    fn geometry(&self, variant: &Variant) -> Geometry {
        let [_, block_m, block_n, block_k, ..] = NAMES.map(|name| variant.get(name));
        Geometry {
            block: [block_m, block_n, block_k],
            reuse: [block_m, block_n],
            padded: [block_m, block_n, block_k],
        }
    }

    fn cooperative(&self, precision: Precision, variant: &Variant) -> Option<Cooperative> {
        Some(Cooperative {
            size: variant.get("size"),
            input: precision.input(),
            sum: precision.accumulator(),
        })
    }

    fn generate(&self, variant: &Variant, _gemm: &Gemm) -> String {
        let size = variant.get("size");
        let tile = CooperativeTile {
            size,
            rows: variant.get("warp_m") / size,
            columns: variant.get("warp_n") / size,
        };
        tile.generate_staged(variant.get("block_k"))
    }

    fn shader(&self) -> &'static str {
        shader!("matmul/cooperative_staged.wgsl")
    }
}
