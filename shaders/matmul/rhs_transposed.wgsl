// Right operand stored transposed: one row per column, RHS_PITCH units long. Each column is a load of its own.
@group(0) @binding(1) var<storage, read> rhs: array<Elem>;

fn load_rhs(batch: u32, unit: u32, column: u32) -> Elem {
    return rhs[(batch * N + column) * RHS_PITCH + unit];
}

fn load_rhs4(batch: u32, unit: u32, quad: u32) -> vec4<Elem> {
    let column = 4u * quad;
    var columns = vec4<Elem>();
    columns.x = load_rhs(batch, unit, column);
    if (column + 1u < N) {
        columns.y = load_rhs(batch, unit, column + 1u);
    }
    if (column + 2u < N) {
        columns.z = load_rhs(batch, unit, column + 2u);
    }
    if (column + 3u < N) {
        columns.w = load_rhs(batch, unit, column + 3u);
    }
    return columns;
}
