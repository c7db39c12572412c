//! What each plan really does, without a GPU: the right result, inside its buffers, without races, and with the counts
//! that `cost` claims. The counts come from executing the plan's WGSL, and from nothing in `cost`.

mod interpreter;

use interpreter::{Counts, execute};
use joulemark_base::device_class::DeviceClass;
use joulemark_kernels::layout::Layout;
use joulemark_kernels::plan::{BufferSpec, Pass, Role};
use joulemark_kernels::reference::{Magnitudes, verify};
use joulemark_kernels::{
    Algorithm, DeviceProfile, Distribution, Element, Matmul, Op, Plan, Precision, Problem, Tensor, Variant, catalogue,
    prepare,
};

/// Sizes that every vector and tile of the listed variants divides or that leave whole tiles out.
const EVEN: [&str; 4] = ["16x32x16", "2b16x16x32tatb", "32x8x32", "16x16x16relu"];

/// Sizes with tails on each axis.
const RAGGED: [&str; 6] = ["1x1x1", "19x23x9", "2b5x7x33", "7x6x9tatb", "5x7x33relu", "3x2x70tb"];

const SUBGROUP: usize = 32;

/// WebGPU's limits with more workgroup memory.
fn device() -> DeviceProfile {
    DeviceProfile {
        max_workgroup_storage_bytes: 48 << 10,
        ..DeviceProfile::portable(DeviceClass::Discrete)
    }
}

/// Executes a case with subgroups of this size, or gives `None` if it is refused.
fn run(
    algorithm: &dyn Algorithm,
    problem: &Problem,
    precision: Precision,
    variant: &Variant,
    subgroup: usize,
) -> Option<Counts> {
    let plan = prepare(algorithm, problem, precision, variant, &device()).ok()?;
    let case = format!("{algorithm}/{precision}/{problem} {variant}");
    let inputs = Distribution::described_by(variant).inputs(problem, precision.input(), 7);
    let inputs = [&inputs[0], &inputs[1]];
    let (output, counts) =
        execute(&plan, precision, inputs, subgroup).unwrap_or_else(|fault| panic!("{case}: {fault}"));
    let bound = algorithm.error_bound(problem, precision, variant, &Magnitudes::of(precision, inputs));
    let check =
        verify(problem, precision, inputs, &output, &bound, 7).unwrap_or_else(|wrong| panic!("{case}: {wrong}"));
    assert!(check.whole, "{case} is too large to be compared whole");
    Some(counts)
}

/// Holds what a matmul does against its cost. Ragged sizes are padded to whole vectors and tiles: `bytes_model` leaves
/// the padding out, so that the truth lies between the model of this problem and that of the padded one.
fn hold(algorithm: &dyn Algorithm, problem: &Problem, precision: Precision, variant: &Variant) -> bool {
    let Some(counts) = run(algorithm, problem, precision, variant, SUBGROUP) else {
        return false;
    };
    let Problem::Matmul(size) = *problem else {
        unreachable!()
    };
    let case = format!("{algorithm}/{precision}/{problem} {variant}");
    let cost = algorithm.cost(problem, precision, variant);
    assert_eq!(counts.operations, cost.ops_executed, "{case}: operations");
    // The largest register tiles have 16 rows or columns, vectors four units; strassen halves sizes on each level.
    let value = |wanted: &str| {
        variant
            .iter()
            .find(|(name, _)| *name == wanted)
            .map_or(0, |(_, value)| value)
    };
    let levels = value("levels");
    // Where lanes hand numbers round none may leave: whole blocks are fetched.
    let [block_m, block_n] = match value("tile_n") * value("lanes") {
        0 => [16 << levels; 2],
        block_n => [value("tile_m"), block_n],
    };
    let padded = Problem::Matmul(Matmul {
        m: size.m.next_multiple_of(block_m),
        n: size.n.next_multiple_of(block_n),
        k: size.k.next_multiple_of((4 * precision.interleave()) << levels),
        ..size
    });
    // As `gemv` takes at most 8 columns, padding never leaves what an algorithm supports.
    let rank = format!("rank={}", value("rank").next_multiple_of(16));
    let variant = variant.with(&rank).unwrap_or(variant.clone());
    let most = algorithm.cost(&padded, precision, &variant).bytes_model;
    assert!(
        (cost.bytes_model..=most).contains(&counts.bytes),
        "{case}: {} bytes, modelled {} to {most}",
        counts.bytes,
        cost.bytes_model
    );
    true
}

fn matmuls() -> impl Iterator<Item = &'static dyn Algorithm> {
    catalogue::all().filter(|algorithm| algorithm.op() == Op::Matmul)
}

