//! Generated WGSL for a tile of sums in registers. naga emits no counted loops that drivers unroll, and `override`
//! cannot size an array of registers, so every register has a name and every step is written out.

use std::fmt::Write;

/// `rows` × `quads`·4 sums per invocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RegisterTile {
    /// Rows of the tile.
    pub(crate) rows: u32,
    /// Columns of the tile, in vectors of four.
    pub(crate) quads: u32,
}

impl RegisterTile {
    /// `struct Tile` and `store_tile`, which leaves out what lies past the edge where the flags say there is one.
    pub(crate) fn declare(self) -> String {
        self.declare_at(|i| format!("{i}u"), |j| format!("{j}u"))
    }

    /// The same for a tile that lies in strips: four rows, then the next four `LANES_M` quads further; so the columns.
    pub(crate) fn declare_strided(self) -> String {
        self.declare_at(
            |i| format!("{}u * LANES_M + {}u", i / 4 * 4, i % 4),
            |j| format!("{j}u * LANES_N"),
        )
    }

    /// The same with the rows and columns, in vectors of four, at these places.
    pub(crate) fn declare_at(self, row: impl Fn(u32) -> String, quad: impl Fn(u32) -> String) -> String {
        let mut text = String::from("struct Tile {\n");
        self.each(|i, j| writeln!(text, "    s{i}_{j}: vec4<Acc>,"));
        text.push_str("}\n\nfn store_tile(tile: ptr<function, Tile>, batch: u32, row: u32, quad: u32) {\n");
        self.each(|i, j| {
            let (i_at, j_at) = (row(i), quad(j));
            writeln!(
                text,
                "    if ((!GUARD_M || row + {i_at} < M) && (!GUARD_N || quad + {j_at} < QUADS_N)) {{ \
                 store_out4(batch, row + {i_at}, quad + {j_at}, (*tile).s{i}_{j}); }}"
            )
        });
        text.push_str("}\n");
        text
    }

    /// `multiply` and `multiply_tail`, which take four units (or the last `units % 4`) straight from global memory.
    pub(crate) fn multiply_from_global(self, units: u32) -> String {
        let arguments = "tile: ptr<function, Tile>, batch: u32, first_row: u32, first_quad: u32";
        let mut text = String::new();
        for (name, steps, quad) in [
            (format!("multiply({arguments}, quad: u32)"), 4, "quad".to_string()),
            (
                format!("multiply_tail({arguments})"),
                units % 4,
                format!("{}u", units / 4),
            ),
        ] {
            writeln!(text, "fn {name} {{").expect("writing to a String cannot fail");
            if steps > 0 {
                for i in 0..self.rows {
                    let row = clamp(&format!("first_row + {i}u"), "M", "GUARD_M");
                    push(
                        &mut text,
                        format!("let a{i} = vec4<Wide>(load_lhs4(batch, {row}, {quad}));"),
                    );
                }
            }
            for step in 0..steps {
                for j in 0..self.quads {
                    let column = clamp(&format!("first_quad + {j}u"), "QUADS_N", "GUARD_N");
                    push(
                        &mut text,
                        format!("let b{step}_{j} = vec4<Wide>(load_rhs4(batch, {quad} * 4u + {step}u, {column}));"),
                    );
                }
            }
            self.multiply_steps(steps, &mut text);
            text.push_str("}\n");
        }
        text
    }

    /// A function that takes so many numbers of a sparse row; the columns lie `LANES` vectors apart.
    pub(crate) fn multiply_sparse(self, name: &str, unroll: u32) -> String {
        let mut text = format!("fn {name}(tile: ptr<function, Tile>, batch: u32, first_quad: u32, first: u32) {{\n");
        for step in 0..unroll {
            push(&mut text, format!("let a{step} = Wide(values[first + {step}u]);"));
            push(&mut text, format!("let unit{step} = columns[first + {step}u];"));
        }
        for j in 0..self.quads {
            push(&mut text, format!("let quad{j} = first_quad + {j}u * LANES;"));
            push(&mut text, format!("if (!GUARD_N || quad{j} < QUADS_N) {{"));
            for step in 0..unroll {
                let sum = format!("(*tile).s0_{j}");
                let b = format!("vec4<Wide>(load_rhs4(batch, unit{step}, quad{j}))");
                push(&mut text, format!("    {sum} = mac4({sum}, a{step}, {b});"));
            }
            push(&mut text, "}".into());
        }
        text + "}\n"
    }

    /// The sums of so many steps, from `a{row}` and `b{step}_{quad}`. Sum by sum: a CPU, whose registers do not hold the
    /// tile, then fetches each sum once for all steps.
    pub(crate) fn multiply_steps(self, steps: u32, text: &mut String) {
        for i in 0..self.rows {
            for j in 0..self.quads {
                for (step, lane) in LANES.iter().enumerate().take(steps as usize) {
                    push(
                        text,
                        format!("(*tile).s{i}_{j} = mac4((*tile).s{i}_{j}, a{i}.{lane}, b{step}_{j});"),
                    );
                }
            }
        }
    }

    /// `multiply`, which takes `unroll` units from the blocks in workgroup memory.
    pub(crate) fn multiply_from_blocks(self, unroll: u32) -> String {
        let mut text = String::from("fn multiply(tile: ptr<function, Tile>, first: u32, local: vec3<u32>) {\n");
        for step in 0..unroll {
            for i in 0..self.rows {
                push(
                    &mut text,
                    format!(
                        "let a{step}_{i} = Wide(lhs_block[(first + {step}u) * BLOCK_M + local.y * TILE_M + {i}u]);"
                    ),
                );
            }
            for j in 0..self.quads {
                push(
                    &mut text,
                    format!(
                        "let b{step}_{j} = vec4<Wide>(rhs_block[(first + {step}u) * (BLOCK_N / 4u) + local.x * \
                         (TILE_N / 4u) + {j}u]);"
                    ),
                );
            }
            self.rank_one(&mut text, |i| format!("a{step}_{i}"), |j| format!("b{step}_{j}"));
        }
        text.push_str("}\n");
        text
    }

    /// The rank-one update of all sums.
    pub(crate) fn rank_one(self, text: &mut String, lhs: impl Fn(u32) -> String, rhs: impl Fn(u32) -> String) {
        self.each(|i, j| {
            writeln!(
                text,
                "    (*tile).s{i}_{j} = mac4((*tile).s{i}_{j}, {}, {});",
                lhs(i),
                rhs(j)
            )
        });
    }

    fn each(self, mut write: impl FnMut(u32, u32) -> std::fmt::Result) {
        for i in 0..self.rows {
            for j in 0..self.quads {
                write(i, j).expect("writing to a String cannot fail");
            }
        }
    }
}

const LANES: [char; 4] = ['x', 'y', 'z', 'w'];

fn push(text: &mut String, line: String) {
    text.push_str("    ");
    text.push_str(&line);
    text.push('\n');
}

/// An index that stays below `limit` where the constant `guard` says that it might not.
pub(crate) fn clamp(index: &str, limit: &str, guard: &str) -> String {
    format!("select({index}, min({index}, {limit} - 1u), {guard})")
}
