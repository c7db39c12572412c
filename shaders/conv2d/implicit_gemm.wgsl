// The warp-tiled product of filters and gathered patches, tap by tap: a workgroup computes BLOCK_M × BLOCK_N elements, and
// while a block of BLOCK_K channels is multiplied from workgroup memory the next one is on its way into registers.
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
    var r = 0u;
    var s = 0u;
    enter_block(batch, first_row, first_quad, thread);
    enter_tap(r, s, 0u);
    fetch(&ahead, batch, first_row, first_quad, 0u, thread);
    for (var unit = 0u; unit < UNITS; unit += BLOCK_K) {
        stage(&ahead, thread);
        workgroupBarrier();
        let next = unit + BLOCK_K;
        if (next < UNITS) {
            if (next == tap_end) {
                s += 1u;
                if (s == FILTER_S) {
                    s = 0u;
                    r += 1u;
                }
                enter_tap(r, s, next);
            }
            fetch(&ahead, batch, first_row, first_quad, next, thread);
        }
        multiply(&sums, row_quad, quad);
        workgroupBarrier();
    }
    store_tile(&sums, batch, first_row + 4u * row_quad, first_quad + quad);
}
