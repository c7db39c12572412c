// A part of the left operand: SPLITS products of UNITS units each (a multiple of 4) make the whole one.
@group(0) @binding(0) var<storage, read> lhs: array<vec4<Elem>>;

fn load_lhs4(batch: u32, row: u32, quad: u32) -> vec4<Elem> {
    let whole_quad = batch % SPLITS * (UNITS / 4u) + quad;
    if (whole_quad >= LHS_PITCH / 4u) {
        return vec4<Elem>();
    }
    return lhs[(batch / SPLITS * M + row) * (LHS_PITCH / 4u) + whole_quad];
}
