// A workgroup of TILE × TILE invocations shares square tiles of both operands in workgroup memory.
var<workgroup> lhs_tile: array<Elem, TILE * TILE>;
var<workgroup> rhs_tile: array<Elem, TILE * TILE>;

@compute @workgroup_size(TILE, TILE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let tile = linear_group(group);
    if (tile >= GROUPS) {
        return;
    }
    let column = (tile % TILES_N) * TILE + local.x;
    let row = (tile / TILES_N) % TILES_M * TILE + local.y;
    let batch = tile / (TILES_N * TILES_M);
    let slot = local.y * TILE + local.x;
    var sum = Acc();
    for (var first = 0u; first < UNITS; first += TILE) {
        var a = Elem();
        if (row < M && first + local.x < UNITS) {
            a = load_lhs(batch, row, first + local.x);
        }
        var b = Elem();
        if (column < N && first + local.y < UNITS) {
            b = load_rhs(batch, first + local.y, column);
        }
        lhs_tile[slot] = a;
        rhs_tile[slot] = b;
        workgroupBarrier();
        multiply(&sum, local);
        workgroupBarrier();
    }
    if (row < M && column < N) {
        store_out(batch, row, column, sum);
    }
}
