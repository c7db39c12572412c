// One invocation computes TILE_K filters at TILE_Q neighbouring pixels in registers. What depends on the pixel or the
// filter alone is worked out before the loops.
@group(0) @binding(0) var<storage, read> weights: array<Elem>;
@group(0) @binding(1) var<storage, read> input: array<Elem>;
@group(0) @binding(2) var<storage, read_write> out: array<Out>;

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group);
    let pixels = (index % TILES_N) * WORKGROUP_X + local.x;
    let block = (index / TILES_N) % FILTER_BLOCKS;
    let image = index / (TILES_N * FILTER_BLOCKS);
    if (index >= GROUPS || pixels >= TILES_Q * OUT_H) {
        return;
    }
    let conv_group = block / (FILTER_BLOCKS / GROUP_COUNT);
    let first = conv_group * M + block % (FILTER_BLOCKS / GROUP_COUNT) * TILE_K;
    let p = pixels / TILES_Q;
    let q = pixels % TILES_Q * TILE_Q;
    // Coordinates above or left of the image wrap round to large numbers: one comparison guards both sides.
    let top = p * STRIDE_Y - PAD_TOP;
    let at = columns(q * STRIDE_X - PAD_LEFT);
    let filters = rows(first);
    let plane = (image * GROUP_COUNT + conv_group) * CHANNEL_UNITS;
    var tile: Tile;
    for (var unit = 0u; unit < CHANNEL_UNITS; unit++) {
        channel(&tile, at, filters, (plane + unit) * (IN_H * IN_W), top, unit * (FILTER_R * FILTER_S));
    }
    store(&tile, first, conv_group * M + M, (image * FILTERS + first) * PIXELS + p * OUT_W + q, q);
}
