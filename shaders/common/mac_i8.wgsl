// Multiply-accumulate on units of four packed i8: exact in i32.
fn mac(acc: Acc, a: Wide, b: Wide) -> Acc {
    return acc + dot4I8Packed(a, b);
}

fn mac4(acc: vec4<Acc>, a: Wide, b: vec4<Wide>) -> vec4<Acc> {
    return acc + vec4<Acc>(dot4I8Packed(a, b.x), dot4I8Packed(a, b.y), dot4I8Packed(a, b.z), dot4I8Packed(a, b.w));
}
