//! The peak of cooperative matrices: each tile of the words multiplied by itself again and again, the products added up.

use crate::algorithm::called;
use std::fmt::Write;

use super::chain;
use crate::algorithm::Algorithm;
use crate::cost::Cost;
use crate::device::Cooperative;
use crate::gemm::cooperative_supports;
use crate::layout::Layout;
use crate::op::Op;
use crate::plan::Plan;
use crate::plan::{BufferSpec, Pass, Role, fold_grid};
use crate::precision::Precision;
use crate::problem::Problem;
use crate::problem::{Chain, Function};
use crate::unsupported::Unsupported;
use crate::variant::Variant;
use crate::wgsl::{Prelude, compose, shader};
use joulemark_base::device_class::DeviceClass;

pub(super) struct CoopChain;

/// Invocations per workgroup, and numbers of a matrix that a lane holds at most: as for matmul's cooperative kernel.
const INVOCATIONS: u32 = 32;
const NUMBERS_PER_LANE: u32 = 8;

/// `tiles` per subgroup, whose sums do not wait for each other; `unroll` steps in the text.
fn variant(size: u32, tiles: u32, unroll: u32) -> Variant {
    Variant::new(&[("size", size), ("tiles", tiles), ("unroll", unroll)])
}

/// Words padded to what whole subgroups take.
fn padded(chain: &Chain, variant: &Variant) -> u64 {
    u64::from(chain.words).next_multiple_of(u64::from(Chain::TILE * Chain::TILE * variant.get("tiles")))
}

impl Algorithm for CoopChain {
    called!(
        Op::Calibration,
        "coop_chain",
        "products of 16×16 tiles of words by cooperative matrices, added up: the peak of tensor cores"
    );

    fn variants(&self, _precision: Precision) -> Vec<Variant> {
        [(16, 8, 8), (16, 4, 16), (8, 4, 4), (8, 1, 1)]
            .map(|(size, tiles, unroll)| variant(size, tiles, unroll))
            .to_vec()
    }

    fn default_variant(&self, precision: Precision, class: DeviceClass) -> Variant {
        match class {
            DeviceClass::Cpu => variant(8, 1, 1),
            _ => self.variants(precision).swap_remove(0),
        }
    }

