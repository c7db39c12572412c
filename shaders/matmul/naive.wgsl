// One invocation computes one element of the output, straight from global memory.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let tile = linear_group(group);
    let column = (tile % TILES_N) * WORKGROUP_X + local.x;
    let row = (tile / TILES_N) % TILES_M * WORKGROUP_Y + local.y;
    let batch = tile / (TILES_N * TILES_M);
    if (tile >= GROUPS || row >= M || column >= N) {
        return;
    }
    var sum = Acc();
    for (var unit = 0u; unit < UNITS; unit++) {
        sum = mac(sum, Wide(load_lhs(batch, row, unit)), Wide(load_rhs(batch, unit, column)));
    }
    store_out(batch, row, column, sum);
}
