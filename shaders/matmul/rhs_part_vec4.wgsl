// A part of the right operand: SPLITS products of UNITS units each make the whole one of WHOLE_UNITS.
@group(0) @binding(1) var<storage, read> rhs: array<vec4<Elem>>;

fn load_rhs4(batch: u32, unit: u32, quad: u32) -> vec4<Elem> {
    let whole_unit = batch % SPLITS * UNITS + unit;
    if (whole_unit >= WHOLE_UNITS) {
        return vec4<Elem>();
    }
    return rhs[(batch / SPLITS * WHOLE_UNITS + whole_unit) * (RHS_PITCH / 4u) + quad];
}
