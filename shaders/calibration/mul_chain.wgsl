// a·x.
fn step(x: vec4<Acc>, a: Acc, b: Acc) -> vec4<Acc> {
    return x * a;
}
