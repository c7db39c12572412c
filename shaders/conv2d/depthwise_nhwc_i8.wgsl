// Four neighbouring channels per invocation, a unit in memory. Exact in i32.
alias Unit = Elem;
alias Lanes = vec4<i32>;
alias Stored = vec4<Out>;

fn lanes(unit: Unit) -> Lanes {
    return unpack4xI8(unit);
}

fn fused(a: Lanes, b: Lanes, sum: Lanes) -> Lanes {
    return a * b + sum;
}

fn store(quad: u32, place: u32, sum: Lanes) {
    out[place] = sum;
}
