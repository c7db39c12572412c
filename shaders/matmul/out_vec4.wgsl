// Output, row by row, four columns at a time; a row is OUT_PITCH numbers long and may end in padding.
@group(0) @binding(2) var<storage, read_write> out: array<vec4<Out>>;

fn store_out4(batch: u32, row: u32, quad: u32, value: vec4<Acc>) {
    out[(batch * M + row) * (OUT_PITCH / 4u) + quad] = vec4<Out>(value);
}
