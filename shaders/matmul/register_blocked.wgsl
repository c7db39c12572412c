// A workgroup computes BLOCK_M × BLOCK_N elements, TILE_M × TILE_N of them per invocation in registers, from blocks of
// BLOCK_K units that it stages in workgroup memory with 128-bit (f16: 64-bit) loads.
var<workgroup> lhs_block: array<Elem, BLOCK_K * BLOCK_M>; // [unit][row]
var<workgroup> rhs_block: array<vec4<Elem>, BLOCK_K * BLOCK_N / 4u>; // [unit][quad of columns]

const THREADS: u32 = (BLOCK_M / TILE_M) * (BLOCK_N / TILE_N);

fn stage_lhs(batch: u32, first_row: u32, first_unit: u32, thread: u32) {
    for (var i = thread; i < BLOCK_M * (BLOCK_K / 4u); i += THREADS) {
        let row = i / (BLOCK_K / 4u);
        let quad = i % (BLOCK_K / 4u);
        var units = vec4<Elem>();
        if ((!GUARD_M || first_row + row < M) && (!GUARD_K || first_unit + 4u * quad < UNITS)) {
            units = load_lhs4(batch, first_row + row, first_unit / 4u + quad);
        }
        let slot = 4u * quad * BLOCK_M + row;
        lhs_block[slot] = units.x;
        lhs_block[slot + BLOCK_M] = units.y;
        lhs_block[slot + 2u * BLOCK_M] = units.z;
        lhs_block[slot + 3u * BLOCK_M] = units.w;
    }
}

fn stage_rhs(batch: u32, first_quad: u32, first_unit: u32, thread: u32) {
    for (var i = thread; i < BLOCK_K * (BLOCK_N / 4u); i += THREADS) {
        let unit = i / (BLOCK_N / 4u);
        let quad = i % (BLOCK_N / 4u);
        var columns = vec4<Elem>();
        if ((!GUARD_K || first_unit + unit < UNITS) && (!GUARD_N || first_quad + quad < QUADS_N)) {
            columns = load_rhs4(batch, first_unit + unit, first_quad + quad);
        }
        rhs_block[i] = columns;
    }
}

@compute @workgroup_size(BLOCK_N / TILE_N, BLOCK_M / TILE_M)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
) {
    let block = linear_group(group);
    if (block >= GROUPS) {
        return;
    }
    let first_quad = (block % TILES_N) * (BLOCK_N / 4u);
    let first_row = (block / TILES_N) % TILES_M * BLOCK_M;
    let batch = block / (TILES_N * TILES_M);
    var sums: Tile;
    for (var unit = 0u; unit < UNITS; unit += BLOCK_K) {
        stage_lhs(batch, first_row, unit, thread);
        stage_rhs(batch, first_quad, unit, thread);
        workgroupBarrier();
        for (var step = 0u; step < BLOCK_K; step += UNROLL) {
            multiply(&sums, step, local);
        }
        workgroupBarrier();
    }
    store_tile(&sums, batch, first_row + local.y * TILE_M, first_quad + local.x * (TILE_N / 4u));
}
