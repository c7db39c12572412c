// Transforms filters: one invocation per filter and channel. Channels past the last one, up to FILTER_CHANNELS, are zero: a
// product may multiply them.
@group(0) @binding(0) var<storage, read> weights: array<Elem>;
@group(0) @binding(1) var<storage, read_write> filters: array<f32>;

struct Place {
    taps: u32,
    valid: bool,
    slot: u32,
}

fn load_at(at: Place, r: u32, s: u32) -> f32 {
    return select(0.0, f32(weights[at.taps + 3u * r + s]), at.valid);
}

fn store_at(at: Place, i: u32, j: u32, value: f32) {
    filters[at.slot + (i * SIDE + j) * POSITION_STEP] = value;
}

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group) * WORKGROUP_X + local.x;
    if (index >= INVOCATIONS) {
        return;
    }
    let channel = index % FILTER_CHANNELS;
    let filter_index = index / FILTER_CHANNELS;
    let taps = filter_index * LHS_PITCH + 9u * min(channel, GROUP_CHANNELS - 1u);
    transform(Place(taps, channel < GROUP_CHANNELS, filter_index * FILTER_STEP + channel * CHANNEL_STEP));
}
