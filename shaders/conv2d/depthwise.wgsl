// One invocation computes TILE_P × TILE_Q pixels of one channel, or of four that share a unit. LAYOUT_STEP units lie between
// neighbouring pixels, taps and outputs.
@group(0) @binding(0) var<storage, read> weights: array<Unit>;
@group(0) @binding(1) var<storage, read> input: array<Unit>;
@group(0) @binding(2) var<storage, read_write> out: array<Stored>;

struct Place {
    valid: bool,
    taps: u32,
    plane: u32,
    // Coordinates above or left of the image wrap round to large numbers: one comparison guards both sides.
    top: u32,
    left: u32,
    channel: u32,
    p: u32,
    q: u32,
    out: u32,
}

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let at = locate(linear_group(group), local.x);
    if (at.valid) {
        tile(at);
    }
}
