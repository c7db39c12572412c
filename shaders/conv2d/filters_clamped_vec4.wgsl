// Filters as the left operand of a product per group, four units at a time. Rows past the last one are the last one: their
// sums are not stored.
@group(0) @binding(0) var<storage, read> lhs: array<vec4<Elem>>;

fn load_lhs4(batch: u32, row: u32, quad: u32) -> vec4<Elem> {
    return lhs[(batch * M + select(row, min(row, M - 1u), GUARD_M)) * (LHS_PITCH / 4u) + quad];
}
