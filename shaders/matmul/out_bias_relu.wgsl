// Output, row by row, with a fused epilogue: the bias, which is the right operand's row after the last, then ReLU.
@group(0) @binding(2) var<storage, read_write> out: array<Out>;

fn store_out(batch: u32, row: u32, column: u32, value: Acc) {
    let biased = value + Acc(load_rhs(batch, UNITS, column));
    out[(batch * M + row) * OUT_PITCH + column] = Out(max(biased, Acc()));
}