    fn supports(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Result<(), Unsupported> {
        let chain = chain(problem);
        if chain.function != Function::Coop {
            return Err(Unsupported::new(format!(
                "coop_chain does not compute {}",
                chain.function.name()
            )));
        }
        cooperative_supports(precision)?;
        if precision != Precision::F16 {
            return Err(Unsupported::new(
                "so many products added up in f16 are right within no bound: coop_chain is for f16 with f32 sums",
            ));
        }
        let [size, tiles, unroll] = ["size", "tiles", "unroll"].map(|name| variant.get(name));
        if ![8, 16].contains(&size) || !(1..=16).contains(&tiles) || !(1..=64).contains(&unroll) {
            return Err(Unsupported::new(format!(
                "{variant}: size must be 8 or 16, tiles 1 to 16, unroll 1 to 64"
            )));
        }
        if padded(chain, variant) > u64::from(u32::MAX) {
            return Err(Unsupported::new("so many words cannot be indexed in 32 bits"));
        }
        Ok(())
    }

    fn cooperative(&self, precision: Precision, variant: &Variant) -> Option<Cooperative> {
        Some(Cooperative {
            size: variant.get("size"),
            input: precision.input(),
            sum: precision.accumulator(),
        })
    }

    fn plan(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Plan {
        let chain = chain(problem);
        let words = padded(chain, variant) as u32;
        let layout = |words: u32, padded: u32| Layout {
            spatial_pitch: padded,
            row_pitch: padded,
            ..Layout::dense(1, 1, words, 1)
        };
        let buffers = vec![
            BufferSpec::new("X", Role::Input(0), precision.input(), layout(chain.words, words)),
            BufferSpec::new("C", Role::Input(1), precision.input(), layout(2, 4)),
            BufferSpec::new("Y", Role::Output, precision.output(), layout(chain.words, words)),
        ];
        let [size, tiles] = ["size", "tiles"].map(|name| variant.get(name));
        let groups = words / (Chain::TILE * Chain::TILE * tiles);
        let grid = fold_grid(groups.into());
        let slots = INVOCATIONS * NUMBERS_PER_LANE / (size * size);
        let prelude = Prelude::new(precision)
            .enable("enable wgpu_cooperative_matrix;\n")
            .numbers(&[("GROUPS", groups), ("GRID_X", grid[0]), ("SLOTS", slots)])
            .numbers(&[("TILE", Chain::TILE), ("WORKGROUP", INVOCATIONS)])
            .variant(variant);
        let pass = Pass::new(
            self.name(),
            compose(
                &prelude,
                &[shader!("calibration/coop_chain.wgsl"), &body(chain.steps, variant)],
            ),
            grid,
            vec![0, 2],
        );
        Plan::of(buffers, pass)
    }

    /// Padding is multiplied like the rest. Each word is loaded as part of a left and of a right factor.
    fn cost(&self, problem: &Problem, precision: Precision, variant: &Variant) -> Cost {
        let chain = chain(problem);
        let words = padded(chain, variant);
        Cost::new(
            problem,
            precision,
            chain.function.operations() * u64::from(chain.steps) * words,
            words * (2 * precision.input().bytes() + precision.output().bytes()),
        )
    }
}

/// `main`: loads each tile as left and as right factors, multiplies them in every step, stores the sums.
fn body(steps: u32, variant: &Variant) -> String {
    let [size, tiles, unroll] = ["size", "tiles", "unroll"].map(|name| variant.get(name));
    let matrix = format!("coop_mat{size}x{size}");
    let side = Chain::TILE / size;
    let places = || (0..tiles).flat_map(|t| (0..side).flat_map(move |i| (0..side).map(move |j| (t, i, j))));
    let at = |t: u32, i: u32, j: u32| t * Chain::TILE * Chain::TILE + i * size * Chain::TILE + j * size;
    let mut text = String::from(
        "@compute @workgroup_size(WORKGROUP, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(subgroup_size) lanes: u32,
    @builtin(subgroup_invocation_id) lane: u32,
) {
    let first = min(linear_group(group), GROUPS - 1u) * (TILES * TILE * TILE);
    let stores = subgroup == 0u && linear_group(group) < GROUPS;
    let slot = min(subgroup, SLOTS - 1u) * (SIZE * SIZE);
",
    );
    for (t, i, j) in places() {
        let at = at(t, i, j);
        let _ = write!(
            text,
            "    let a{t}_{i}_{j} = coopLoadT<{matrix}<Elem, A>>(&words[first + {at}u], TILE);
    let b{t}_{i}_{j} = coopLoadT<{matrix}<Elem, B>>(&words[first + {at}u], TILE);
    var s{t}_{i}_{j} = {matrix}<Acc, C>();
"
        );
    }
    let step = |text: &mut String, indent: &str| {
        for k in 0..side {
            for (t, i, j) in places() {
                let _ = writeln!(
                    text,
                    "{indent}s{t}_{i}_{j} = coopMultiplyAdd(a{t}_{i}_{k}, b{t}_{k}_{j}, s{t}_{i}_{j});"
                );
            }
        }
    };
    let (rounds, rest) = (steps / unroll, steps % unroll);
    if rounds > 0 {
        let _ = writeln!(text, "    for (var round = 0u; round < {rounds}u; round++) {{");
        (0..unroll).for_each(|_| step(&mut text, "        "));
        text += "    }\n";
    }
    (0..rest).for_each(|_| step(&mut text, "    "));
    for (t, i, j) in places() {
        let at = at(t, i, j);
        let _ = write!(
            text,
            "    coopStoreT(s{t}_{i}_{j}, &sums[slot], SIZE);
    workgroupBarrier();
    if (stores) {{
        store(slot, first + {at}u, lane, lanes);
    }}
    workgroupBarrier();
"
        );
    }
    text + "}\n"
}
