// Words in vectors of four, and two coefficients that no compiler can fold because they are read.
@group(0) @binding(0) var<storage, read> words: array<vec4<Elem>>;
@group(0) @binding(1) var<storage, read> coefficients: array<Elem>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<Out>>;

fn load(index: u32) -> vec4<Acc> {
    if (index >= QUADS) {
        return vec4<Acc>();
    }
    return vec4<Acc>(words[index]);
}

fn store(index: u32, value: vec4<Acc>) {
    if (index < QUADS) {
        out[index] = vec4<Out>(value);
    }
}
