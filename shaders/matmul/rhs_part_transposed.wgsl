// A part of the right operand stored transposed: SPLITS products of UNITS units each make the whole one of WHOLE_UNITS.
@group(0) @binding(1) var<storage, read> rhs: array<Elem>;

fn load_column(batch: u32, unit: u32, column: u32) -> Elem {
    if (column >= N || unit >= WHOLE_UNITS) {
        return Elem();
    }
    return rhs[(batch * N + column) * RHS_PITCH + unit];
}

fn load_rhs4(batch: u32, unit: u32, quad: u32) -> vec4<Elem> {
    let whole = batch / SPLITS;
    let whole_unit = batch % SPLITS * UNITS + unit;
    return vec4<Elem>(
        load_column(whole, whole_unit, 4u * quad),
        load_column(whole, whole_unit, 4u * quad + 1u),
        load_column(whole, whole_unit, 4u * quad + 2u),
        load_column(whole, whole_unit, 4u * quad + 3u),
    );
}
