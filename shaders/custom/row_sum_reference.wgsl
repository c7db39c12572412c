// The sum of each row with Kahan's compensation: what both versions are held against.

override ROWS: u32 = 512u;
override COLUMNS: u32 = 1024u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= ROWS) {
        return;
    }
    var sum = 0.0;
    var lost = 0.0;
    for (var column = 0u; column < COLUMNS; column++) {
        let term = x[id.x * COLUMNS + column] - lost;
        let next = sum + term;
        lost = (next - sum) - term;
        sum = next;
    }
    sums[id.x] = sum;
}
