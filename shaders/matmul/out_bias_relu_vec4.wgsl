// Output, four columns at a time, with a fused epilogue: the bias, which is the right operand's row after the last,
// then ReLU.
@group(0) @binding(2) var<storage, read_write> out: array<vec4<Out>>;

fn store_out4(batch: u32, row: u32, quad: u32, value: vec4<Acc>) {
    let biased = value + vec4<Acc>(load_rhs4(batch, UNITS, quad));
    out[(batch * M + row) * (OUT_PITCH / 4u) + quad] = vec4<Out>(max(biased, vec4<Acc>()));
}
