// Right operand, one row per unit of the reduction, four columns at a time; a row is RHS_PITCH units long.
@group(0) @binding(1) var<storage, read> rhs: array<vec4<Elem>>;

fn load_rhs4(batch: u32, unit: u32, quad: u32) -> vec4<Elem> {
    return rhs[(batch * UNITS + unit) * (RHS_PITCH / 4u) + quad];
}
