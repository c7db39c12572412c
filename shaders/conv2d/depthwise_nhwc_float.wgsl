// Four neighbouring channels per invocation, a vector in memory.
alias Unit = vec4<Elem>;
alias Lanes = vec4<Acc>;
alias Stored = vec4<Out>;

fn lanes(unit: Unit) -> Lanes {
    return Lanes(unit);
}

fn fused(a: Lanes, b: Lanes, sum: Lanes) -> Lanes {
    return fma(a, b, sum);
}

fn store(quad: u32, place: u32, sum: Lanes) {
    out[place] = Stored(finish4(quad, sum));
}
