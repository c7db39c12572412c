//! Winograd's minimal filtering with the image's transform, the products and the inverse transform in one pass: nothing
//! between them goes through global memory. The filters, which a network's weights are, have a pass of their own.
//!
//! A workgroup has to keep all positions of the square of its block of filters × tiles, so that the block is small: tiles
//! are transformed again for each block of filters, and filters read again for each block of tiles.

use super::super::transformed::{FILTERS, INPUT, OUTPUT, WEIGHTS, workspace};
use super::linear::Linear;
use super::{Transform, Winograd};
use crate::algorithm::Algorithm;
use crate::conv2d::{buffers, conv2d, epilogue_bytes, epilogue_ops, outputs};
use crate::cost::Cost;
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{Pass, fold_grid};
use crate::precision::Precision;
use crate::problem::{Conv2d, Problem};
use crate::reference::{ErrorBound, Magnitudes};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{compose, shader};
use joulemark_base::device_class::DeviceClass;

/// F(m×m, 3×3) with this m.
pub(crate) struct Fused(pub(crate) u32);

const NAMES: [&str; 5] = ["block_c", "lanes_k", "lanes_t", "tile_k", "tile_t"];

/// Channels per step; invocations along filters and tiles; filters and tiles of an invocation.
#[derive(Clone, Copy)]
struct Block {
    channels: u32,
    lanes: [u32; 2],
    tile: [u32; 2],
    /// Vectors of a transformed square: a number that divides it by four.
    quads: u32,
}

impl Block {
    fn filters(self) -> u32 {
        self.lanes[0] * self.tile[0]
    }

    fn tiles(self) -> u32 {
        self.lanes[1] * self.tile[1]
    }

    fn threads(self) -> u32 {
        self.quads * self.lanes[0] * self.lanes[1]
    }

    /// Vectors of transformed filters that an invocation copies in a step.
    fn copies(self) -> u32 {
        (self.quads * self.channels * self.filters()).div_ceil(self.threads())
    }

    /// Tiles that it transforms, one channel of each.
    fn transforms(self) -> u32 {
        (self.channels * self.tiles()).div_ceil(self.threads())
    }

    /// Vectors in workgroup memory: both operands of a step, afterwards the products of one filter per invocation.
    fn slots(self) -> u32 {
        let operands = self.channels * (self.filters() + self.tiles());
        self.quads * operands.max(self.lanes[0] * self.tiles())
    }
}

impl Algorithm for Fused {
    fn op(&self) -> Op {
        Op::Conv2d
    }

