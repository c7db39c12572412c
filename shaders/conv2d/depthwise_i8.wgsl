// Four neighbouring channels per invocation, as they lie in a unit. Exact in i32.
alias Unit = Elem;
alias Stored = Out;
alias Lanes = vec4<i32>;

const PACKED: bool = true;

fn lanes(unit: Elem) -> vec4<i32> {
    return unpack4xI8(unit);
}

fn fused(a: vec4<i32>, b: vec4<i32>, sum: vec4<i32>) -> vec4<i32> {
    return a * b + sum;
}

fn store(channel: u32, place: u32, sum: vec4<i32>) {
    out[place] = sum.x;
    if (channel + 1u < FILTERS) {
        out[place + PIXELS] = sum.y;
    }
    if (channel + 2u < FILTERS) {
        out[place + 2u * PIXELS] = sum.z;
    }
    if (channel + 3u < FILTERS) {
        out[place + 3u * PIXELS] = sum.w;
    }
}
