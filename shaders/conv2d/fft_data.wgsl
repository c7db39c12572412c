// Spectra of image tiles, which overlap by the filter less one; what lies outside the image is zero.
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

fn store_at(at: Place, y: u32, x: u32, value: vec2<f32>) {
    let place = at.slot + (y * HALF + x) * (2u * CHANNELS * TILE_PITCH);
    tiles[place] = value.x;
    tiles[place + TILE_PITCH] = value.y;
}

@compute @workgroup_size(SIDE, SLOTS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group) * SLOTS + local.y;
    let tile = index % TILES;
    let channel = index / TILES;
    let image = tile / (TILES_Y * TILES_X);
    let at = Place(
        (image * CHANNELS + channel) * (IN_H * IN_W),
        tile / TILES_X % TILES_Y * OUTPUTS_Y - PAD_TOP,
        tile % TILES_X * OUTPUTS_X - PAD_LEFT,
        2u * channel * TILE_PITCH + tile,
    );
    if (index < COUNT) {
        rows(at, local.y, local.x);
    }
    workgroupBarrier();
    if (index < COUNT && local.x < HALF) {
        columns(at, local.y, local.x);
    }
}
