// One invocation computes TILE_M × TILE_N outputs in registers, tap by tap, straight from global memory: no workgroup memory,
// no barrier. What lies past the last filter or pixel is not stored.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group);
    if (index >= GROUPS) {
        return;
    }
    let first_quad = ((index % TILES_N) * WORKGROUP_X + local.x) * (TILE_N / 4u);
    let first_row = ((index / TILES_N) % TILES_M * WORKGROUP_Y + local.y) * TILE_M;
    let batch = index / (TILES_N * TILES_M);
    if (first_row >= M || first_quad >= QUADS_N) {
        return;
    }
    let pixels = pixels_of(batch, first_row, first_quad);
    var sums: Tile;
    var unit = 0u;
    for (var r = 0u; r < FILTER_R; r++) {
        for (var s = 0u; s < FILTER_S; s++) {
            let taps = taps_of(pixels, r, s);
            for (var channel = 0u; channel < TAP_PITCH; channel += 4u) {
                multiply(&sums, batch, first_row, first_quad, taps, channel, (unit + channel) / 4u);
            }
            unit += TAP_PITCH;
        }
    }
    store_tile(&sums, batch, first_row, first_quad);
}
