// One invocation computes TILE_M × TILE_N elements in registers, a subgroup LANES such tiles side by side. Its lanes load the
// rows together and hand them round, so none may leave early: rows and columns past the edge are clamped, computed again
// and not stored.
@compute @workgroup_size(LANES, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
    let tile = linear_group(group);
    if (tile >= GROUPS) {
        return;
    }
    let first_quad = (tile % TILES_N * LANES + lane) * (TILE_N / 4u);
    let first_row = tile / TILES_N % TILES_M * TILE_M;
    let batch = tile / (TILES_N * TILES_M);
    var sums: Tile;
    for (var quad = 0u; quad < UNITS / 4u; quad++) {
        multiply(&sums, batch, first_row, first_quad, lane, quad);
    }
    multiply_tail(&sums, batch, first_row, first_quad, lane);
    if (first_quad < QUADS_N) {
        store_tile(&sums, batch, first_row, first_quad);
    }
}
