// Sparse rows times a dense matrix: an invocation computes QUADS vectors of one row, LANES apart, number by number of the
// row. A workgroup has ROWS rows; rows run fastest, so that neighbours read the same columns of B.
@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let tile = linear_group(group);
    let row = tile % TILES_M * ROWS + local.y;
    let quad = tile / TILES_M * (LANES * QUADS) + local.x;
    if (tile >= GROUPS || row >= ALL_ROWS || quad >= QUADS_N) {
        return;
    }
    let batch = row / M;
    let end = offsets[row + 1u];
    var entry = offsets[row];
    var sums: Tile;
    for (; entry + UNROLL <= end; entry += UNROLL) {
        multiply(&sums, batch, quad, entry);
    }
    for (; entry < end; entry++) {
        multiply_one(&sums, batch, quad, entry);
    }
    store_tile(&sums, batch, row % M, quad);
}
