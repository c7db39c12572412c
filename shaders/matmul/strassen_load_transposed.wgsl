// A vector of a matrix stored by columns, FROM_PITCH units from one to the next; zeros past the edge.
@group(0) @binding(0) var<storage, read> source: array<f32>;

fn load(matrix: u32, row: u32, quad: u32) -> vec4<f32> {
    var units = vec4<f32>();
    if (row < FROM_ROWS) {
        for (var i = 0u; i < 4u; i++) {
            let column = 4u * quad + i;
            if (column < FROM_COLUMNS) {
                units[i] = source[(matrix * FROM_COLUMNS + column) * FROM_PITCH + row];
            }
        }
    }
    return units;
}
