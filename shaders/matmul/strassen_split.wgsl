// Seven factors of Strassen's product out of the four blocks of each matrix: of A if LEFT, else of B. What lies past
// the edge counts as zero. One invocation per vector of a block.
@group(0) @binding(1) var<storage, read_write> factors: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP_X, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let index = linear_group(group) * WORKGROUP_X + local.x;
    let block = BLOCK_ROWS * BLOCK_QUADS;
    let matrix = index / block;
    if (matrix >= COUNT) {
        return;
    }
    let row = index % block / BLOCK_QUADS;
    let quad = index % BLOCK_QUADS;
    let x11 = load(matrix, row, quad);
    let x12 = load(matrix, row, BLOCK_QUADS + quad);
    let x21 = load(matrix, BLOCK_ROWS + row, quad);
    let x22 = load(matrix, BLOCK_ROWS + row, BLOCK_QUADS + quad);
    let first = 7u * matrix * block + index % block;
    factors[first] = x11 + x22;
    if (LEFT) {
        factors[first + block] = x21 + x22;
        factors[first + 2u * block] = x11;
        factors[first + 3u * block] = x22;
        factors[first + 4u * block] = x11 + x12;
        factors[first + 5u * block] = x21 - x11;
        factors[first + 6u * block] = x12 - x22;
    } else {
        factors[first + block] = x11;
        factors[first + 2u * block] = x12 - x22;
        factors[first + 3u * block] = x21 - x11;
        factors[first + 4u * block] = x22;
        factors[first + 5u * block] = x11 + x12;
        factors[first + 6u * block] = x21 + x22;
    }
}
