// One invocation computes one number of dX: all outputs that the pixel reached, by all filters of its group.
@group(0) @binding(0) var<storage, read> dy: array<Elem>;
@group(0) @binding(1) var<storage, read> weights: array<Elem>;
@group(0) @binding(2) var<storage, read_write> dx: array<Out>;

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group) * WORKGROUP_X + local.x;
    if (index >= COUNT) {
        return;
    }
    let x = index % IN_W;
    let y = index / IN_W % IN_H;
    let channel = index / (IN_W * IN_H) % CHANNELS;
    let image = index / (IN_W * IN_H * CHANNELS);
    let first = channel / GROUP_CHANNELS * GROUP_FILTERS;
    var sum = Acc();
    for (var k = first; k < first + GROUP_FILTERS; k++) {
        let plane = (image * FILTERS + k) * OUT_H;
        let taps = (k * GROUP_CHANNELS + channel % GROUP_CHANNELS) * (FILTER_R * FILTER_S);
        for (var r = 0u; r < FILTER_R; r++) {
            // Coordinates above or left of the output wrap round to large numbers: one comparison guards both sides.
            let row = y + PAD_TOP - r * DILATION_Y;
            if (row % STRIDE_Y != 0u || row / STRIDE_Y >= OUT_H) {
                continue;
            }
            for (var s = 0u; s < FILTER_S; s++) {
                let column = x + PAD_LEFT - s * DILATION_X;
                if (column % STRIDE_X == 0u && column / STRIDE_X < OUT_W) {
                    let output = (plane + row / STRIDE_Y) * OUT_W + column / STRIDE_X;
                    sum = mac(sum, Wide(weights[taps + r * FILTER_S + s]), Wide(dy[output]));
                }
            }
        }
    }
    dx[index] = Out(sum);
}
