// a·x + b. WGSL lets a device compute fma() with two roundings; the error bound allows both.
fn step(x: vec4<Acc>, a: Acc, b: Acc) -> vec4<Acc> {
    return fma(vec4<Acc>(a), x, vec4<Acc>(b));
}
