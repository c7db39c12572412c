// One invocation computes one output pixel of one filter by walking its taps.
@group(0) @binding(0) var<storage, read> weights: array<Elem>;
@group(0) @binding(1) var<storage, read> input: array<Elem>;
@group(0) @binding(2) var<storage, read_write> out: array<Out>;

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let tile = linear_group(group);
    let pixel = (tile % TILES_N) * WORKGROUP_X + local.x;
    let filter_index = (tile / TILES_N) % FILTERS;
    let image = tile / (TILES_N * FILTERS);
    if (tile >= GROUPS || pixel >= PIXELS) {
        return;
    }
    let conv_group = filter_index / M;
    let top = pixel / OUT_W * STRIDE_Y;
    let left = pixel % OUT_W * STRIDE_X;
    var sum = Acc();
    for (var channel = 0u; channel < CHANNEL_UNITS; channel++) {
        let plane = ((image * GROUP_COUNT + conv_group) * CHANNEL_UNITS + channel) * IN_H;
        let taps = filter_index * LHS_PITCH + channel * (FILTER_R * FILTER_S);
        for (var r = 0u; r < FILTER_R; r++) {
            // Coordinates above or left of the image wrap round to large numbers: one comparison guards both sides.
            let y = top + r * DILATION_Y - PAD_TOP;
            if (y >= IN_H) {
                continue;
            }
            for (var s = 0u; s < FILTER_S; s++) {
                let x = left + s * DILATION_X - PAD_LEFT;
                if (x < IN_W) {
                    sum = mac(sum, Wide(weights[taps + r * FILTER_S + s]), Wide(input[(plane + y) * IN_W + x]));
                }
            }
        }
    }
    out[(image * FILTERS + filter_index) * PIXELS + pixel] = Out(finish(filter_index, sum));
}
