// What becomes of the sums of four filters before they are stored: where BIAS_RELU is 1, max(0, sum + bias). The biases lie
// behind the last tap.
fn finish4(quad: u32, sum: vec4<Acc>) -> vec4<Acc> {
    if (BIAS_RELU == 1u) {
        return max(sum + vec4<Acc>(weights[BIAS_QUAD + quad]), vec4<Acc>());
    }
    return sum;
}
