// Spectra of filters, conjugated, as blocks (a b; −b a) of a real matrix per frequency. Channels past the last one are
// zero: a product body may multiply them.
@group(0) @binding(0) var<storage, read> weights: array<Elem>;
@group(0) @binding(1) var<storage, read_write> filters: array<f32>;

struct Place {
    taps: u32,
    inside: bool,
    slot: u32,
}

fn load_at(at: Place, r: u32, s: u32) -> f32 {
    return select(0.0, f32(weights[at.taps + r * FILTER_S + s]), at.inside);
}

fn store_at(at: Place, y: u32, x: u32, value: vec2<f32>) {
    let place = at.slot + (y * HALF + x) * (FILTERS * FILTER_CHANNELS * 4u);
    filters[place] = value.x;
    filters[place + 1u] = value.y;
    filters[place + 2u * FILTER_CHANNELS] = -value.y;
    filters[place + 2u * FILTER_CHANNELS + 1u] = value.x;
}

@compute @workgroup_size(SIDE, SLOTS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group) * SLOTS + local.y;
    let channel = index % FILTER_CHANNELS;
    let filter_index = index / FILTER_CHANNELS;
    let at = Place(
        filter_index * LHS_PITCH + min(channel, GROUP_CHANNELS - 1u) * (FILTER_R * FILTER_S),
        channel < GROUP_CHANNELS,
        filter_index * (4u * FILTER_CHANNELS) + 2u * channel,
    );
    if (index < COUNT && local.x < FILTER_R) {
        rows(at, local.y, local.x);
    }
    workgroupBarrier();
    if (index < COUNT && local.x < HALF) {
        columns(at, local.y, local.x);
    }
}
