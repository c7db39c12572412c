// The image as the left operand of a product by filter taps: a row is an output pixel, four channel units are one vector.
@group(0) @binding(0) var<storage, read> image: array<vec4<Elem>>;

// A vector of the channels under a tap, the `quad`th of the whole reduction and the `channel`th of its tap; `at` is where the
// reduction's first one would lie. What lies outside the image or past the last channel ends at ZERO or past it, and ZERO is read.
fn gather_channels(at: u32, quad: u32, channel: u32) -> vec4<Elem> {
    let valid = 4u * CHANNEL_QUADS == TAP_PITCH || channel < CHANNEL_QUADS;
    return image[min(select(ZERO, at + quad, valid), ZERO)];
}
