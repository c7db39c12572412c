// The image as the right operand of a product by filter taps: within a tap, a row is a channel unit, a column a pixel.
@group(0) @binding(1) var<storage, read> input: array<Elem>;

// A channel unit under a tap: `plane` units further. What lies outside the image or past the last channel ends at ZERO or
// past it, and ZERO is read.
fn gather4(tap: vec4<u32>, plane: u32, channel: u32) -> vec4<Elem> {
    let valid = CHANNEL_UNITS == TAP_PITCH || channel < CHANNEL_UNITS;
    let slot = min(select(vec4<u32>(ZERO), tap + plane, valid), vec4<u32>(ZERO));
    return vec4<Elem>(input[slot.x], input[slot.y], input[slot.z], input[slot.w]);
}
