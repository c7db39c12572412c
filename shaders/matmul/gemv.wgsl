// A line of LANES invocations computes one row of up to 8 outputs: each takes every LANES-th quad of the reduction, then
// a tree in workgroup memory adds them up. A workgroup has ROWS such lines.
var<workgroup> parts: array<vec4<Acc>, LANES * ROWS * QUADS_N>;

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let tile = linear_group(group);
    if (tile >= GROUPS) {
        return;
    }
    let row = tile % TILES_M * ROWS + local.y;
    let batch = tile / TILES_M;
    var first = vec4<Acc>();
    var second = vec4<Acc>();
    if (row < M) {
        for (var quad = local.x; 4u * quad < UNITS; quad += LANES) {
            let a = vec4<Wide>(load_lhs4(batch, row, quad));
            for (var lane = 0u; lane < min(4u, UNITS - 4u * quad); lane++) {
                let unit = 4u * quad + lane;
                first = mac4(first, a[lane], vec4<Wide>(load_rhs4(batch, unit, 0u)));
                if (QUADS_N > 1u) {
                    second = mac4(second, a[lane], vec4<Wide>(load_rhs4(batch, unit, 1u)));
                }
            }
        }
    }
    let slot = (local.y * LANES + local.x) * QUADS_N;
    parts[slot] = first;
    if (QUADS_N > 1u) {
        parts[slot + QUADS_N - 1u] = second;
    }
    for (var stride = LANES / 2u; stride > 0u; stride /= 2u) {
        workgroupBarrier();
        if (local.x < stride) {
            for (var quad = 0u; quad < QUADS_N; quad++) {
                parts[slot + quad] += parts[slot + stride * QUADS_N + quad];
            }
        }
    }
    if (local.x == 0u && row < M) {
        for (var quad = 0u; quad < QUADS_N; quad++) {
            store_out4(batch, row, quad, parts[slot + quad]);
        }
    }
}
