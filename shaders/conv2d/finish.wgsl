// What becomes of a sum before it is stored: where BIAS_RELU is 1, max(0, sum + bias). The bias lies behind its filter's
// taps.
fn finish(filter_index: u32, sum: Acc) -> Acc {
    if (BIAS_RELU == 1u) {
        return max(sum + Acc(weights[filter_index * LHS_PITCH + TAPS]), Acc());
    }
    return sum;
}
