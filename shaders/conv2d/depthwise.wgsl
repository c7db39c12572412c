// One invocation computes TILE_P × TILE_Q pixels of one channel (of four where i8 are packed).
@group(0) @binding(0) var<storage, read> weights: array<Elem>;
@group(0) @binding(1) var<storage, read> input: array<Elem>;
@group(0) @binding(2) var<storage, read_write> out: array<Out>;

struct Place {
    taps: u32,
    plane: u32,
    top: u32,
    left: u32,
    channel: u32,
    p: u32,
    q: u32,
    out: u32,
}

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group);
    let pixels = (index % TILES_N) * WORKGROUP_X + local.x;
    let plane = (index / TILES_N) % PLANES;
    let image = index / (TILES_N * PLANES);
    if (index >= GROUPS || pixels >= TILES_P * TILES_Q) {
        return;
    }
    let p = pixels / TILES_Q * TILE_P;
    let q = pixels % TILES_Q * TILE_Q;
    let channel = select(plane, 4u * plane, PACKED);
    let planes_in = select(GROUP_COUNT, PLANES, PACKED);
    tile(Place(
        plane * select(LHS_PITCH, FILTER_R * FILTER_S, PACKED),
        (image * planes_in + plane / FILTERS_PER_CHANNEL) * (IN_H * IN_W),
        // Coordinates above or left of the image wrap round to large numbers: one comparison guards both sides.
        p * STRIDE_Y - PAD_TOP,
        q * STRIDE_X - PAD_LEFT,
        channel,
        p,
        q,
        (image * FILTERS + channel) * PIXELS + p * OUT_W + q,
    ));
}
