//! Product bodies for implicit GEMM that walk the reduction tap by tap, channels innermost: where a pixel's patch lies is
//! worked out before the loop, a tap moves it by a constant, and a channel (four of them in NHWC) costs one addition.
//!
//! In NCHW the rows of the product are filters and its columns pixels; in NHWC it is the other way round (see `nhwc`).

use crate::algorithm::called;
use std::fmt::Write;

use super::{channel_units, constants, nhwc};
use crate::gemm::{Body, Gemm, Geometry, Operands, RegisterOnly, WarpTiled};
use crate::layout::Layout;
use crate::plan::BufferSpec;
use crate::precision::Precision;
use crate::problem::Conv2d;
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Guard, RegisterTile, shader};

/// Blocks in workgroup memory, the next one prefetched.
pub(super) struct Staged;

/// Register tiles straight from global memory.
pub(super) struct Registers;

impl Body for Staged {
    called!(
        "implicit_gemm",
        "a warp-tiled product, tap by tap, the next patches prefetched into registers"
    );

    fn vectors(&self) -> bool {
        true
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        let base = &WarpTiled.variants(Precision::F32)[0];
        [
            "block_m=128,block_n=64,block_k=16,warp_m=64,warp_n=32,tile_m=8,tile_n=8,skew=2",
            "block_m=64,block_n=64,block_k=16,warp_m=32,warp_n=32,tile_m=8,tile_n=4,skew=2",
            "block_m=64,block_n=64,block_k=4,warp_m=32,warp_n=32,tile_m=8,tile_n=4,skew=2",
            "block_m=32,block_n=64,block_k=8,warp_m=16,warp_n=32,tile_m=4,tile_n=4,skew=1",
        ]
        .map(|text| base.with(text).expect("these are its parameters"))
        .to_vec()
    }

    fn supports(&self, variant: &Variant) -> Result<(), Unsupported> {
        WarpTiled.supports(variant)?;
        let (threads, quads) = (WarpTiled::tile(variant).threads(), variant.get("block_n") / 4);
        if is_nhwc(variant) {
            let patches = variant.get("block_m") * variant.get("block_k") / 16;
            if patches > threads {
                return Err(Unsupported::new(format!(
                    "{patches} patches of 4 pixels × 4 channels for {threads} invocations: in NHWC each may have one"
                )));
            }
        } else if !threads.is_multiple_of(quads) {
            return Err(Unsupported::new(format!(
                "{threads} invocations over {quads} quads of columns: each must keep to one quad"
            )));
        }
        Ok(())
    }

    fn geometry(&self, variant: &Variant) -> Geometry {
        WarpTiled.geometry(variant)
    }

    fn generate(&self, variant: &Variant, _gemm: &Gemm) -> String {
        let guard = if is_nhwc(variant) { Guard::Patches } else { Guard::Loads };
        WarpTiled::tile(variant).generate(guard)
    }

    fn shader(&self) -> &'static str {
        shader!("conv2d/implicit_gemm.wgsl")
    }
}

impl Body for Registers {
    called!(
        "implicit_gemm",
        "a tile of filters and pixels per invocation in registers, tap by tap, no barrier"
    );

    fn vectors(&self) -> bool {
        true
    }

    fn variants(&self, precision: Precision) -> Vec<Variant> {
        RegisterOnly.variants(precision)
    }

    fn supports(&self, variant: &Variant) -> Result<(), Unsupported> {
        RegisterOnly.supports(variant)
    }

    fn geometry(&self, variant: &Variant) -> Geometry {
        RegisterOnly.geometry(variant)
    }

    fn generate(&self, variant: &Variant, _gemm: &Gemm) -> String {
        let tile = RegisterTile {
            rows: variant.get("tile_m"),
            quads: variant.get("tile_n") / 4,
        };
        let mut text = tile.declare();
        write_registers(tile, is_nhwc(variant), &mut text).expect("writing to a String cannot fail");
        text
    }

    fn shader(&self) -> &'static str {
        shader!("conv2d/implicit_gemm_registers.wgsl")
    }
}

