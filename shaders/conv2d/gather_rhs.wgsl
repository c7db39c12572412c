// The gathered input as the right operand of a product.
fn load_rhs(batch: u32, unit: u32, column: u32) -> Elem {
    return gather(batch, unit, column);
}

fn load_rhs4(batch: u32, unit: u32, quad: u32) -> vec4<Elem> {
    let column = 4u * quad;
    var columns = vec4<Elem>();
    columns.x = gather(batch, unit, column);
    if (column + 1u < N) {
        columns.y = gather(batch, unit, column + 1u);
    }
    if (column + 2u < N) {
        columns.z = gather(batch, unit, column + 2u);
    }
    if (column + 3u < N) {
        columns.w = gather(batch, unit, column + 3u);
    }
    return columns;
}
