//! Direct convolution with a tile of filters × neighbouring pixels per invocation: an input row is loaded once for all
//! taps and filters of the tile, a tap once for all its pixels.

use std::fmt::Write;

use super::{buffers, channel_units, constants, conv2d};
use crate::algorithm::Algorithm;
use crate::cost::Cost;
use crate::gemm::unit_bytes;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{Pass, fold_grid};
use crate::precision::Precision;
use crate::problem::{Conv2d, Problem};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, compose, shader};
use joulemark_base::device_class::DeviceClass;

/// How many filters share a tile.
pub(super) enum RegisterTiled {
    /// As many as the variant says.
    Fixed,
    /// All filters of a group, so that the group's input is loaded once.
    Group,
}

/// Multiply-accumulates of one filter row that may be written out; more makes a shader that compilers choke on.
const WRITTEN_OUT: u32 = 2048;

/// Multiply-accumulates up to which the loop over filter rows is written out too: 8 kB of instructions stay in the caches.
const UNROLLED: u32 = 1024;

impl Algorithm for RegisterTiled {
    fn op(&self) -> Op {
        Op::Conv2d
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Fixed => "register_tiled",
            Self::Group => "grouped",
        }
    }

    fn summary(&self) -> &'static str {
        match self {
            Self::Fixed => "direct, a tile of filters and neighbouring pixels per invocation in registers",
            Self::Group => "direct, all filters of one group and neighbouring pixels per invocation in registers",
        }
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        match self {
            Self::Fixed => [[4, 4, 64], [8, 4, 64], [4, 8, 64], [8, 8, 8], [8, 14, 8]]
                .map(|[k, q, x]| Variant::new(&[("tile_k", k), ("tile_q", q), ("workgroup_x", x)]))
                .to_vec(),
            Self::Group => [[4, 64], [8, 64], [14, 8]]
                .map(|[q, x]| Variant::new(&[("tile_q", q), ("workgroup_x", x)]))
                .to_vec(),
        }
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        let mut variants = self.variants(precision);
        match class {
            DeviceClass::Cpu => variants.pop().expect("there are several"),
            _ => variants.swap_remove(0),
        }
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let conv = conv2d(problem);
        super::supports_epilogue(conv, precision)?;
        if matches!(self, Self::Group) && (conv.groups == 1 || conv.k / conv.groups > 16) {
            return Err(Unsupported::new(format!(
                "grouped needs several groups of at most 16 filters each, here are {} of {}",
                conv.groups,
                conv.k / conv.groups
            )));
        }
        let Tile { k, q } = self.tile(conv, variant);
        if k == 0 || q == 0 || variant.get("workgroup_x") == 0 {
            return Err(Unsupported::new(format!(
                "{variant}: every parameter must be at least 1"
            )));
        }
        if k * q > 256 || k * q * conv.s > WRITTEN_OUT {
            return Err(Unsupported::new(format!(
                "a tile of {k} filters and {q} pixels with {} taps per row is too large to be written out",
                conv.s
            )));
        }
        Ok(())
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let conv = conv2d(problem);
        let buffers = buffers(conv, precision);
        let tile = self.tile(conv, variant);
        let tiles_q = conv.q().div_ceil(tile.q);
        let blocks = tile.blocks(conv);
        let workgroup = variant.get("workgroup_x");
        let tiles = (tiles_q * conv.p()).div_ceil(workgroup);
        let groups = u64::from(tiles) * u64::from(blocks) * u64::from(conv.n);
        let grid = fold_grid(groups);
        let prelude = Prelude::new(precision)
            .number("M", conv.k / conv.groups)
            .numbers(&constants(conv, precision, &buffers[0].layout))
            .numbers(&[
                ("OUT_H", conv.p()),
                ("TILE_K", tile.k),
                ("TILE_Q", tile.q),
                ("TILES_Q", tiles_q),
                ("TILES_N", tiles),
                ("FILTER_BLOCKS", blocks),
                ("GROUPS", groups as u32),
                ("GRID_X", grid[0]),
                ("WORKGROUP_X", workgroup),
            ]);
        let generated = tile.generate(conv);
        let pass = Pass::new(
            self.name(),
            compose(
                &prelude,
                &[
                    shader!("conv2d/finish.wgsl"),
                    &generated,
                    shader!("conv2d/register_tiled.wgsl"),
                ],
            ),
            grid,
            vec![0, 1, 2],
        );
        Plan::of(buffers, pass)
    }

    /// Whole tiles; a tap outside the image is multiplied with zero.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let conv = conv2d(problem);
        let tile = self.tile(conv, variant);
        let tiles = u64::from(conv.n) * u64::from(tile.blocks(conv)) * u64::from(conv.p() * conv.q().div_ceil(tile.q));
        let visits = tiles * u64::from(channel_units(conv, precision)) * u64::from(conv.r);
        let taps = u64::from(tile.k * conv.s);
        let fetched = unit_bytes(precision) * visits * (taps + tile.offsets(conv).len() as u64);
        Cost::new(
            problem,
            precision,
            2 * u64::from(precision.interleave()) * visits * taps * u64::from(tile.q) + super::epilogue_ops(problem),
            fetched
                + precision.output().bytes() * super::outputs(problem)
                + super::epilogue_bytes(problem, precision, tile.q),
        )
    }
}

impl RegisterTiled {
    fn tile(&self, conv: &Conv2d, variant: &Variant) -> Tile {
        Tile {
            k: match self {
                Self::Fixed => variant.get("tile_k"),
                Self::Group => conv.k / conv.groups,
            },
            q: variant.get("tile_q"),
        }
    }
}

/// Filters × pixels of one invocation.
#[derive(Clone, Copy)]
struct Tile {
    k: u32,
    q: u32,
}

