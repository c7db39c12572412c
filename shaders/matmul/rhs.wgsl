// Right operand, one row per unit of the reduction; a row is RHS_PITCH units long.
@group(0) @binding(1) var<storage, read> rhs: array<Elem>;

fn load_rhs(batch: u32, unit: u32, column: u32) -> Elem {
    return rhs[(batch * UNITS + unit) * RHS_PITCH + column];
}
