// Filters as the left operand of a product per image and group, four units at a time; a row is LHS_PITCH units long.
@group(0) @binding(0) var<storage, read> lhs: array<vec4<Elem>>;

fn load_lhs4(batch: u32, row: u32, quad: u32) -> vec4<Elem> {
    return lhs[(batch % GROUP_COUNT * M + row) * (LHS_PITCH / 4u) + quad];
}