#[test]
fn matmul_costs_are_what_is_executed() {
    let mut held = 0;
    for algorithm in matmuls() {
        for (turn, text) in EVEN.iter().chain(&RAGGED).enumerate() {
            let class = [DeviceClass::Discrete, DeviceClass::Cpu][turn % 2];
            let problem = text.parse().unwrap();
            let supported = |precision: &Precision| {
                let variant = algorithm.default_variant(*precision, class);
                algorithm.supports(&problem, *precision, &variant).is_ok()
            };
            let precisions: Vec<_> = Precision::ALL.into_iter().filter(supported).collect();
            for (number, &precision) in precisions.iter().enumerate() {
                // The large tiles of discrete GPUs take long here: one precision by turns.
                if class == DeviceClass::Discrete && number != turn / 2 % precisions.len() {
                    continue;
                }
                let variant = algorithm.default_variant(precision, class);
                held += usize::from(hold(algorithm, &problem, precision, &variant));
            }
        }
    }
    assert!(held >= 150, "only {held} cases were held");
}

#[test]
fn every_matmul_variant_costs_what_it_executes() {
    let mut held = 0;
    for algorithm in matmuls() {
        for precision in Precision::ALL {
            let turn = Precision::ALL.iter().position(|other| *other == precision).unwrap();
            for variant in algorithm.variants(precision).iter().skip(turn % 2).step_by(2) {
                for text in ["16x16x16", "9x10x11", "9x10x11relu"] {
                    held += usize::from(hold(algorithm, &text.parse().unwrap(), precision, variant));
                }
            }
        }
    }
    assert!(held >= 150, "only {held} cases were held");
}

/// Weights of each density and operands of each rank, with ragged sizes, transposed operands, bias and batches among them.
#[test]
fn structured_inputs_cost_what_is_executed() {
    let mut held = 0;
    for (name, input) in [
        ("csr", "uniform"),
        ("csr", "pruned50"),
        ("csr", "pruned7"),
        ("csr", "pruned1"),
        ("low_rank", "rank1"),
        ("low_rank", "rank4"),
        ("low_rank", "rank7"),
    ] {
        let algorithm = catalogue::find(Op::Matmul, name).unwrap();
        let input: Distribution = input.parse().unwrap();
        for text in [
            "16x32x16",
            "9x70x33",
            "3b5x7x18ta",
            "2b7x9x8tb",
            "7x40x21relu",
            "1x11x64",
        ] {
            for precision in Precision::ALL {
                let variants = algorithm.variants(precision);
                let variant = input.describe(variants[held % variants.len()].clone());
                held += usize::from(hold(algorithm, &text.parse().unwrap(), precision, &variant));
            }
        }
    }
    assert!(held >= 60, "only {held} cases were held");
}

/// Data that have not the form for which a plan was made never reach a device.
#[test]
fn plans_refuse_data_of_another_form() {
    let problem: Problem = "8x9x10".parse().unwrap();
    for (name, wanted, other, reason) in [
        (
            "csr",
            "pruned20",
            "uniform",
            "80 numbers that are not 0, and the kernel has room for 16",
        ),
        ("csr", "pruned20", "pruned30", "24 numbers that are not 0"),
        (
            "low_rank",
            "rank3",
            "uniform",
            "B is not its first 3 columns times its first 3 rows",
        ),
        ("low_rank", "rank3", "rank4", "inputs such as `rank3`"),
    ] {
        let algorithm = catalogue::find(Op::Matmul, name).unwrap();
        let default = algorithm.default_variant(Precision::F32, DeviceClass::Cpu);
        let variant = wanted.parse::<Distribution>().unwrap().describe(default);
        let plan = prepare(algorithm, &problem, Precision::F32, &variant, &device()).unwrap();
        let upload = |input: &str| {
            let inputs = input.parse::<Distribution>().unwrap().inputs(&problem, Element::F32, 7);
            let bytes = plan
                .buffers
                .iter()
                .map(|buffer| buffer.upload(&[&inputs[0], &inputs[1]]));
            bytes.collect::<Result<Vec<_>, _>>()
        };
        assert!(upload(wanted).is_ok());
        let refusal = upload(other).unwrap_err().to_string();
        assert!(refusal.contains(reason), "{name} with {wanted} on {other}: `{refusal}`");
    }
}

/// Two invocations, a buffer of four numbers and two in workgroup memory.
fn faulty(body: &str) -> Result<(Tensor, Counts), String> {
    let buffer = |label, role| BufferSpec::new(label, role, Element::F32, Layout::dense(1, 1, 4, 1));
    let wgsl = format!(
        "@group(0) @binding(0) var<storage, read> lhs: array<f32>;
        @group(0) @binding(1) var<storage, read_write> out: array<f32>;
        var<workgroup> shared_pair: array<f32, 2>;
        @compute @workgroup_size(2, 1)
        fn main(@builtin(local_invocation_index) thread: u32) {{ {body} }}"
    );
    let pass = Pass::new("faulty", wgsl, [1, 1], vec![0, 2]);
    let plan = Plan {
        buffers: vec![
            buffer("A", Role::Input(0)),
            buffer("B", Role::Input(1)),
            buffer("C", Role::Output),
        ],
        passes: vec![pass],
    };
    let input = Tensor::F32(vec![1.0, 2.0, 3.0, 4.0]);
    execute(&plan, Precision::F32, [&input, &input], SUBGROUP)
}

