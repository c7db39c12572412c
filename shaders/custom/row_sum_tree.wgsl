// The sum of each row by a workgroup: neighbours read neighbours, and a tree in workgroup memory adds up what they found.

override ROWS: u32 = 512u;
override COLUMNS: u32 = 1024u;
override LANES: u32 = 64u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

var<workgroup> parts: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    var part = 0.0;
    for (var column = lane; column < COLUMNS; column += LANES) {
        part += x[group.x * COLUMNS + column];
    }
    parts[lane] = part;
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        if (lane < half) {
            parts[lane] += parts[lane + half];
        }
        workgroupBarrier();
    }
    if (lane == 0u) {
        sums[group.x] = parts[0];
    }
}
