//! Register tiles whose rows are loaded by all lanes of a subgroup together and handed round. Where a load costs the same
//! for one lane as for all, as on a CPU, each row of the left operand is paid for once and not once per lane.

use crate::algorithm::called;
use std::fmt::Write;

use super::{Body, Gemm, Geometry, RegisterOnly};
use crate::precision::Precision;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{RegisterTile, clamp, shader};

pub(crate) struct Broadcast;

impl Body for Broadcast {
    called!(
        "broadcast",
        "a tile of outputs per invocation in registers, rows of the left operand loaded once per subgroup and handed round"
    );

    fn vectors(&self) -> bool {
        true
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [[32, 4], [16, 4], [16, 8]]
            .map(|[tile_m, tile_n]| Variant::new(&[("tile_m", tile_m), ("tile_n", tile_n), ("lanes", 8)]))
            .to_vec()
    }

    fn supports(&self, variant: &Variant) -> Result<(), Unsupported> {
        let (tile_m, lanes) = (variant.get("tile_m"), variant.get("lanes"));
        if lanes == 0 || !tile_m.is_multiple_of(lanes) {
            return Err(Unsupported::new(format!(
                "{tile_m} rows cannot be shared out among {lanes} lanes"
            )));
        }
        RegisterOnly::supports_tile(variant)
    }

    fn lanes(&self, variant: &Variant) -> u32 {
        variant.get("lanes")
    }

    fn geometry(&self, variant: &Variant) -> Geometry {
        let (tile_m, tile_n, lanes) = (variant.get("tile_m"), variant.get("tile_n"), variant.get("lanes"));
        Geometry {
            block: [tile_m, tile_n * lanes, 1],
            reuse: [tile_m, tile_n * lanes],
            padded: [tile_m, tile_n * lanes, 1],
        }
    }

    fn generate(&self, variant: &Variant, gemm: &Gemm) -> String {
        let tile = RegisterTile {
            rows: variant.get("tile_m"),
            quads: variant.get("tile_n") / 4,
        };
        let mut text = tile.declare();
        write_multiply(tile, variant.get("lanes"), gemm.units, &mut text).expect("writing to a String cannot fail");
        text
    }

    fn shader(&self) -> &'static str {
        shader!("matmul/broadcast.wgsl")
    }
}

/// `multiply` and `multiply_tail`, which take four units (or the last `units % 4`).
fn write_multiply(tile: RegisterTile, lanes: u32, units: u32, text: &mut String) -> std::fmt::Result {
    let arguments = "tile: ptr<function, Tile>, batch: u32, first_row: u32, first_quad: u32, lane: u32";
    let tail = format!("{}u", units / 4);
    for (head, steps, quad) in [
        (format!("multiply({arguments}, quad: u32)"), 4, "quad"),
        (format!("multiply_tail({arguments})"), units % 4, tail.as_str()),
    ] {
        writeln!(text, "\nfn {head} {{")?;
        let rows = if steps > 0 { tile.rows } else { 0 };
        for part in 0..rows / lanes {
            let row = clamp(&format!("first_row + {}u + lane", part * lanes), "M", "GUARD_M");
            writeln!(text, "    let own{part} = vec4<Wide>(load_lhs4(batch, {row}, {quad}));")?;
        }
        for i in 0..rows {
            writeln!(
                text,
                "    let a{i} = subgroupBroadcast(own{}, {}u);",
                i / lanes,
                i % lanes
            )?;
        }
        for step in 0..steps {
            for j in 0..tile.quads {
                let column = clamp(&format!("first_quad + {j}u"), "QUADS_N", "GUARD_N");
                writeln!(
                    text,
                    "    let b{step}_{j} = vec4<Wide>(load_rhs4(batch, {quad} * 4u + {step}u, {column}));"
                )?;
            }
        }
        tile.multiply_steps(steps, text);
        writeln!(text, "}}")?;
    }
    Ok(())
}
