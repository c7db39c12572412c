// Where the patches of output pixels lie in the input. What depends on the pixel alone is worked out once, what depends on
// the tap once per tap. A slot is what one load reads; PIXEL_PITCH of them lie between neighbouring pixels.

// Four output pixels: the slot under the filter's first tap, and as bits which filter rows and columns lie inside the image;
// of a filter with at most 32 taps, which taps.
struct Columns {
    first: vec4<u32>,
    rows: vec4<u32>,
    across: vec4<u32>,
}

const FEW_TAPS: bool = FILTER_R * FILTER_S <= 32u;

fn columns_of(group: u32, first: u32) -> Columns {
    let column = vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u);
    let image = column / PIXELS;
    let pixel = column % PIXELS;
    // Coordinates left of or above the image wrap round to large numbers, so one comparison guards both sides.
    let y = pixel / OUT_W * STRIDE_Y - PAD_TOP;
    let x = pixel % OUT_W * STRIDE_X - PAD_LEFT;
    var columns: Columns;
    for (var r = 0u; r < FILTER_R; r++) {
        let inside = (column < vec4<u32>(COLUMNS)) & (y + r * DILATION_Y < vec4<u32>(IN_H));
        columns.rows |= select(vec4<u32>(), vec4<u32>(1u << r), inside);
    }
    for (var s = 0u; s < FILTER_S; s++) {
        columns.across |= select(vec4<u32>(), vec4<u32>(1u << s), x + s * DILATION_X < vec4<u32>(IN_W));
    }
    if (FEW_TAPS) {
        var taps = vec4<u32>();
        for (var r = 0u; r < FILTER_R; r++) {
            taps |= select(vec4<u32>(), columns.across << vec4<u32>(r * FILTER_S), (columns.rows & vec4<u32>(1u << r)) != vec4<u32>());
        }
        columns.rows = taps;
    }
    columns.first = image * IMAGE_PITCH + group * GROUP_PITCH + (y * IN_W + x) * PIXEL_PITCH;
    return columns;
}

// The slots of the first channel under a tap, less `origin`; for what lies outside the image ZERO, the last slot of all.
fn tap_of(columns: Columns, r: u32, s: u32, origin: u32) -> vec4<u32> {
    var inside = columns.rows;
    if (FEW_TAPS) {
        inside >>= vec4<u32>(r * FILTER_S + s);
    } else {
        inside = (inside >> vec4<u32>(r)) & (columns.across >> vec4<u32>(s));
    }
    let at = columns.first + ((r * DILATION_Y * IN_W + s * DILATION_X) * PIXEL_PITCH - origin);
    return select(at, vec4<u32>(ZERO - origin), (inside & vec4<u32>(1u)) == vec4<u32>());
}
