// Multiply-accumulate on units of four i8 without a packed dot product: unpacked, multiplied and added one by one.
fn mac(acc: Acc, a: Wide, b: Wide) -> Acc {
    let x = unpack4xI8(a);
    let y = unpack4xI8(b);
    return acc + x.x * y.x + x.y * y.y + x.z * y.z + x.w * y.w;
}

fn mac4(acc: vec4<Acc>, a: Wide, b: vec4<Wide>) -> vec4<Acc> {
    return vec4<Acc>(mac(acc.x, a, b.x), mac(acc.y, a, b.y), mac(acc.z, a, b.z), mac(acc.w, a, b.w));
}
