// One invocation computes TILE_M × TILE_N elements in registers, straight from global memory: no workgroup memory, no
// barrier. Rows and columns past the edge are clamped: they are computed again and not stored.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let tile = linear_group(group);
    if (tile >= GROUPS) {
        return;
    }
    let first_quad = ((tile % TILES_N) * WORKGROUP_X + local.x) * (TILE_N / 4u);
    let first_row = ((tile / TILES_N) % TILES_M * WORKGROUP_Y + local.y) * TILE_M;
    let batch = tile / (TILES_N * TILES_M);
    if (first_row >= M || first_quad >= QUADS_N) {
        return;
    }
    var sums: Tile;
    for (var quad = 0u; quad < UNITS / 4u; quad++) {
        multiply(&sums, batch, first_row, first_quad, quad);
    }
    multiply_tail(&sums, batch, first_row, first_quad);
    store_tile(&sums, batch, first_row, first_quad);
}
