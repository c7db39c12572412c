//! Generated WGSL for a warp-tiled product: each prefetched vector and each sum has a name, each step is written out.

use std::fmt::Write;

use super::RegisterTile;

/// Sizes of the three levels: the workgroup's block (m, n, k), the sub-tile of 32 invocations, an invocation's tile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WarpTile {
    pub(crate) block: [u32; 3],
    pub(crate) warp: [u32; 2],
    pub(crate) tile: [u32; 2],
    /// Vectors by which each four units shift in workgroup memory, so that a column of stores hits different banks.
    pub(crate) skew: u32,
}

/// Who keeps loads inside the operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// The body: it leaves out rows and quads past the last one.
    Body,
    /// `load_lhs4` and `load_rhs4`, which take any row and quad.
    Loads,
    /// `load_patch4(row, quad)` for the left operand, which knows the four rows of its invocation's patch; the body for the
    /// right one.
    Patches,
}

impl WarpTile {
    /// Invocations per workgroup.
    pub(crate) fn threads(&self) -> u32 {
        self.block[0] / self.tile[0] * (self.block[1] / self.tile[1])
    }

    fn lhs_slots(&self) -> u32 {
        self.block[2] * (self.block[0] / 4) + self.skew * (self.block[2] / 4)
    }

    /// First slot of a unit of the left block.
    fn lhs_slot(&self, unit: u32) -> u32 {
        unit * (self.block[0] / 4) + unit / 4 * self.skew
    }

    /// Everything that `warp_tiled.wgsl` calls: blocks, `Tile`, `Ahead`, `fetch`, `stage`, `multiply`, `store_tile`.
    pub(crate) fn generate(&self, guard: Guard) -> String {
        let lanes = [self.warp[0] / self.tile[0], self.warp[1] / self.tile[1]];
        let [block_m, block_n, block_k] = self.block;
        let quads = [self.tile[0] / 4, self.tile[1] / 4];
        let mut text = format!(
            "const THREADS: u32 = {}u;\nconst LANES_M: u32 = {}u;\nconst LANES_N: u32 = {}u;\n\
             var<workgroup> lhs_block: array<vec4<Elem>, {}>; // [unit][quad of rows], skewed\n\
             var<workgroup> rhs_block: array<vec4<Elem>, {}>; // [unit][quad of columns]\n\n",
            self.threads(),
            lanes[0],
            lanes[1],
            self.lhs_slots(),
            block_k * block_n / 4
        );
        let patches = block_m / 4 * (block_k / 4);
        let vectors = block_k * block_n / 4;
        self.prefetch(&mut text, patches, vectors, guard);
        let tile = RegisterTile {
            rows: self.tile[0],
            quads: quads[1],
        };
        text.push_str(&tile.declare_strided());
        text.push_str("\nfn multiply(tile: ptr<function, Tile>, first_row_quad: u32, first_quad: u32) {\n");
        for step in 0..block_k {
            for i in 0..quads[0] {
                line(
                    &mut text,
                    format!(
                        "let a{step}_{i} = vec4<Wide>(lhs_block[{}u + first_row_quad + {i}u * LANES_M]);",
                        self.lhs_slot(step)
                    ),
                );
            }
            for j in 0..quads[1] {
                line(
                    &mut text,
                    format!(
                        "let b{step}_{j} = vec4<Wide>(rhs_block[{}u + first_quad + {j}u * LANES_N]);",
                        step * (block_n / 4)
                    ),
                );
            }
            tile.rank_one(
                &mut text,
                |i| format!("a{step}_{}.{}", i / 4, LANES[i as usize % 4]),
                |j| format!("b{step}_{j}"),
            );
        }
        text + "}\n"
    }

