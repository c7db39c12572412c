// Output in NKPQ order from a product whose rows are the filters of one group and whose columns are (image, p, q).
@group(0) @binding(2) var<storage, read_write> out: array<Out>;

fn store_out(batch: u32, row: u32, column: u32, value: Acc) {
    let image = column / PIXELS;
    out[((image * GROUP_COUNT + batch) * M + row) * PIXELS + column % PIXELS] = Out(finish(batch * M + row, value));
}

fn store_out4(batch: u32, row: u32, quad: u32, value: vec4<Acc>) {
    let column = 4u * quad;
    store_out(batch, row, column, value.x);
    if (column + 1u < N) {
        store_out(batch, row, column + 1u, value.y);
    }
    if (column + 2u < N) {
        store_out(batch, row, column + 2u, value.z);
    }
    if (column + 3u < N) {
        store_out(batch, row, column + 3u, value.w);
    }
}
