// A vector of the output with the bias, which is the right operand's row BIAS_ROW, then ReLU; what lies past the edge is
// not stored.
@group(0) @binding(1) var<storage, read> rhs: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4<f32>>;

fn store(matrix: u32, row: u32, quad: u32, value: vec4<f32>) {
    if (row < TO_ROWS && quad < TO_QUADS) {
        let biased = value + rhs[BIAS_ROW * TO_QUADS + quad];
        result[(matrix * TO_ROWS + row) * TO_QUADS + quad] = max(biased, vec4<f32>());
    }
}
