//! Depthwise convolution: one channel per invocation (four for i8 and with `nhwc` = 1), a tile of pixels along the row in
//! registers. Each input of the tile is loaded once, and so is each tap.

use crate::algorithm::called;
use std::collections::BTreeMap;
use std::fmt::Write;

use super::{buffers, constants, conv2d, nhwc};
use crate::algorithm::Algorithm;
use crate::cost::Cost;
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{BufferSpec, Pass, fold_grid};
use crate::precision::Precision;
use crate::problem::{Conv2d, Problem};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, compose, shader};
use joulemark_base::device_class::DeviceClass;

pub(super) struct Depthwise;

/// Multiply-accumulates that may be written out; more makes a shader that compilers choke on.
const UNROLLED: u32 = 2048;

impl Algorithm for Depthwise {
    called!(
        Op::Conv2d,
        "depthwise",
        "one channel per invocation, a tile of pixels in registers, every input of the tile loaded once"
    );

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        let variant = |nhwc| {
            move |[p, q, x]: [u32; 3]| Variant::new(&[("tile_p", p), ("tile_q", q), ("workgroup_x", x), ("nhwc", nhwc)])
        };
        let last = [[2, 4, 64], [1, 4, 64], [2, 2, 64], [4, 4, 8]].map(variant(1));
        let planar = [[2, 4, 64], [1, 4, 64], [1, 8, 64], [4, 4, 64], [4, 8, 8]].map(variant(0));
        planar.into_iter().chain(last).collect()
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        let mut variants = self.variants(precision);
        match class {
            DeviceClass::Cpu => variants.swap_remove(4),
            _ => variants.swap_remove(0),
        }
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let conv = conv2d(problem);
        super::supports_epilogue(conv, precision)?;
        if conv.groups != conv.c {
            return Err(Unsupported::new(format!(
                "depthwise needs as many groups as channels, here are {} groups of {} channels",
                conv.groups,
                conv.c / conv.groups
            )));
        }
        if lanes(precision, variant) == 4 && conv.k != conv.c {
            return Err(Unsupported::new(
                "depthwise in i8 or NHWC takes four channels with their filters, so each channel needs exactly one filter",
            ));
        }
        if variant.get("nhwc") > 1 {
            return Err(Unsupported::new(format!("nhwc is 0 or 1, not {}", variant.get("nhwc"))));
        }
        let [p, q, x] = parameters(variant);
        if p == 0 || q == 0 || x == 0 {
            return Err(Unsupported::new(format!(
                "{variant}: every parameter must be at least 1"
            )));
        }
        if p * q > 64 || p * q * conv.r * conv.s > UNROLLED {
            return Err(Unsupported::new(format!(
                "a tile of {p}×{q} pixels with {}×{} taps is too large to be written out",
                conv.r, conv.s
            )));
        }
        Ok(())
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let conv = conv2d(problem);
        let [tile_p, tile_q, workgroup] = parameters(variant);
        let buffers = packed(conv, precision, variant);
        let (tiles_p, tiles_q) = (conv.p().div_ceil(tile_p), conv.q().div_ceil(tile_q));
        let planes = conv.k.div_ceil(lanes(precision, variant));
        let tiles = (tiles_p * tiles_q).div_ceil(workgroup);
        let [images, channels, places] = [conv.n, planes, tiles_p * tiles_q].map(u64::from);
        let groups = match variant.get("nhwc") {
            0 => u64::from(tiles) * channels * images,
            _ => (places * channels * images).div_ceil(workgroup.into()),
        };
        let grid = fold_grid(groups);
        let prelude = Prelude::new(precision)
            .numbers(&constants(conv, precision, &buffers[0].layout))
            .numbers(&[
                ("IMAGES", conv.n),
                ("OUT_H", conv.p()),
                ("PLANES", planes),
                ("LAYOUT_STEP", if variant.get("nhwc") == 1 { planes } else { 1 }),
                ("FILTERS_PER_CHANNEL", conv.k / conv.c),
                ("TILE_P", tile_p),
                ("TILE_Q", tile_q),
                ("TILES_P", tiles_p),
                ("TILES_Q", tiles_q),
                ("TILES_N", tiles),
                ("GROUPS", groups as u32),
                ("GRID_X", grid[0]),
                ("WORKGROUP_X", workgroup),
            ])
            .number("BIAS_QUAD", buffers[0].layout.tail.unwrap_or(0) / 4);
        let [planar, last] = [
            shader!("conv2d/depthwise_nchw.wgsl"),
            shader!("conv2d/depthwise_nhwc.wgsl"),
        ];
        let fragments: &[&str] = match (precision, variant.get("nhwc")) {
            (Precision::I8, 0) => &[
                planar,
                shader!("conv2d/finish.wgsl"),
                shader!("conv2d/depthwise_i8.wgsl"),
            ],
            (Precision::I8, _) => &[last, shader!("conv2d/depthwise_nhwc_i8.wgsl")],
            (_, 0) => &[
                planar,
                shader!("conv2d/finish.wgsl"),
                shader!("conv2d/depthwise_float.wgsl"),
            ],
            _ => &[
                last,
                shader!("conv2d/finish_nhwc.wgsl"),
                shader!("conv2d/depthwise_nhwc_float.wgsl"),
            ],
        };
        let generated = generate(conv, [tile_p, tile_q]);
        let fragments = [fragments, &[&generated, shader!("conv2d/depthwise.wgsl")]].concat();
        let pass = Pass::new("depthwise", compose(&prelude, &fragments), grid, vec![0, 1, 2]);
        Plan::of(buffers, pass)
    }

    /// Whole tiles; a tap outside the image is multiplied with zero.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let conv = conv2d(problem);
        let [tile_p, tile_q, _] = parameters(variant);
        let lanes = lanes(precision, variant);
        let channels = u64::from(conv.k.next_multiple_of(lanes));
        let tiles = u64::from(conv.n * conv.k.div_ceil(lanes))
            * u64::from(conv.p().div_ceil(tile_p) * conv.q().div_ceil(tile_q));
        let taps = u64::from(conv.r * conv.s);
        let inputs = positions(tile_p, conv.stride[0], conv.r, conv.dilation[0]).len()
            * positions(tile_q, conv.stride[1], conv.s, conv.dilation[1]).len();
        let lanes = u64::from(lanes);
        Cost::new(
            problem,
            precision,
            2 * tiles * lanes * taps * u64::from(tile_p * tile_q)
                + super::epilogue_ops(problem) / u64::from(conv.k) * channels,
            tiles * lanes * precision.input().bytes() * (taps + inputs as u64)
                + precision.output().bytes() * super::outputs(problem)
                + super::epilogue_bytes(problem, precision, tile_p * tile_q),
        )
    }
}