impl Tile {
    /// Blocks of filters, none across groups.
    fn blocks(self, conv: &Conv2d) -> u32 {
        (conv.k / conv.groups).div_ceil(self.k) * conv.groups
    }

    /// Columns of the input, counted from the tile's first, that some tap of some pixel meets; ascending.
    fn offsets(self, conv: &Conv2d) -> Vec<u32> {
        let taps = |j: u32| (0..conv.s).map(move |s| j * conv.stride[1] + s * conv.dilation[1]);
        let mut offsets: Vec<u32> = (0..self.q).flat_map(taps).collect();
        offsets.sort_unstable();
        offsets.dedup();
        offsets
    }

    /// `Tile`, `Columns`, `Rows`, and the functions on them: everything that names registers.
    fn generate(self, conv: &Conv2d) -> String {
        let mut text = String::new();
        self.write(conv, &mut text).expect("writing to a String cannot fail");
        text
    }

    fn write(self, conv: &Conv2d, text: &mut String) -> std::fmt::Result {
        let offsets = self.offsets(conv);
        let last = u64::from(conv.q().div_ceil(self.q) * self.q - 1) * u64::from(conv.stride[1])
            + u64::from((conv.s - 1) * conv.dilation[1]);
        let last_y = (conv.p() - 1) * conv.stride[0] + (conv.r - 1) * conv.dilation[0];
        let guarded_y = conv.padding[0] > 0 || last_y >= conv.h;
        let guarded = conv.padding[1] > 0 || last >= u64::from(conv.w);
        writeln!(text, "struct Columns {{")?;
        for o in &offsets {
            writeln!(text, "    x{o}: u32,\n    in{o}: bool,")?;
        }
        writeln!(text, "}}\n\nfn columns(left: u32) -> Columns {{\n    var at: Columns;")?;
        for o in &offsets {
            match guarded {
                true => writeln!(
                    text,
                    "    at.x{o} = min(left + {o}u, IN_W - 1u);\n    at.in{o} = left + {o}u < IN_W;"
                )?,
                false => writeln!(text, "    at.x{o} = left + {o}u;\n    at.in{o} = true;")?,
            }
        }
        writeln!(text, "    return at;\n}}\n\nstruct Rows {{")?;
        for i in 0..self.k {
            writeln!(text, "    w{i}: u32,")?;
        }
        writeln!(text, "}}\n\nfn rows(first: u32) -> Rows {{\n    var at: Rows;")?;
        for i in 0..self.k {
            writeln!(text, "    at.w{i} = min(first + {i}u, FILTERS - 1u) * LHS_PITCH;")?;
        }
        writeln!(text, "    return at;\n}}\n\nstruct Tile {{")?;
        for i in 0..self.k {
            for j in 0..self.q {
                writeln!(text, "    s{i}_{j}: Acc,")?;
            }
        }
        writeln!(
            text,
            "}}\n\nfn accumulate(tile: ptr<function, Tile>, at: Columns, rows: Rows, line: u32, inside: bool, tap: u32) {{"
        )?;
        for o in &offsets {
            match (guarded, guarded_y) {
                (false, false) => writeln!(text, "    let x{o} = Wide(input[line + at.x{o}]);")?,
                _ => writeln!(
                    text,
                    "    let x{o} = Wide(select(Elem(), input[line + at.x{o}], at.in{o} && inside));"
                )?,
            }
        }
        for i in 0..self.k {
            for s in 0..conv.s {
                writeln!(text, "    let w{i}_{s} = Wide(weights[rows.w{i} + tap + {s}u]);")?;
                for j in 0..self.q {
                    let o = j * conv.stride[1] + s * conv.dilation[1];
                    writeln!(text, "    (*tile).s{i}_{j} = mac((*tile).s{i}_{j}, w{i}_{s}, x{o});")?;
                }
            }
        }
        writeln!(
            text,
            "}}\n\nfn channel(tile: ptr<function, Tile>, at: Columns, rows: Rows, plane: u32, top: u32, taps: u32) {{"
        )?;
        let body = match guarded_y {
            true => {
                "let y = top + r * DILATION_Y; accumulate(tile, at, rows, plane + min(y, IN_H - 1u) * IN_W, y < IN_H"
            }
            false => "accumulate(tile, at, rows, plane + (top + r * DILATION_Y) * IN_W, true",
        };
        if self.k * self.q * conv.r * conv.s <= UNROLLED {
            for r in 0..conv.r {
                writeln!(text, "    {{ const r = {r}u; {body}, taps + r * FILTER_S); }}")?;
            }
        } else {
            writeln!(
                text,
                "    for (var r = 0u; r < FILTER_R; r++) {{ {body}, taps + r * FILTER_S); }}"
            )?;
        }
        writeln!(
            text,
            "}}\n\nfn store(tile: ptr<function, Tile>, first: u32, end: u32, place: u32, q: u32) {{"
        )?;
        let (guard_k, guard_q) = (
            !(conv.k / conv.groups).is_multiple_of(self.k),
            !conv.q().is_multiple_of(self.q),
        );
        for i in 0..self.k {
            for j in 0..self.q {
                let condition = match (guard_k, guard_q) {
                    (false, false) => "true".to_string(),
                    (true, false) => format!("first + {i}u < end"),
                    (false, true) => format!("q + {j}u < OUT_W"),
                    (true, true) => format!("first + {i}u < end && q + {j}u < OUT_W"),
                };
                writeln!(
                    text,
                    "    if ({condition}) {{ out[place + {i}u * PIXELS + {j}u] = Out(finish(first + {i}u, (*tile).s{i}_{j})); }}"
                )?;
            }
        }
        writeln!(text, "}}")
    }
}
