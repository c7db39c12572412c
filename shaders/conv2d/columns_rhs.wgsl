// The gathered input as the right operand of a body that loads one quad of columns per invocation.
var<private> columns: Columns;
var<private> tap: vec4<u32>; // where unit 0 would lie
var<private> tap_end: u32; // the first unit of the next tap

fn enter_block(batch: u32, first_row: u32, first_quad: u32, thread: u32) {
    columns = columns_of(batch, 4u * (first_quad + thread % (BLOCK_N / 4u)));
}

fn enter_tap(r: u32, s: u32, unit: u32) {
    tap = tap_of(columns, r, s, unit * (IN_H * IN_W));
    tap_end = unit + TAP_PITCH;
}

fn load_rhs4(batch: u32, unit: u32, quad: u32) -> vec4<Elem> {
    return gather4(tap, unit * (IN_H * IN_W), unit + TAP_PITCH - tap_end);
}
