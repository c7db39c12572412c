// Softmax of each row: a workgroup per row, sums and maxima by a tree in workgroup memory.

override ROWS: u32 = 512u;
override COLUMNS: u32 = 1024u;
override LANES: u32 = 64u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

var<workgroup> shared_numbers: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let first = group.x * COLUMNS;
    var largest = -3.4e38;
    for (var column = lane; column < COLUMNS; column += LANES) {
        largest = max(largest, x[first + column]);
    }
    shared_numbers[lane] = largest;
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        if (lane < half) {
            shared_numbers[lane] = max(shared_numbers[lane], shared_numbers[lane + half]);
        }
        workgroupBarrier();
    }
    largest = shared_numbers[0];
    workgroupBarrier();
    var sum = 0.0;
    for (var column = lane; column < COLUMNS; column += LANES) {
        sum += exp(x[first + column] - largest);
    }
    shared_numbers[lane] = sum;
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        if (lane < half) {
            shared_numbers[lane] += shared_numbers[lane + half];
        }
        workgroupBarrier();
    }
    let scale = 1.0 / shared_numbers[0];
    for (var column = lane; column < COLUMNS; column += LANES) {
        y[first + column] = exp(x[first + column] - largest) * scale;
    }
}
