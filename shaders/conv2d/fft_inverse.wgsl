// Products back into OUTPUTS_Y × OUTPUTS_X pixels.
@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<Out>;

const SCALE: f32 = 1.0 / f32(SIDE * SIDE);

struct Place {
    slot: u32,
    plane: u32,
    top: u32,
    left: u32,
}

fn load_at(at: Place, y: u32, x: u32) -> vec2<f32> {
    let place = at.slot + (y * HALF + x) * (2u * FILTERS * TILE_PITCH);
    return vec2<f32>(products[place], products[place + TILE_PITCH]);
}

fn store_at(at: Place, i: u32, j: u32, value: f32) {
    if (at.top + i < OUT_H && at.left + j < OUT_W) {
        out[at.plane + (at.top + i) * OUT_W + at.left + j] = Out(value);
    }
}

@compute @workgroup_size(SIDE, SLOTS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group) * SLOTS + local.y;
    let tile = index % TILES;
    let filter_index = index / TILES;
    let image = tile / (TILES_Y * TILES_X);
    let at = Place(
        2u * filter_index * TILE_PITCH + tile,
        (image * FILTERS + filter_index) * (OUT_H * OUT_W),
        tile / TILES_X % TILES_Y * OUTPUTS_Y,
        tile % TILES_X * OUTPUTS_X,
    );
    if (index < COUNT && local.x < HALF) {
        columns(at, local.y, local.x);
    }
    workgroupBarrier();
    if (index < COUNT && local.x < OUTPUTS_Y) {
        rows(at, local.y, local.x);
    }
}
