// One invocation computes one number of dW: all pixels of all images that the weight was multiplied with.
@group(0) @binding(0) var<storage, read> dy: array<Elem>;
@group(0) @binding(1) var<storage, read> input: array<Elem>;
@group(0) @binding(2) var<storage, read_write> dw: array<Out>;

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group) * WORKGROUP_X + local.x;
    if (index >= COUNT) {
        return;
    }
    let s = index % FILTER_S;
    let r = index / FILTER_S % FILTER_R;
    let k = index / (FILTER_S * FILTER_R * GROUP_CHANNELS);
    let channel = k / GROUP_FILTERS * GROUP_CHANNELS + index / (FILTER_S * FILTER_R) % GROUP_CHANNELS;
    var sum = Acc();
    for (var image = 0u; image < IMAGES; image++) {
        for (var p = 0u; p < OUT_H; p++) {
            // Coordinates above or left of the image wrap round to large numbers: one comparison guards both sides.
            let y = p * STRIDE_Y + r * DILATION_Y - PAD_TOP;
            if (y >= IN_H) {
                continue;
            }
            let row = ((image * CHANNELS + channel) * IN_H + y) * IN_W;
            let outputs = ((image * FILTERS + k) * OUT_H + p) * OUT_W;
            for (var q = 0u; q < OUT_W; q++) {
                let x = q * STRIDE_X + s * DILATION_X - PAD_LEFT;
                if (x < IN_W) {
                    sum = mac(sum, Wide(dy[outputs + q]), Wide(input[row + x]));
                }
            }
        }
    }
    dw[index] = Out(sum);
}
