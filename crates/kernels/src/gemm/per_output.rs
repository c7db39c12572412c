//! Products straight from global memory: an invocation per output, or per four neighbouring ones with loads of 128 bits
//! (f16: 64).

use super::{Body, Gemm, Geometry};
use crate::precision::Precision;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{RegisterTile, shader};

pub(crate) enum PerOutput {
    /// `naive`: one number.
    Number,
    /// `vectorized`: a vector of four.
    Vector,
}

const TILE: RegisterTile = RegisterTile { rows: 1, quads: 1 };

impl PerOutput {
    fn width(&self) -> u32 {
        match self {
            Self::Number => 1,
            Self::Vector => 4,
        }
    }
}

impl Body for PerOutput {
    fn name(&self) -> &'static str {
        match self {
            Self::Number => "naive",
            Self::Vector => "vectorized",
        }
    }

    fn summary(&self) -> &'static str {
        match self {
            Self::Number => "one invocation per output element, operands straight from global memory",
            Self::Vector => "four neighbouring outputs per invocation, all loads and stores as vectors of four",
        }
    }

    fn vectors(&self) -> bool {
        matches!(self, Self::Vector)
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        let sizes = match self {
            Self::Number => [[16, 16], [32, 8], [64, 1]],
            Self::Vector => [[16, 16], [8, 8], [64, 1]],
        };
        sizes
            .map(|[x, y]| Variant::new(&[("workgroup_x", x), ("workgroup_y", y)]))
            .to_vec()
    }

    fn supports(&self, variant: &Variant) -> Result<(), Unsupported> {
        variant.positive(&["workgroup_x", "workgroup_y"])
    }

    fn geometry(&self, variant: &Variant) -> Geometry {
        let [x, y] = ["workgroup_x", "workgroup_y"].map(|name| variant.get(name));
        Geometry {
            block: [y, self.width() * x, 1],
            reuse: [1, self.width()],
            padded: [1, self.width(), 1],
        }
    }

    fn generate(&self, _variant: &Variant, gemm: &Gemm) -> String {
        match self {
            Self::Number => String::new(),
            Self::Vector => format!(
                "const TILE_M: u32 = 1u;\nconst TILE_N: u32 = 4u;\n\n{}\n{}",
                TILE.declare(),
                TILE.multiply_from_global(gemm.units)
            ),
        }
    }

    fn shader(&self) -> &'static str {
        match self {
            Self::Number => shader!("matmul/naive.wgsl"),
            Self::Vector => shader!("matmul/register_only.wgsl"),
        }
    }
}
