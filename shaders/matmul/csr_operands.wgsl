// A as compressed sparse rows: row r's numbers and their columns lie from offsets[r] up to offsets[r + 1]. B and the
// output as usual, their rows RHS_PITCH and OUT_PITCH long; with BIAS_RELU B's row after the last is the bias.
@group(0) @binding(0) var<storage, read> offsets: array<u32>;
@group(0) @binding(1) var<storage, read> columns: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<Elem>;
@group(0) @binding(3) var<storage, read> rhs: array<vec4<Elem>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<Out>>;

fn load_rhs4(batch: u32, unit: u32, quad: u32) -> vec4<Elem> {
    return rhs[(batch * UNITS + unit) * (RHS_PITCH / 4u) + quad];
}

fn store_out4(batch: u32, row: u32, quad: u32, value: vec4<Acc>) {
    let place = (batch * M + row) * (OUT_PITCH / 4u) + quad;
    if (BIAS_RELU) {
        out[place] = vec4<Out>(max(value + vec4<Acc>(load_rhs4(batch, UNITS, quad)), vec4<Acc>()));
    } else {
        out[place] = vec4<Out>(value);
    }
}
