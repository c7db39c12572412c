// Tiles of TILE × TILE words, one after the other, row by row. A workgroup has the lanes of one large subgroup; where
// subgroups are smaller all do the same and the first one stores, since none may leave. Sums go through workgroup memory,
// because a matrix can only be stored in its own type.
@group(0) @binding(0) var<storage, read> words: array<Elem>;
@group(0) @binding(1) var<storage, read_write> out: array<Out>;
var<workgroup> sums: array<Acc, SLOTS * SIZE * SIZE>;

fn store(slot: u32, first_out: u32, lane: u32, lanes: u32) {
    for (var i = lane; i < SIZE * SIZE; i += lanes) {
        out[first_out + i / SIZE * TILE + i % SIZE] = Out(sums[slot + i]);
    }
}
