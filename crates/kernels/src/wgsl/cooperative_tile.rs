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
    /// The entry point that loads from workgroup memory, where `stage` puts blocks of `block_k` units.
    pub(crate) fn generate_staged(self, block_k: u32) -> String {
        let Self { size, rows, columns } = self;
        let matrix = format!("coop_mat{size}x{size}");
        let mut text = String::from(
            "@compute @workgroup_size(THREADS, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) thread: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(subgroup_size) lanes: u32,
    @builtin(subgroup_invocation_id) lane: u32,
) {
    let block = min(linear_group(group), GROUPS - 1u);
    let first_quad = (block % TILES_N) * (BLOCK_N / 4u);
    let first_row = (block / TILES_N) % TILES_M * BLOCK_M;
    let batch = block / (TILES_N * TILES_M);
    let slot = min(subgroup, SLOTS - 1u) * (SIZE * SIZE);
    if (thread == 0u) {
        rounds = (lanes + 31u) / 32u;
    }
    workgroupBarrier();
    for (var round = 0u; round < rounds; round++) {
        let warp = round * (THREADS / lanes) + subgroup;
        let stores = warp < WARPS && linear_group(group) < GROUPS;
        let place = min(warp, WARPS - 1u);
        let row = place / (BLOCK_N / WARP_N) * WARP_M;
        let column = place % (BLOCK_N / WARP_N) * WARP_N;
",
        );
        let mut line = |depth: usize, line: String| {
            writeln!(text, "{:1$}{line}", "", 4 * depth).expect("writing to a String cannot fail");
        };
        for (i, j) in self.places() {
            line(2, format!("var s{i}_{j} = {matrix}<Acc, C>();"));
        }
        line(2, "for (var unit = 0u; unit < UNITS; unit += BLOCK_K) {".into());
        line(3, "stage(batch, first_row, first_quad, unit, thread);".into());
        line(3, "workgroupBarrier();".into());
        for k in (0..block_k).step_by(size as usize) {
            for i in 0..rows {
                let at = format!("(row + {}u) * PITCH + {k}u", i * size);
                line(
                    3,
                    format!("let a{k}_{i} = coopLoadT<{matrix}<Elem, A>>(&lhs_block[{at}], PITCH);"),
                );
            }
            for j in 0..columns {
                let at = format!("(column + {}u) * PITCH + {k}u", j * size);
                line(
                    3,
                    format!("let b{k}_{j} = coopLoad<{matrix}<Elem, B>>(&rhs_block[{at}], PITCH);"),
                );
                for i in 0..rows {
                    line(3, format!("s{i}_{j} = coopMultiplyAdd(a{k}_{i}, b{k}_{j}, s{i}_{j});"));
                }
            }
        }
        line(3, "workgroupBarrier();".into());
        line(2, "}".into());
        for (i, j) in self.places() {
            line(2, format!("coopStoreT(s{i}_{j}, &sums[slot], {size}u);"));
            line(2, "workgroupBarrier();".into());
            line(2, "if (stores) {".into());
            let place = format!(
                "first_row + row + {}u, first_quad + (column + {}u) / 4u",
                i * size,
                j * size
            );
            line(3, format!("store(slot, batch, {place}, lane, lanes);"));
            line(2, "}".into());
            line(2, "workgroupBarrier();".into());
        }
        text + "    }\n}\n"
    }

    /// Row and column of each matrix of sums.
    fn places(self) -> impl Iterator<Item = (u32, u32)> {
        (0..self.rows).flat_map(move |i| (0..self.columns).map(move |j| (i, j)))
    }

    /// The entry point that loads straight from storage.
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
        for (i, j) in self.places() {
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
        for (i, j) in self.places() {
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
