// The image's patches as the left operand of a body that loads one patch of four rows per invocation.
var<private> columns: Columns;
var<private> tap: vec4<u32>; // where vector 0 would lie
var<private> tap_end: u32; // the first unit of the next tap

fn enter_block(batch: u32, first_row: u32, first_quad: u32, thread: u32) {
    columns = columns_of(batch, first_row + thread / (BLOCK_K / 4u) * 4u);
}

fn enter_tap(r: u32, s: u32, unit: u32) {
    tap = tap_of(columns, r, s, unit / 4u);
    tap_end = unit + TAP_PITCH;
}

fn load_patch4(row: u32, quad: u32) -> vec4<Elem> {
    return gather_channels(tap[row], quad, quad - (tap_end - TAP_PITCH) / 4u);
}
