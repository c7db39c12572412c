// Transforms products back into OUTPUTS × OUTPUTS pixels: one invocation per filter and tile.
@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<Elem>;
@group(0) @binding(2) var<storage, read_write> out: array<Out>;

struct Place {
    slot: u32,
    filter_index: u32,
    plane: u32,
    top: u32,
    left: u32,
}

fn load_at(at: Place, i: u32, j: u32) -> f32 {
    return products[at.slot + (i * SIDE + j) * (FILTERS * TILE_PITCH)];
}

fn store_at(at: Place, i: u32, j: u32, value: f32) {
    if ((OUT_H % OUTPUTS == 0u || at.top + i < OUT_H) && (OUT_W % OUTPUTS == 0u || at.left + j < OUT_W)) {
        out[at.plane + (at.top + i) * OUT_W + at.left + j] = Out(finish(at.filter_index, Acc(value)));
    }
}

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group) * WORKGROUP_X + local.x;
    if (index >= INVOCATIONS) {
        return;
    }
    let tile = index % TILES;
    let filter_index = index / TILES;
    let image = tile / (TILES_Y * TILES_X);
    let top = tile / TILES_X % TILES_Y * OUTPUTS;
    let left = tile % TILES_X * OUTPUTS;
    transform(Place(
        filter_index * TILE_PITCH + tile,
        filter_index,
        (image * FILTERS + filter_index) * (OUT_H * OUT_W),
        top,
        left,
    ));
}