    fn name(&self) -> &'static str {
        if self.0 == 2 {
            "winograd_f2_fused"
        } else {
            "winograd_f4_fused"
        }
    }

    fn summary(&self) -> &'static str {
        if self.0 == 2 {
            "minimal filtering F(2×2, 3×3) with tiles transformed, multiplied and transformed back in one pass"
        } else {
            "minimal filtering F(4×4, 3×3) with tiles transformed, multiplied and transformed back in one pass"
        }
    }

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        let values: &[[u32; 5]] = if self.0 == 2 {
            &[[4, 8, 8, 4, 4], [4, 8, 4, 4, 4], [4, 4, 4, 4, 4], [4, 4, 4, 8, 4]]
        } else {
            &[[2, 8, 2, 4, 4], [2, 4, 4, 4, 4], [2, 4, 4, 8, 4]]
        };
        let variant = |values: &[u32; 5]| Variant::new(&std::array::from_fn::<_, 5, _>(|i| (NAMES[i], values[i])));
        values.iter().map(variant).collect()
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        let mut variants = self.variants(precision);
        match (self.0, class) {
            (2, DeviceClass::Cpu) => variants.swap_remove(2),
            (2, DeviceClass::Integrated) => variants.swap_remove(1),
            _ => variants.swap_remove(0),
        }
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        Winograd(self.0).computes(self.name(), problem, precision)?;
        variant.positive(&NAMES)?;
        let block = self.block(variant);
        if !block.threads().is_multiple_of(block.tiles()) {
            return Err(Unsupported::new(format!(
                "{} invocations for a block of {} tiles: each must keep to one tile",
                block.threads(),
                block.tiles()
            )));
        }
        if block.copies() > 16 || block.transforms() > 4 {
            return Err(Unsupported::new(format!(
                "{} copies and {} transforms per invocation and step are too many to be written out: take a smaller block_c",
                block.copies(),
                block.transforms()
            )));
        }
        if block.tile[0] * block.tile[1] > 64 {
            return Err(Unsupported::new(format!(
                "{}×{} sums of four positions need too many registers",
                block.tile[0], block.tile[1]
            )));
        }
        Ok(())
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let (conv, block, winograd) = (conv2d(problem), self.block(variant), Winograd(self.0));
        let mut buffers = buffers(conv, precision);
        let channels = (conv.c / conv.groups).next_multiple_of(block.channels);
        let square = winograd.square();
        buffers.push(workspace(
            "transformed filters",
            Layout::dense(channels, conv.k, square, 1),
        ));
        let filters = winograd.filter_pass(conv, precision, &buffers, channels, [square, conv.k * square, 1]);
        let blocks = self.blocks(conv, block);
        let groups = u64::from(conv.groups) * u64::from(blocks[0]) * u64::from(blocks[1]);
        let grid = fold_grid(groups);
        let prelude = winograd
            .prelude(conv, precision, &buffers)
            .numbers(&[
                ("M", conv.k / conv.groups),
                ("TILES_M", blocks[0]),
                ("TILES_N", blocks[1]),
                ("GROUPS", groups as u32),
                ("GRID_X", grid[0]),
                ("BLOCK_SLOTS", block.slots()),
            ])
            .variant(variant);
        let fragments: &[&str] = &[
            shader!("conv2d/finish.wgsl"),
            &self.data().text,
            &self.inverse().text,
            &stage(block),
            &products(block),
            shader!("conv2d/winograd_fused.wgsl"),
        ];
        let fused = Pass::new(
            self.name(),
            compose(&prelude, fragments),
            grid,
            vec![FILTERS, INPUT, WEIGHTS, OUTPUT],
        );
        Plan {
            buffers,
            passes: vec![filters, fused],
        }
    }

    /// Whole blocks are multiplied, and their tiles transformed once per block of filters, past the edge too; only what is
    /// stored is transformed back.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let (conv, block, winograd) = (conv2d(problem), self.block(variant), Winograd(self.0));
        let [blocks_m, blocks_n] = self.blocks(conv, block).map(u64::from);
        let own_channels = conv.c / conv.groups;
        let channels = u64::from(own_channels.next_multiple_of(block.channels));
        let tiles = u64::from(winograd.tiles(conv).iter().product::<u32>());
        let (square, filters) = (u64::from(winograd.square()), u64::from(conv.k));
        let groups = u64::from(conv.groups) * blocks_m * blocks_n;
        let multiplied = groups * u64::from(block.filters()) * u64::from(block.tiles()) * channels * square;
        let transforms = winograd.linear(Transform::Filter).operations * filters * channels
            + self.data().operations * groups * u64::from(block.tiles()) * channels
            + self.inverse().operations * filters * tiles;
        let input = precision.input().bytes();
        let kernels = filters * u64::from(own_channels);
        let traffic = kernels * (9 * input + 4 * square)
            + kernels * 4 * square * blocks_n
            + u64::from(conv.c) * tiles * square * input * blocks_m
            + precision.output().bytes() * outputs(problem)
            + epilogue_bytes(problem, precision, 1);
        let executed = 2 * multiplied + transforms + epilogue_ops(problem);
        Cost::new(problem, precision, executed, traffic)
    }

    /// That of the separate passes: the same transforms and the same sum over channels.
    fn error_bound(
        &self,
        problem: &Problem,
        precision: Precision,
        variant: &Variant,
        inputs: &Magnitudes,
    ) -> ErrorBound {
        Winograd(self.0).error_bound(problem, precision, variant, inputs)
    }
}

impl Fused {
    fn block(&self, variant: &Variant) -> Block {
        let [channels, lanes_k, lanes_t, tile_k, tile_t] = NAMES.map(|name| variant.get(name));
        Block {
            channels,
            lanes: [lanes_k, lanes_t],
            tile: [tile_k, tile_t],
            quads: Winograd(self.0).square() / 4,
        }
    }

    /// Blocks of a group's filters, and of all tiles.
    fn blocks(&self, conv: &Conv2d, block: Block) -> [u32; 2] {
        let tiles = Winograd(self.0).tiles(conv).iter().product::<u32>();
        [
            (conv.k / conv.groups).div_ceil(block.filters()),
            tiles.div_ceil(block.tiles()),
        ]
    }

