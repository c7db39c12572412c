// A part of the left operand stored transposed: SPLITS products of UNITS units each make the whole one of WHOLE_UNITS.
@group(0) @binding(0) var<storage, read> lhs: array<Elem>;

fn load_whole(batch: u32, row: u32, unit: u32) -> Elem {
    if (unit >= WHOLE_UNITS) {
        return Elem();
    }
    return lhs[(batch * WHOLE_UNITS + unit) * LHS_PITCH + row];
}

fn load_lhs4(batch: u32, row: u32, quad: u32) -> vec4<Elem> {
    let whole = batch / SPLITS;
    let unit = batch % SPLITS * UNITS + 4u * quad;
    return vec4<Elem>(
        load_whole(whole, row, unit),
        load_whole(whole, row, unit + 1u),
        load_whole(whole, row, unit + 2u),
        load_whole(whole, row, unit + 3u),
    );
}
