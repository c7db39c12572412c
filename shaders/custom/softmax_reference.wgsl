// Softmax of each row by one invocation, step by step: what softmax.wgsl is held against.

override ROWS: u32 = 512u;
override COLUMNS: u32 = 1024u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= ROWS) {
        return;
    }
    let first = id.x * COLUMNS;
    var largest = x[first];
    for (var column = 1u; column < COLUMNS; column++) {
        largest = max(largest, x[first + column]);
    }
    var sum = 0.0;
    for (var column = 0u; column < COLUMNS; column++) {
        sum += exp(x[first + column] - largest);
    }
    for (var column = 0u; column < COLUMNS; column++) {
        y[first + column] = exp(x[first + column] - largest) / sum;
    }
}
