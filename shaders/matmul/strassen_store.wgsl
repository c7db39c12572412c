// A vector of a result; what lies past the edge is not stored.
@group(0) @binding(1) var<storage, read_write> result: array<vec4<f32>>;

fn store(matrix: u32, row: u32, quad: u32, value: vec4<f32>) {
    if (row < TO_ROWS && quad < TO_QUADS) {
        result[(matrix * TO_ROWS + row) * TO_QUADS + quad] = value;
    }
}
