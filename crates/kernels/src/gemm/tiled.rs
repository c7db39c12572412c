//! Square tiles in workgroup memory, one element per invocation.

use crate::algorithm::called;
use std::fmt::Write;

use super::{Body, Gemm, Geometry};
use crate::precision::Precision;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::shader;

pub(crate) struct Tiled;

impl Body for Tiled {
    called!(
        "tiled",
        "square tiles of both operands in workgroup memory, one output element per invocation"
    );

    fn vectors(&self) -> bool {
        false
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [16, 8]
            .into_iter()
            .map(|tile| Variant::new(&[("tile", tile)]))
            .collect()
    }

    fn supports(&self, variant: &Variant) -> Result<(), Unsupported> {
        match variant.get("tile") {
            0 => Err(Unsupported::new("tile must be at least 1")),
            tile if tile > 64 => Err(Unsupported::new(format!("tile = {tile} is more than 64"))),
            _ => Ok(()),
        }
    }

    fn geometry(&self, variant: &Variant) -> Geometry {
        let tile = variant.get("tile");
        Geometry {
            block: [tile; 3],
            reuse: [tile; 2],
            padded: [tile; 3],
        }
    }

    fn generate(&self, variant: &Variant, _gemm: &Gemm) -> String {
        let mut text = String::from("fn multiply(sum: ptr<function, Acc>, local: vec3<u32>) {\n");
        for step in 0..variant.get("tile") {
            writeln!(
                text,
                "    *sum = mac(*sum, Wide(lhs_tile[local.y * TILE + {step}u]), Wide(rhs_tile[{step}u * TILE + local.x]));"
            )
            .expect("writing to a String cannot fail");
        }
        text + "}\n"
    }

    fn shader(&self) -> &'static str {
        shader!("matmul/tiled.wgsl")
    }
}
