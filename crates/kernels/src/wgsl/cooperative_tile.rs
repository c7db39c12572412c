//! Generated WGSL for several cooperative matrices of sums per subgroup: they cannot be array elements that a loop
//! indexes, so each has a name and each product is written out.

use std::fmt::Write;

/// `rows` × `columns` matrices of `size`×`size` sums.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CooperativeTile {
    pub(crate) size: u32,
    pub(crate) rows: u32,
    pub(crate) columns: u32,
}

impl CooperativeTile {
    /// The entry point.
    pub(crate) fn generate(self) -> String {
        let Self { size, rows, columns } = self;
        let matrix = format!("coop_mat{size}x{size}");
        let mut text = String::from(
            "@compute @workgroup_size(WORKGROUP_X, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(subgroup_size) lanes: u32,
    @builtin(subgroup_invocation_id) lane: u32,
) {
    let block = min(linear_group(group), BLOCKS - 1u);
    let stores = subgroup == 0u && linear_group(group) < BLOCKS;
    let lhs_base = lhs_start(block);
    let rhs_base = rhs_start(block);
    let out_base = out_start(block);
",
        );
        let mut line = |depth: usize, line: String| {
            writeln!(text, "{:1$}{line}", "", 4 * depth).expect("writing to a String cannot fail");
        };
        let sums = || (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j)));
        for (i, j) in sums() {
            line(1, format!("var s{i}_{j} = {matrix}<Acc, C>();"));
        }
        // A multiple by construction: drivers use vector loads only where they can see the alignment.
        line(1, format!("for (var step = 0u; step < PADDED_K / {size}u; step++) {{"));
        line(2, format!("let k = step * {size}u;"));
        for i in 0..rows {
            line(
                2,
                format!(
                    "let a{i} = coopLoadT<{matrix}<Elem, A>>(&lhs[lhs_base + {}u * LHS_ROW + k * LHS_K], LHS_STRIDE);",
                    i * size
                ),
            );
        }
        for j in 0..columns {
            line(
                2,
                format!(
                    "let b{j} = coopLoad<{matrix}<Elem, B>>(&rhs[rhs_base + {}u * RHS_COLUMN + k * RHS_K], RHS_STRIDE);",
                    j * size
                ),
            );
            for i in 0..rows {
                line(2, format!("s{i}_{j} = coopMultiplyAdd(a{i}, b{j}, s{i}_{j});"));
            }
        }
        line(1, "}".into());
        line(1, "let slot = min(subgroup, SLOTS - 1u) * (SIZE * SIZE);".into());
        for (i, j) in sums() {
            line(1, format!("coopStoreT(s{i}_{j}, &sums[slot], {size}u);"));
            line(1, "workgroupBarrier();".into());
            line(
                1,
                format!(
                    "if (stores) {{ store(out_base + {}u * OUT_PITCH + {}u, lane, lanes); }}",
                    i * size,
                    j * size
                ),
            );
            line(1, "workgroupBarrier();".into());
        }
        text + "}\n"
    }
}
