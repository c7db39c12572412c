// Transforms image tiles of SIDE × SIDE that overlap by two: one invocation per channel and tile. What lies outside the
// image is zero.
@group(0) @binding(0) var<storage, read> input: array<Elem>;
@group(0) @binding(1) var<storage, read_write> tiles: array<f32>;

struct Place {
    plane: u32,
    top: u32,
    left: u32,
    slot: u32,
}

fn load_at(at: Place, i: u32, j: u32) -> f32 {
    // Coordinates above or left of the image wrap round to large numbers: one comparison guards both sides.
    let y = at.top + i;
    let x = at.left + j;
    let value = input[at.plane + min(y, IN_H - 1u) * IN_W + min(x, IN_W - 1u)];
    return select(0.0, f32(value), y < IN_H && x < IN_W);
}

fn store_at(at: Place, i: u32, j: u32, value: f32) {
    tiles[at.slot + (i * SIDE + j) * (CHANNELS * TILE_PITCH)] = value;
}

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group) * WORKGROUP_X + local.x;
    if (index >= INVOCATIONS) {
        return;
    }
    let tile = index % TILES;
    let channel = index / TILES;
    let image = tile / (TILES_Y * TILES_X);
    let top = tile / TILES_X % TILES_Y * OUTPUTS - PAD_TOP;
    let left = tile % TILES_X * OUTPUTS - PAD_LEFT;
    transform(Place((image * CHANNELS + channel) * (IN_H * IN_W), top, left, channel * TILE_PITCH + tile));
}