fn parameters(variant: &Variant) -> [u32; 3] {
    ["tile_p", "tile_q", "workgroup_x"].map(|name| variant.get(name))
}

/// Channels that an invocation computes.
fn lanes(precision: Precision, variant: &Variant) -> u32 {
    if precision == Precision::I8 || variant.get("nhwc") == 1 {
        4
    } else {
        1
    }
}

/// The usual buffers; for i8 four neighbouring channels share a unit, in the weights too. In NHWC they are a vector.
fn packed(conv: &Conv2d, precision: Precision, variant: &Variant) -> Vec<BufferSpec> {
    let mut buffers = buffers(conv, precision);
    if variant.get("nhwc") == 1 {
        let interleave = precision.interleave();
        let pitch = conv.k.next_multiple_of(4) / interleave;
        let tap = Layout::dense(conv.k, 1, conv.r * conv.s, 1).channels_last(1);
        let tap = if conv.bias_relu { tap.with_tail() } else { tap };
        buffers[0].layout = match precision {
            Precision::I8 => Layout::dense(1, conv.k, conv.r * conv.s, 4).channels_last(pitch),
            _ => tap.rows_last(pitch),
        };
        buffers[1].layout = Layout::dense(conv.n, conv.c, conv.h * conv.w, interleave).channels_last(pitch);
        buffers[2].layout = nhwc::output(conv);
    } else if precision == Precision::I8 {
        buffers[0].layout = Layout::dense(1, conv.k, conv.r * conv.s, 4);
        buffers[1].layout = Layout::dense(conv.n, conv.c, conv.h * conv.w, 4);
    }
    buffers
}

/// Input positions along one axis, counted from the tile's first, with the (output, tap) pairs that meet there.
fn positions(outputs: u32, stride: u32, taps: u32, dilation: u32) -> BTreeMap<u32, Vec<(u32, u32)>> {
    let mut positions = BTreeMap::<u32, Vec<(u32, u32)>>::new();
    for output in 0..outputs {
        for tap in 0..taps {
            positions
                .entry(output * stride + tap * dilation)
                .or_default()
                .push((output, tap));
        }
    }
    positions
}

/// `fn tile(…)`: loads taps and inputs, sums, stores.
fn generate(conv: &Conv2d, [tile_p, tile_q]: [u32; 2]) -> String {
    let mut text = String::from("fn tile(at: Place) {\n");
    let mut line = |indented: String| writeln!(text, "    {indented}").expect("writing to a String cannot fail");
    for r in 0..conv.r {
        for s in 0..conv.s {
            line(format!(
                "let w{r}_{s} = lanes(weights[at.taps + {}u * LAYOUT_STEP]);",
                r * conv.s + s
            ));
        }
    }
    for i in 0..tile_p {
        for j in 0..tile_q {
            line(format!("var s{i}_{j} = Lanes();"));
        }
    }
    let columns = positions(tile_q, conv.stride[1], conv.s, conv.dilation[1]);
    for x in columns.keys() {
        line(format!("let x{x} = min(at.left + {x}u, IN_W - 1u) * LAYOUT_STEP;"));
        line(format!("let in{x} = at.left + {x}u < IN_W;"));
    }
    for (y, rows) in positions(tile_p, conv.stride[0], conv.r, conv.dilation[0]) {
        line(format!(
            "let y{y} = at.plane + min(at.top + {y}u, IN_H - 1u) * (IN_W * LAYOUT_STEP);"
        ));
        line(format!("let on{y} = at.top + {y}u < IN_H;"));
        for (x, pairs) in &columns {
            line(format!(
                "let v{y}_{x} = lanes(select(Unit(), input[y{y} + x{x}], on{y} && in{x}));"
            ));
            for (i, r) in &rows {
                for (j, s) in pairs {
                    line(format!("s{i}_{j} = fused(w{r}_{s}, v{y}_{x}, s{i}_{j});"));
                }
            }
        }
    }
    for i in 0..tile_p {
        for j in 0..tile_q {
            line(format!(
                "if (at.p + {i}u < OUT_H && at.q + {j}u < OUT_W) {{ store(at.channel, at.out + ({i}u * OUT_W + {j}u) * LAYOUT_STEP, s{i}_{j}); }}"
            ));
        }
    }
    text + "}\n"
}
