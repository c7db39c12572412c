// A subgroup computes TILES_M × TILES_N matrices of SIZE × SIZE sums, straight from storage. All buffers are padded to
// whole blocks. Sums go through workgroup memory, because a matrix can only be stored in its own type. A workgroup has
// the lanes of one large subgroup: where subgroups are smaller, all compute the same block and the first one stores it,
// since naga allows cooperative operations in uniform control flow only and no subgroup may leave.
@group(0) @binding(0) var<storage, read> lhs: array<Elem>;
@group(0) @binding(1) var<storage, read> rhs: array<Elem>;
@group(0) @binding(2) var<storage, read_write> out: array<Out>;
var<workgroup> sums: array<Acc, SLOTS * SIZE * SIZE>;

fn block_row(block: u32) -> u32 {
    return block / BLOCKS_N % BLOCKS_M * (TILES_M * SIZE);
}

fn block_column(block: u32) -> u32 {
    return block % BLOCKS_N * (TILES_N * SIZE);
}

fn lhs_start(block: u32) -> u32 {
    return block / (BLOCKS_N * BLOCKS_M) * LHS_BATCH + block_row(block) * LHS_ROW;
}

fn rhs_start(block: u32) -> u32 {
    return block / (BLOCKS_N * BLOCKS_M) * RHS_BATCH + block_column(block) * RHS_COLUMN;
}

fn out_start(block: u32) -> u32 {
    return (block / (BLOCKS_N * BLOCKS_M) * PADDED_M + block_row(block)) * OUT_PITCH + block_column(block);
}

fn store(first_out: u32, lane: u32, lanes: u32) {
    for (var i = lane; i < SIZE * SIZE; i += lanes) {
        out[first_out + i / SIZE * OUT_PITCH + i % SIZE] = Out(sums[i]);
    }
}
