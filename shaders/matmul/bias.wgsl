// Adds the bias, which is the right operand's row after the last, to the output in place.
@group(0) @binding(0) var<storage, read> rhs: array<vec4<Elem>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<Out>>;

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group) * WORKGROUP_X + local.x;
    if (index >= M * QUADS_N) {
        return;
    }
    let bias = vec4<Acc>(rhs[UNITS * (RHS_PITCH / 4u) + index % QUADS_N]);
    out[index] = vec4<Out>(vec4<Acc>(out[index]) + bias);
}
