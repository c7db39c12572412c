// Adds the parts' sums: one invocation per four outputs.
@group(0) @binding(0) var<storage, read> partials: array<vec4<Acc>>;

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group) * WORKGROUP_X + local.x;
    if (index >= BATCH * M * QUADS_N) {
        return;
    }
    let quad = index % QUADS_N;
    let row = index / QUADS_N % M;
    let batch = index / (QUADS_N * M);
    var sum = vec4<Acc>();
    for (var part = 0u; part < SPLITS; part++) {
        sum += partials[((batch * SPLITS + part) * M + row) * QUADS_N + quad];
    }
    store_out4(batch, row, quad, sum);
}
