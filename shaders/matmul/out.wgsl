// Output, row by row; a row is OUT_PITCH numbers long.
@group(0) @binding(2) var<storage, read_write> out: array<Out>;

fn store_out(batch: u32, row: u32, column: u32, value: Acc) {
    out[(batch * M + row) * OUT_PITCH + column] = Out(value);
}
