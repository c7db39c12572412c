// The four blocks of each result out of Strassen's seven products. What lies past the edge is not stored. One
// invocation per vector of a block.
@group(0) @binding(0) var<storage, read> products: array<vec4<f32>>;

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
    let first = 7u * matrix * block + index % block;
    let p1 = products[first];
    let p2 = products[first + block];
    let p3 = products[first + 2u * block];
    let p4 = products[first + 3u * block];
    let p5 = products[first + 4u * block];
    let p6 = products[first + 5u * block];
    let p7 = products[first + 6u * block];
    store(matrix, row, quad, p1 + p4 - p5 + p7);
    store(matrix, row, BLOCK_QUADS + quad, p3 + p5);
    store(matrix, BLOCK_ROWS + row, quad, p2 + p4);
    store(matrix, BLOCK_ROWS + row, BLOCK_QUADS + quad, p1 + p3 - p2 + p6);
}