/// `Pixels` and `Taps`, one `Columns` and one `Tap` per four pixels, and `multiply`, which takes four channel units.
fn write_registers(tile: RegisterTile, is_nhwc: bool, text: &mut String) -> std::fmt::Result {
    let quads = if is_nhwc { tile.rows.div_ceil(4) } else { tile.quads };
    let first = if is_nhwc { "first_row" } else { "4u * first_quad" };
    writeln!(text, "\nstruct Pixels {{")?;
    (0..quads).try_for_each(|j| writeln!(text, "    q{j}: Columns,"))?;
    writeln!(text, "}}\n\nstruct Taps {{")?;
    (0..quads).try_for_each(|j| writeln!(text, "    q{j}: vec4<u32>,"))?;
    writeln!(
        text,
        "}}\n\nfn pixels_of(batch: u32, first_row: u32, first_quad: u32) -> Pixels {{\n    return Pixels("
    )?;
    (0..quads).try_for_each(|j| writeln!(text, "        columns_of(batch, {first} + {}u),", 4 * j))?;
    writeln!(
        text,
        "    );\n}}\n\nfn taps_of(pixels: Pixels, r: u32, s: u32) -> Taps {{\n    return Taps("
    )?;
    (0..quads).try_for_each(|j| writeln!(text, "        tap_of(pixels.q{j}, r, s, 0u),"))?;
    writeln!(
        text,
        "    );\n}}\n\nfn multiply(tile: ptr<function, Tile>, batch: u32, first_row: u32, first_quad: u32, taps: Taps, channel: \
         u32, quad: u32) {{"
    )?;
    for i in 0..tile.rows {
        let load = if is_nhwc {
            format!(
                "gather_channels(taps.q{}[{}], channel / 4u, channel / 4u)",
                i / 4,
                i % 4
            )
        } else {
            format!("load_lhs4(batch, first_row + {i}u, quad)")
        };
        writeln!(text, "    let a{i} = vec4<Wide>({load});")?;
    }
    for (step, lane) in ["x", "y", "z", "w"].iter().enumerate() {
        for j in 0..tile.quads {
            let load = if is_nhwc {
                format!(
                    "load_rhs4(batch, 4u * quad + {step}u, select(first_quad + {j}u, min(first_quad + {j}u, QUADS_N - 1u), GUARD_N))"
                )
            } else {
                format!("gather4(taps.q{j}, (channel + {step}u) * (IN_H * IN_W), channel + {step}u)")
            };
            writeln!(text, "    let b{step}_{j} = vec4<Wide>({load});")?;
        }
        tile.rank_one(text, |i| format!("a{i}.{lane}"), |j| format!("b{step}_{j}"));
    }
    writeln!(text, "}}")
}

/// Whether this variant's tensors lie with their channels last.
pub(super) fn is_nhwc(variant: &Variant) -> bool {
    variant.get("nhwc") == 1
}

/// Channel units of one tap, padded to what a step of the reduction takes.
fn tap_pitch(conv: &Conv2d, precision: Precision, variant: &Variant) -> u32 {
    let step = if variant.get("staged") == 2 {
        variant.get("block_k")
    } else {
        4
    };
    channel_units(conv, precision).next_multiple_of(step)
}

/// The product with the padding of each tap's channels.
pub(super) fn product(conv: &Conv2d, precision: Precision, variant: &Variant) -> Gemm {
    Gemm {
        units: conv.r * conv.s * tap_pitch(conv, precision, variant),
        ..unpadded(conv, precision, variant)
    }
}

/// The same without.
pub(super) fn unpadded(conv: &Conv2d, precision: Precision, variant: &Variant) -> Gemm {
    let Gemm { m, n, .. } = super::product(conv, precision);
    let [m, n] = if is_nhwc(variant) { [n, m] } else { [m, n] };
    Gemm {
        m,
        n,
        ..super::product(conv, precision)
    }
}

/// The usual buffers with the weights' channels innermost and a zero behind each image.
pub(super) fn buffers(conv: &Conv2d, precision: Precision, variant: &Variant) -> Vec<BufferSpec> {
    if is_nhwc(variant) {
        return nhwc::buffers(conv, precision, tap_pitch(conv, precision, variant));
    }
    let mut buffers = super::buffers(conv, precision);
    let plain = Layout {
        tail: None,
        ..buffers[0].layout
    };
    let weights = plain.channels_last(tap_pitch(conv, precision, variant));
    let weights = if conv.bias_relu { weights.with_tail() } else { weights };
    buffers[0].layout = weights.pad_rows();
    buffers[1].layout = buffers[1].layout.with_zero();
    buffers
}

pub(super) fn operands(conv: &Conv2d, precision: Precision, variant: &Variant, buffers: &[BufferSpec]) -> Operands {
    let mut constants = constants(conv, precision, &buffers[0].layout);
    constants.extend([
        ("TAP_PITCH", tap_pitch(conv, precision, variant)),
        ("COLUMNS", conv.n * conv.p() * conv.q()),
    ]);
    let staged = variant.get("staged") == 2;
    if is_nhwc(variant) {
        let mut operands = nhwc::operands(conv, precision, buffers, constants);
        operands
            .vector
            .extend(staged.then_some(shader!("conv2d/patches_lhs.wgsl")));
        return operands;
    }
    let image = &buffers[1].layout;
    constants.extend([
        ("PIXEL_PITCH", 1),
        ("GROUP_PITCH", image.row_pitch),
        ("IMAGE_PITCH", conv.groups * image.row_pitch),
        ("ZERO", image.rows * image.row_pitch - 1),
    ]);
    let mut vector = vec![
        shader!("conv2d/filters_clamped_vec4.wgsl"),
        shader!("conv2d/finish_lhs_vec4.wgsl"),
        shader!("conv2d/columns.wgsl"),
        shader!("conv2d/gather_planes.wgsl"),
        shader!("conv2d/store_nchw.wgsl"),
    ];
    vector.extend(staged.then_some(shader!("conv2d/columns_rhs.wgsl")));
    Operands {
        constants,
        scalar: Vec::new(),
        vector,
    }
}