    /// `fn transform(at: Source)`: one channel of a tile, from the image into workgroup memory.
    fn data(&self) -> Linear {
        let matrix = Winograd(self.0).matrix(Transform::Data);
        let load = |i, j| format!("load_at(at, {i}u, {j}u)");
        Linear::function("fn transform(at: Source)", &matrix, load, |results| {
            let vectors = results.concat();
            let vectors = vectors.chunks(4).map(|names| names.join(", ")).enumerate();
            let line = |(quad, names)| format!("shared_block[at.slot + {quad}u] = vec4<f32>({names});");
            vectors.map(line).collect()
        })
    }

    /// `fn transform_back(at: Sink)`: the products of a tile, from workgroup memory into the output.
    fn inverse(&self) -> Linear {
        let matrix = Winograd(self.0).matrix(Transform::Inverse);
        let side = matrix[0].len();
        let load = |i: usize, j: usize| {
            let position = i * side + j;
            format!("shared_block[at.slot + {}u].{}", position / 4, LANES[position % 4])
        };
        Linear::function("fn transform_back(at: Sink)", &matrix, load, |results| {
            let rows = results.iter().enumerate();
            let line = |i, (j, name): (usize, &String)| format!("store_at(at, {i}u, {j}u, {name});");
            rows.flat_map(|(i, row)| row.iter().enumerate().map(move |result| line(i, result)))
                .collect()
        })
    }
}

const LANES: [char; 4] = ['x', 'y', 'z', 'w'];

/// `stage`, which brings the operands of a step into workgroup memory: the filters are on their way while tiles are
/// transformed.
fn stage(block: Block) -> String {
    let guarded = |part: u32, last: u32, limit: &str, line: String| {
        if (part + 1) * block.threads() > last {
            format!("    if (step.thread + {part}u * THREADS < {limit}) {{ {line} }}\n")
        } else {
            format!("    {line}\n")
        }
    };
    let mut text = String::from("fn stage(step: Step) {\n");
    let copied = block.quads * block.channels * block.filters();
    for part in 0..block.copies() {
        // A slot past the last one is the last one here: it is not stored.
        text += &format!(
            "    let f{part} = fetch_filter(step, min(step.thread + {part}u * THREADS, FIRST_TILE_SLOT - 1u));\n"
        );
    }
    for part in 0..block.transforms() {
        let line = format!("stage_tile(step, step.thread + {part}u * THREADS);");
        text += &guarded(part, block.channels * block.tiles(), "BLOCK_C * BLOCK_T", line);
    }
    for part in 0..block.copies() {
        let line = format!("shared_block[step.thread + {part}u * THREADS] = f{part};");
        text += &guarded(part, copied, "FIRST_TILE_SLOT", line);
    }
    text + "}\n"
}

/// `Tile`, `multiply`, which takes one channel from workgroup memory, and `put_all`, which hands the sums over for the
/// inverse transform, one filter of each invocation at a time.
fn products(
    Block {
        tile: [filters, tiles], ..
    }: Block,
) -> String {
    let each = |line: &dyn Fn(u32, u32) -> String| -> String {
        let places = (0..filters).flat_map(|i| (0..tiles).map(move |j| (i, j)));
        places.map(|(i, j)| line(i, j)).collect()
    };
    let loads = |count: u32, line: &dyn Fn(u32) -> String| -> String { (0..count).map(line).collect() };
    let mut text = format!(
        "struct Tile {{\n{}}}\n\nfn multiply(sums: ptr<function, Tile>, filter_slot: u32, tile_slot: u32) {{\n{}{}{}}}\n\n",
        each(&|i, j| format!("    s{i}_{j}: vec4<f32>,\n")),
        loads(filters, &|i| format!(
            "    let a{i} = shared_block[filter_slot + {i}u * LANES_K * QUADS];\n"
        )),
        loads(tiles, &|j| format!(
            "    let b{j} = shared_block[tile_slot + {j}u * LANES_T * QUADS];\n"
        )),
        each(&|i, j| format!("    (*sums).s{i}_{j} = fma(a{i}, b{j}, (*sums).s{i}_{j});\n")),
    );
    text += "fn put_all(sums: ptr<function, Tile>, slot: u32, thread: u32, tile: u32, first: u32, end: u32) {\n";
    for i in 0..filters {
        text += &loads(tiles, &|j| {
            format!("    shared_block[slot + {j}u * LANES_T * QUADS] = (*sums).s{i}_{j};\n")
        });
        text += &format!(
            "    workgroupBarrier();\n    invert(thread, tile, first + {i}u * LANES_K, end);\n    workgroupBarrier();\n"
        );
    }
    text + "}\n"
}
