// x plus the dot product of its bytes with those of a: each product depends on the one before.
fn step(x: vec4<Acc>, a: Acc, b: Acc) -> vec4<Acc> {
    let factor = bitcast<u32>(a);
    let bytes = bitcast<vec4<u32>>(x);
    return x + vec4<Acc>(dot4I8Packed(bytes.x, factor), dot4I8Packed(bytes.y, factor), dot4I8Packed(bytes.z, factor), dot4I8Packed(bytes.w, factor));
}
