// Adds the bias of each output's filter, in place.
@group(0) @binding(0) var<storage, read> weights: array<Elem>;
@group(0) @binding(1) var<storage, read_write> out: array<Out>;

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group) * WORKGROUP_X + local.x;
    if (index >= INVOCATIONS) {
        return;
    }
    let filter_index = index / PIXELS % FILTERS;
    out[index] = Out(Acc(out[index]) + Acc(weights[filter_index * LHS_PITCH + BIAS_AT]));
}
