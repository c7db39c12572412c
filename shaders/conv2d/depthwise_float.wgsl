// One channel per invocation.
alias Unit = Elem;
alias Stored = Out;
alias Lanes = Acc;

const PACKED: bool = false;

fn lanes(unit: Elem) -> Acc {
    return Acc(unit);
}

fn fused(a: Acc, b: Acc, sum: Acc) -> Acc {
    return fma(a, b, sum);
}

fn store(channel: u32, place: u32, sum: Acc) {
    out[place] = Out(finish(channel, sum));
}
