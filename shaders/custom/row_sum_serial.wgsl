// The sum of each row by one invocation: neighbours read numbers that lie a row apart.

override ROWS: u32 = 512u;
override COLUMNS: u32 = 1024u;
override LANES: u32 = 64u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= ROWS) {
        return;
    }
    var sum = 0.0;
    for (var column = 0u; column < COLUMNS; column++) {
        sum += x[id.x * COLUMNS + column];
    }
    sums[id.x] = sum;
}
