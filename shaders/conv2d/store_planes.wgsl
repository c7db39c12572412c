// Output of a product per image and group whose columns are the pixels; a plane is OUT_PITCH numbers long.
@group(0) @binding(2) var<storage, read_write> out: array<Out>;

fn store_out(batch: u32, row: u32, column: u32, value: Acc) {
    out[(batch * M + row) * OUT_PITCH + column] = Out(finish(batch % GROUP_COUNT * M + row, value));
}
