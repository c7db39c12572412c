// Output in NPQK order from a product whose rows are (image, p, q) and whose columns are the filters of one group.
@group(0) @binding(2) var<storage, read_write> out: array<vec4<Out>>;

fn store_out4(batch: u32, row: u32, quad: u32, value: vec4<Acc>) {
    let filter_quad = batch * (N / 4u) + quad;
    out[row * OUT_QUADS + filter_quad] = vec4<Out>(finish4(filter_quad, value));
}
