// A workgroup computes BLOCK_M × BLOCK_N elements from blocks of BLOCK_K units that it stages in workgroup memory; each
// subgroup multiplies the SIZE × SIZE matrices of WARP_M × WARP_N elements from there. Subgroups of 32 lanes have one round
// of work; of larger ones there are fewer, which take several rounds, and of smaller ones the surplus repeats the last part
// and stores nothing, since none may leave. Neighbours along the reduction are neighbours in the blocks, so that a lane loads
// its share of a matrix as whole vectors; rows are longer by SKEW, so that they begin in different banks. Sums go through workgroup memory, because a matrix can only be stored in its own type.
const WARPS: u32 = (BLOCK_M / WARP_M) * (BLOCK_N / WARP_N);
const THREADS: u32 = WARPS * 32u;
const PITCH: u32 = BLOCK_K + SKEW;
const SLOTS: u32 = THREADS * 8u / (SIZE * SIZE);

var<workgroup> lhs_block: array<Elem, BLOCK_M * PITCH>; // [row][unit]
var<workgroup> rhs_block: array<Elem, BLOCK_N * PITCH>; // [column][unit]
var<workgroup> sums: array<Acc, SLOTS * SIZE * SIZE>;
var<workgroup> rounds: u32;

fn stage(batch: u32, first_row: u32, first_quad: u32, first_unit: u32, thread: u32) {
    for (var i = thread; i < BLOCK_M * (BLOCK_K / 4u); i += THREADS) {
        let row = i / (BLOCK_K / 4u);
        let quad = i % (BLOCK_K / 4u);
        var units = vec4<Elem>();
        if ((!GUARD_M || first_row + row < M) && (!GUARD_K || first_unit + 4u * quad < UNITS)) {
            units = load_lhs4(batch, first_row + row, first_unit / 4u + quad);
        }
        let slot = row * PITCH + 4u * quad;
        lhs_block[slot] = units.x;
        lhs_block[slot + 1u] = units.y;
        lhs_block[slot + 2u] = units.z;
        lhs_block[slot + 3u] = units.w;
    }
    for (var i = thread; i < BLOCK_K * (BLOCK_N / 4u); i += THREADS) {
        let unit = i / (BLOCK_N / 4u);
        let quad = i % (BLOCK_N / 4u);
        var columns = vec4<Elem>();
        if ((!GUARD_K || first_unit + unit < UNITS) && (!GUARD_N || first_quad + quad < QUADS_N)) {
            columns = load_rhs4(batch, first_unit + unit, first_quad + quad);
        }
        let slot = 4u * quad * PITCH + unit;
        rhs_block[slot] = columns.x;
        rhs_block[slot + PITCH] = columns.y;
        rhs_block[slot + 2u * PITCH] = columns.z;
        rhs_block[slot + 3u * PITCH] = columns.w;
    }
}

fn store(first_sum: u32, batch: u32, first_row: u32, first_quad: u32, lane: u32, lanes: u32) {
    for (var i = lane; i < SIZE * SIZE / 4u; i += lanes) {
        let row = first_row + i / (SIZE / 4u);
        let quad = first_quad + i % (SIZE / 4u);
        if ((!GUARD_M || row < M) && (!GUARD_N || quad < QUADS_N)) {
            let sum = first_sum + 4u * i;
            store_out4(batch, row, quad, vec4<Acc>(sums[sum], sums[sum + 1u], sums[sum + 2u], sums[sum + 3u]));
        }
    }
}
