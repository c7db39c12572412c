// max(x, 0)².
fn step(x: vec4<Acc>, a: Acc, b: Acc) -> vec4<Acc> {
    let positive = max(x, vec4<Acc>());
    return positive * positive;
}
