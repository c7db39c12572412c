// Writes the gathered input as a matrix per group: UNITS rows of RHS_PITCH units, one invocation per unit.
@group(0) @binding(2) var<storage, read_write> columns: array<Elem>;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let tile = linear_group(group);
    let column = (tile % TILES_N) * WORKGROUP_X + local.x;
    let unit = (tile / TILES_N) % TILES_M * WORKGROUP_Y + local.y;
    let conv_group = tile / (TILES_N * TILES_M);
    if (tile >= GROUPS || unit >= UNITS || column >= N) {
        return;
    }
    columns[(conv_group * UNITS + unit) * RHS_PITCH + column] = gather(conv_group, unit, column);
}
