// A vector of a matrix stored by rows; zeros past the edge.
@group(0) @binding(0) var<storage, read> source: array<vec4<f32>>;

fn load(matrix: u32, row: u32, quad: u32) -> vec4<f32> {
    if (row >= FROM_ROWS || quad >= FROM_QUADS) {
        return vec4<f32>();
    }
    return source[(matrix * FROM_ROWS + row) * FROM_QUADS + quad];
}