    /// `Ahead`, `fetch` and `stage`: what an invocation carries from global memory to the blocks. Of the left operand
    /// these are patches of 4 rows × 4 units, which are transposed on the way.
    fn prefetch(&self, text: &mut String, patches: u32, vectors: u32, guard: Guard) {
        let [block_m, block_n, block_k] = self.block;
        let threads = self.threads();
        text.push_str("struct Ahead {\n");
        for p in 0..patches.div_ceil(threads) {
            (0..4).for_each(|row| line(text, format!("l{p}_{row}: vec4<Elem>,")));
        }
        (0..vectors.div_ceil(threads)).for_each(|v| line(text, format!("r{v}: vec4<Elem>,")));
        text.push_str(
            "}\n\nfn fetch(ahead: ptr<function, Ahead>, batch: u32, first_row: u32, first_quad: u32, unit: u32, thread: u32) {\n",
        );
        let share = |i: u32, count: u32| {
            if (i + 1) * threads > count {
                format!("thread + {}u < {count}u && ", i * threads)
            } else {
                String::new()
            }
        };
        for p in 0..patches.div_ceil(threads) {
            line(text, format!("let p{p} = thread + {}u;", p * threads));
            line(text, format!("let k{p} = unit / 4u + p{p} % {}u;", block_k / 4));
            line(text, format!("let m{p} = first_row + p{p} / {}u * 4u;", block_k / 4));
            for row in 0..4 {
                let inside = share(p, patches);
                line(text, format!("(*ahead).l{p}_{row} = vec4<Elem>();"));
                let rows = match guard {
                    Guard::Body => format!("(!GUARD_M || m{p} + {row}u < M) && "),
                    Guard::Loads | Guard::Patches => String::new(),
                };
                let load = match guard {
                    Guard::Patches => format!("load_patch4({row}u, k{p})"),
                    _ => format!("load_lhs4(batch, m{p} + {row}u, k{p})"),
                };
                line(
                    text,
                    format!("if ({inside}{rows}(!GUARD_K || 4u * k{p} < UNITS)) {{ (*ahead).l{p}_{row} = {load}; }}"),
                );
            }
        }
        for v in 0..vectors.div_ceil(threads) {
            let inside = share(v, vectors);
            line(text, format!("let v{v} = thread + {}u;", v * threads));
            line(text, format!("let u{v} = unit + v{v} / {}u;", block_n / 4));
            line(text, format!("let n{v} = first_quad + v{v} % {}u;", block_n / 4));
            line(text, format!("(*ahead).r{v} = vec4<Elem>();"));
            let quads = match guard {
                Guard::Body | Guard::Patches => format!(" && (!GUARD_N || n{v} < QUADS_N)"),
                Guard::Loads => String::new(),
            };
            line(
                text,
                format!(
                    "if ({inside}(!GUARD_K || u{v} < UNITS){quads}) {{ (*ahead).r{v} = load_rhs4(batch, u{v}, n{v}); }}"
                ),
            );
        }
        text.push_str("}\n\nfn stage(ahead: ptr<function, Ahead>, thread: u32) {\n");
        for p in 0..patches.div_ceil(threads) {
            let (open, close) = braces(&share(p, patches));
            line(text, format!("{open}let p{p} = thread + {}u;", p * threads));
            line(
                text,
                format!(
                    "let s{p} = p{p} % {}u * {}u + p{p} / {}u;",
                    block_k / 4,
                    self.lhs_slot(4),
                    block_k / 4
                ),
            );
            for (unit, lane) in LANES.iter().enumerate() {
                line(
                    text,
                    format!(
                        "lhs_block[s{p} + {}u] = vec4<Elem>((*ahead).l{p}_0.{lane}, (*ahead).l{p}_1.{lane}, \
                         (*ahead).l{p}_2.{lane}, (*ahead).l{p}_3.{lane});",
                        unit as u32 * (block_m / 4)
                    ),
                );
            }
            if !close.is_empty() {
                line(text, close);
            }
        }
        for v in 0..vectors.div_ceil(threads) {
            let (open, close) = braces(&share(v, vectors));
            line(
                text,
                format!("{open}rhs_block[thread + {}u] = (*ahead).r{v};{close}", v * threads),
            );
        }
        text.push_str("}\n\n");
    }
}

const LANES: [char; 4] = ['x', 'y', 'z', 'w'];

/// `if (…) {` and `}` around what only some invocations do; nothing where all do it.
fn braces(guard: &str) -> (String, String) {
    match guard.strip_suffix(" && ") {
        Some(condition) => (format!("if ({condition}) {{ "), " }".into()),
        None => Default::default(),
    }
}

fn line(text: &mut String, line: String) {
    writeln!(text, "    {line}").expect("writing to a String cannot fail");
}
