// The input as a matrix that is never stored: row = (channel unit, r, s) of one group, column = (image, p, q).
@group(0) @binding(1) var<storage, read> input: array<Elem>;

fn gather(group: u32, unit: u32, column: u32) -> Elem {
    let tap = unit % (FILTER_R * FILTER_S);
    let channel = unit / (FILTER_R * FILTER_S);
    let image = column / PIXELS;
    let pixel = column % PIXELS;
    // Coordinates left of or above the image wrap round to large numbers, so one comparison guards both sides.
    let y = pixel / OUT_W * STRIDE_Y + tap / FILTER_S * DILATION_Y - PAD_TOP;
    let x = pixel % OUT_W * STRIDE_X + tap % FILTER_S * DILATION_X - PAD_LEFT;
    if (y >= IN_H || x >= IN_W) {
        return Elem();
    }
    return input[(((image * GROUP_COUNT + group) * CHANNEL_UNITS + channel) * IN_H + y) * IN_W + x];
}
