// What becomes of a sum before it is stored: where BIAS_RELU is 1, max(0, sum + bias). The bias lies in its
// filter's row at BIAS_AT.
fn finish(filter_index: u32, sum: Acc) -> Acc {
    if (BIAS_RELU == 1u) {
        return max(sum + Acc(lhs[(filter_index * LHS_PITCH + BIAS_AT) / 4u][BIAS_AT % 4u]), Acc());
    }
    return sum;
}
