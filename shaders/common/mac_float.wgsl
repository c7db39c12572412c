// Multiply-accumulate on floats. WGSL lets a device compute fma() with two roundings; the error bound allows both.
fn mac(acc: Acc, a: Wide, b: Wide) -> Acc {
    return fma(a, b, acc);
}

fn mac4(acc: vec4<Acc>, a: Wide, b: vec4<Wide>) -> vec4<Acc> {
    return fma(vec4<Acc>(a), b, acc);
}
