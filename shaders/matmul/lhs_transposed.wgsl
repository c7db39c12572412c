// Left operand stored transposed: one row per unit of the reduction, LHS_PITCH units long. Each unit is a load of its own.
@group(0) @binding(0) var<storage, read> lhs: array<Elem>;

fn load_lhs(batch: u32, row: u32, unit: u32) -> Elem {
    return lhs[(batch * UNITS + unit) * LHS_PITCH + row];
}

fn load_lhs4(batch: u32, row: u32, quad: u32) -> vec4<Elem> {
    let unit = 4u * quad;
    var units = vec4<Elem>();
    units.x = load_lhs(batch, row, unit);
    if (unit + 1u < UNITS) {
        units.y = load_lhs(batch, row, unit + 1u);
    }
    if (unit + 2u < UNITS) {
        units.z = load_lhs(batch, row, unit + 2u);
    }
    if (unit + 3u < UNITS) {
        units.w = load_lhs(batch, row, unit + 3u);
    }
    return units;
}