#[test]
fn the_interpreter_counts_and_finds_faults() {
    let (output, counts) = faulty(
        "var sum = 0.0;
        for (var i = thread; i < 4u; i += 2u) { if (i == 3u) { continue; } sum = fma(lhs[i], 2.0, sum) + 1.0; }
        shared_pair[thread] = sum;
        workgroupBarrier();
        out[thread] = shared_pair[1u - thread];",
    )
    .unwrap();
    assert_eq!(output.to_f64()[..2], [5.0, 10.0]);
    // Three terms of a fused multiply-add and an addition; three reads and two writes of four bytes.
    assert_eq!((counts.operations, counts.bytes), (9, 20));
    for (body, fault) in [
        ("out[thread] = lhs[thread + 3u];", "a read past the end"),
        ("out[thread + 3u] = 0.0;", "a write past the end"),
        ("shared_pair[thread + 1u] = 0.0;", "index 2 in an array of 2"),
        ("out[thread] = shared_pair[thread];", "what nobody wrote"),
        (
            "shared_pair[thread] = 1.0; out[thread] = shared_pair[1u - thread];",
            "a read that races",
        ),
        ("out[thread / 2u] = 1.0;", "a write that races"),
        ("if (thread == 0u) { workgroupBarrier(); }", "not all invocations reach"),
    ] {
        let reason = faulty(body).expect_err(body);
        assert!(reason.contains(fault), "`{body}` gives `{reason}`");
    }
}

#[test]
fn convolutions_are_right_inside_their_buffers_and_without_races() {
    let mut ran = 0;
    for algorithm in catalogue::all().filter(|algorithm| algorithm.op() == Op::Conv2d) {
        let problems = [
            "n1c3h6w5k4r3s3p1",
            "n2c4h5w7k6r3s2t2-1p1-0-2-1d1-2g2",
            "n1c5h6w4k5r3s3p1g5",
            "n1c5h3w4k3r1s1",
        ];
        for (turn, text) in problems.iter().enumerate() {
            let precision = Precision::ALL[turn];
            let variant = algorithm.default_variant(precision, DeviceClass::Cpu);
            ran += usize::from(run(algorithm, &text.parse().unwrap(), precision, &variant, SUBGROUP).is_some());
        }
    }
    assert!(ran >= 20, "only {ran} cases ran");
}

/// What no software driver offers: 16×16 matrices, and subgroups other than the 8 lanes of Mesa's. Of 64 lanes a workgroup
/// has fewer than planned, which take several rounds.
#[test]
fn cooperative_matrices_are_right_with_subgroups_of_8_to_64() {
    let mut ran = 0;
    let staged = catalogue::find(Op::Matmul, "cooperative_staged").unwrap();
    for variant in staged.variants(Precision::F16) {
        let problem = "37x21x19relu".parse().unwrap();
        let sizes = if variant.get("size") == 16 { [32, 64] } else { [8, 64] };
        for subgroup in sizes {
            ran += usize::from(run(staged, &problem, Precision::F16, &variant, subgroup).is_some());
        }
    }
    for (name, text) in [
        ("cooperative", "n2c5h7w6k9r3s3p1t2relu"),
        ("im2col_cooperative", "n1c8h9w5k12r3s2d2g4"),
    ] {
        let algorithm = catalogue::find(Op::Conv2d, name).unwrap();
        let variant = algorithm.default_variant(Precision::F16Acc, DeviceClass::Cpu);
        for subgroup in [8, 32, 64] {
            let problem = text.parse().unwrap();
            ran += usize::from(run(algorithm, &problem, Precision::F16Acc, &variant, subgroup).is_some());
        }
    }
    let chain = catalogue::find(Op::Calibration, "coop_chain").unwrap();
    for variant in chain.variants(Precision::F16) {
        let problem: Problem = "w1400coop5".parse().unwrap();
        let counts = run(chain, &problem, Precision::F16, &variant, 32).unwrap();
        let cost = chain.cost(&problem, Precision::F16, &variant);
        assert_eq!(
            (counts.operations, counts.bytes),
            (cost.ops_executed, cost.bytes_model),
            "{variant}"
        );
        ran += 1;
    }
    assert_eq!(ran, 2 * staged.variants(Precision::F16).len() + 6 + 4);
    let algorithm = catalogue::find(Op::Matmul, "cooperative").unwrap();
    let mut ran = 0;
    for precision in [Precision::F16, Precision::F16Acc] {
        for variant in algorithm.variants(precision) {
            for (number, text) in ["1x1x1", "37x21x19", "2b17x33x20ta", "16x40x8tb", "20x19x34tatb"]
                .iter()
                .enumerate()
            {
                // Drivers hold 16×16 matrices in 32 lanes and more.
                let subgroup = if number % 2 == 0 || variant.get("size") == 16 {
                    32
                } else {
                    8
                };
                ran += usize::from(run(algorithm, &text.parse().unwrap(), precision, &variant, subgroup).is_some());
            }
        }
    }
    assert!(ran >= 40, "only {ran} cases ran");
}
