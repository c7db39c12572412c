// Filters as the left operand of a product per image and group; a row is LHS_PITCH units long.
@group(0) @binding(0) var<storage, read> lhs: array<Elem>;

fn load_lhs(batch: u32, row: u32, unit: u32) -> Elem {
    return lhs[(batch % GROUP_COUNT * M + row) * LHS_PITCH + unit];
}
