// A workgroup computes BLOCK_M × BLOCK_N elements; each LANES_M × LANES_N invocations compute a sub-tile of WARP_M ×
// WARP_N of them. While a block of BLOCK_K units is multiplied from workgroup memory, the next one is on its way into
// registers, so that the latency of global memory hides behind arithmetic.
@compute @workgroup_size(THREADS, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let block = linear_group(group);
    if (block >= GROUPS) {
        return;
    }
    let first_quad = (block % TILES_N) * (BLOCK_N / 4u);
    let first_row = (block / TILES_N) % TILES_M * BLOCK_M;
    let batch = block / (TILES_N * TILES_M);
    let warp = thread / (LANES_M * LANES_N);
    let lane = thread % (LANES_M * LANES_N);
    let row_quad = warp / (BLOCK_N / WARP_N) * (WARP_M / 4u) + lane / LANES_N;
    let quad = warp % (BLOCK_N / WARP_N) * (WARP_N / 4u) + lane % LANES_N;
    var sums: Tile;
    var ahead: Ahead;
    fetch(&ahead, batch, first_row, first_quad, 0u, thread);
    for (var unit = 0u; unit < UNITS; unit += BLOCK_K) {
        stage(&ahead, thread);
        workgroupBarrier();
        if (unit + BLOCK_K < UNITS) {
            fetch(&ahead, batch, first_row, first_quad, unit + BLOCK_K, thread);
        }
        multiply(&sums, row_quad, quad);
        workgroupBarrier();
    }
    store_tile(&sums, batch, first_row + 4u * row_quad, first_quad + quad);
}
