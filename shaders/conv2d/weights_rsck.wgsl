// Weights as the right operand of a product: a row per tap and channel unit, in it all filters, those of a group together.
@group(0) @binding(1) var<storage, read> weights: array<vec4<Elem>>;

fn load_rhs4(batch: u32, unit: u32, quad: u32) -> vec4<Elem> {
    return weights[unit * RHS_QUADS + batch * (N / 4u) + quad];
}
