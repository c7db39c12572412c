// Transforms image tiles, multiplies them with transformed filters and transforms the products back, all in workgroup
// memory and registers: a workgroup computes BLOCK_K filters × BLOCK_T tiles, an invocation four neighbouring positions of
// the transformed square for TILE_K × TILE_T of them. Transforms are repeated for each block of filters.
@group(0) @binding(0) var<storage, read> filters: array<vec4<f32>>; // [channel][filter][four positions]
@group(0) @binding(1) var<storage, read> input: array<Elem>;
@group(0) @binding(2) var<storage, read> weights: array<Elem>;
@group(0) @binding(3) var<storage, read_write> out: array<Out>;

// Transformed filters, then transformed tiles, each [channel][filter or tile][four positions]; after the sums, products.
var<workgroup> shared_block: array<vec4<f32>, BLOCK_SLOTS>;

const QUADS: u32 = SIDE * SIDE / 4u;
const THREADS: u32 = QUADS * LANES_K * LANES_T;
const BLOCK_K: u32 = LANES_K * TILE_K;
const BLOCK_T: u32 = LANES_T * TILE_T;
const FIRST_TILE_SLOT: u32 = BLOCK_C * BLOCK_K * QUADS;

// A tile in the image: one channel of it to be transformed into a slot.
struct Source {
    plane: u32,
    top: u32,
    left: u32,
    slot: u32,
}

// A tile of one filter's output, its products in a slot.
struct Sink {
    slot: u32,
    filter_index: u32,
    plane: u32,
    top: u32,
    left: u32,
}

fn load_at(at: Source, i: u32, j: u32) -> f32 {
    // Coordinates above or left of the image wrap round to large numbers: one comparison guards both sides.
    let y = at.top + i;
    let x = at.left + j;
    let value = input[at.plane + min(y, IN_H - 1u) * IN_W + min(x, IN_W - 1u)];
    return select(0.0, f32(value), y < IN_H && x < IN_W);
}

fn store_at(at: Sink, i: u32, j: u32, value: f32) {
    if ((OUT_H % OUTPUTS == 0u || at.top + i < OUT_H) && (OUT_W % OUTPUTS == 0u || at.left + j < OUT_W)) {
        out[at.plane + (at.top + i) * OUT_W + at.left + j] = Out(finish(at.filter_index, Acc(value)));
    }
}

// Transforms back what the invocations put into the block: BLOCK_T tiles of LANES_K filters from `first` on, of which those
// before `end` exist.
fn invert(thread: u32, tile: u32, first: u32, end: u32) {
    let image = tile / (TILES_Y * TILES_X);
    let top = tile / TILES_X % TILES_Y * OUTPUTS;
    let left = tile % TILES_X * OUTPUTS;
    for (var job = thread; job < LANES_K * BLOCK_T; job += THREADS) {
        let filter_index = first + job / BLOCK_T;
        if (filter_index < end && tile < TILES) {
            let plane = (image * FILTERS + filter_index) * (OUT_H * OUT_W);
            transform_back(Sink(job * QUADS, filter_index, plane, top, left));
        }
    }
}

// What is staged next, for the invocation's own tile.
struct Step {
    thread: u32,
    channel: u32,
    conv_group: u32,
    first: u32,
    end: u32,
    image: u32,
    top: u32,
    left: u32,
}

// A vector of transformed filters for slot `i`. Filters past the last one are the last one: their products are not stored.
fn fetch_filter(step: Step, i: u32) -> vec4<f32> {
    let filter_index = min(step.first + i / QUADS % BLOCK_K, step.end - 1u);
    return filters[((step.channel + i / (QUADS * BLOCK_K)) * FILTERS + filter_index) * QUADS + i % QUADS];
}

// Transforms the `i`th pair of a channel and a tile. Channels past the last one are the last one: their filters are zero.
fn stage_tile(step: Step, i: u32) {
    let channel = step.conv_group * GROUP_CHANNELS + min(step.channel + i / BLOCK_T, GROUP_CHANNELS - 1u);
    let plane = (step.image * CHANNELS + channel) * (IN_H * IN_W);
    transform(Source(plane, step.top, step.left, FIRST_TILE_SLOT + i * QUADS));
}

@compute @workgroup_size(THREADS, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let index = linear_group(group);
    if (index >= GROUPS) {
        return;
    }
    let conv_group = index / (TILES_N * TILES_M);
    let first = conv_group * M + index / TILES_N % TILES_M * BLOCK_K;
    let end = conv_group * M + M;
    // BLOCK_T divides THREADS, so an invocation has to do with one tile of the image; past the last one with the last.
    let own_tile = index % TILES_N * BLOCK_T + thread % BLOCK_T;
    let tile = min(own_tile, TILES - 1u);
    let image = tile / (TILES_Y * TILES_X);
    let top = tile / TILES_X % TILES_Y * OUTPUTS - PAD_TOP;
    let left = tile % TILES_X * OUTPUTS - PAD_LEFT;
    let quad = thread % QUADS;
    let lane_t = thread / QUADS % LANES_T;
    let lane_k = thread / QUADS / LANES_T;
    var sums: Tile;
    for (var channel = 0u; channel < GROUP_CHANNELS; channel += BLOCK_C) {
        stage(Step(thread, channel, conv_group, first, end, image, top, left));
        workgroupBarrier();
        for (var c = 0u; c < BLOCK_C; c++) {
            multiply(
                &sums,
                (c * BLOCK_K + lane_k) * QUADS + quad,
                FIRST_TILE_SLOT + (c * BLOCK_T + lane_t) * QUADS + quad,
            );
        }
        workgroupBarrier();
    }
    put_all(&sums, (lane_k * BLOCK_T + lane_t) * QUADS + quad, thread, own_tile, first, end);
}
