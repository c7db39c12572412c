//! What each conv2d plan really does, without a GPU: the right result, inside its buffers, without races, and with as many
//! operations as `cost` claims.

mod interpreter;

use interpreter::execute;
use joulemark_base::device_class::DeviceClass;
use joulemark_kernels::reference::{Magnitudes, verify};
use joulemark_kernels::{Algorithm, DeviceProfile, Distribution, Op, Precision, Problem, Variant, catalogue, prepare};

const PROBLEMS: [&str; 7] = [
    "n1c4h6w5k4r3s3p1",
    "n2c3h7w9k5r3s3p1relu",
    "n1c8h8w6k8r3s3p1g2",
    "n1c4h9w7k4r3s3p1g4",
    "n2c5h4w3k6r1s1",
    "n1c3h12w9k2r5s7p2-3-2-3",
    "n1c3h9w8k4r3s2t2-1p1-0-2-1d1-2",
];

/// Executes a case with subgroups of 32 and gives its traffic; `None` if it is refused.
fn hold(algorithm: &dyn Algorithm, problem: &Problem, precision: Precision, variant: &Variant) -> Option<u64> {
    hold_in(32, algorithm, problem, precision, variant)
}

fn hold_in(
    subgroup: usize,
    algorithm: &dyn Algorithm,
    problem: &Problem,
    precision: Precision,
    variant: &Variant,
) -> Option<u64> {
    let device = DeviceProfile::portable(DeviceClass::Cpu);
    let plan = prepare(algorithm, problem, precision, variant, &device).ok()?;
    let case = format!("{algorithm}/{precision}/{problem} {variant}");
    let count = |index| problem.shape_of_input(index).iter().product::<u32>() as usize;
    let inputs = [0, 1].map(|i| Distribution::Uniform.fill(precision.input(), count(i), 7, i as u64));
    let inputs = [&inputs[0], &inputs[1]];
    let (output, counts) =
        execute(&plan, precision, inputs, subgroup).unwrap_or_else(|fault| panic!("{case}: {fault}"));
    let bound = algorithm.error_bound(problem, precision, variant, &Magnitudes::of(precision, inputs));
    verify(problem, precision, inputs, &output, &bound, 7).unwrap_or_else(|wrong| panic!("{case}: {wrong}"));
    let cost = algorithm.cost(problem, precision, variant);
    assert_eq!(counts.operations, cost.ops_executed, "{case}: operations");
    Some(counts.bytes)
}

#[test]
fn conv2d_costs_are_what_is_executed() {
    let mut held = 0;
    for algorithm in catalogue::all().filter(|algorithm| algorithm.op() == Op::Conv2d) {
        for text in PROBLEMS {
            for precision in [Precision::F32, Precision::I8] {
                let variant = algorithm.default_variant(precision, DeviceClass::Cpu);
                held += usize::from(hold(algorithm, &text.parse().unwrap(), precision, &variant).is_some());
            }
        }
    }
    assert!(held >= 60, "only {held} cases were held");
}

#[test]
fn channels_last_costs_are_what_is_executed() {
    let mut held = 0;
    let grouped = ["n1c32h5w6k24r3s3p1g2", "n1c9h6w5k9r3s3p1g9relu"];
    for name in ["implicit_gemm", "depthwise", "depthwise_dense"] {
        let algorithm = catalogue::find(Op::Conv2d, name).unwrap();
        for (turn, text) in PROBLEMS.iter().chain(&grouped).enumerate() {
            let problem = text.parse().unwrap();
            let precision = Precision::ALL[turn % 4];
            for class in [DeviceClass::Cpu, DeviceClass::Discrete] {
                let variant = algorithm.default_variant(precision, class).with("nhwc=1").unwrap();
                held += usize::from(hold(algorithm, &problem, precision, &variant).is_some());
            }
        }
    }
    assert!(held >= 16, "only {held} cases were held");
}

#[test]
fn every_fused_winograd_costs_what_it_executes() {
    let mut held = 0;
    for name in ["winograd_f2_fused", "winograd_f4_fused"] {
        let algorithm = catalogue::find(Op::Conv2d, name).unwrap();
        for (number, variant) in algorithm.variants(Precision::F32).iter().enumerate() {
            for (turn, text) in PROBLEMS[..3].iter().enumerate() {
                let precision = [Precision::F32, Precision::F16][(number + turn) % 2];
                for subgroup in [8, 32] {
                    held +=
                        usize::from(hold_in(subgroup, algorithm, &text.parse().unwrap(), precision, variant).is_some());
                }
            }
        }
    }
    assert_eq!(held, (4 + 3) * 3 * 2);
}

/// Sizes that no vector, tile or block pads.
#[test]
fn traffic_is_the_modelled_one() {
    for (name, problem, variant) in [
        ("implicit_gemm", "n1c16h8w8k64r3s3p1", "nhwc=0"),
        ("implicit_gemm", "n1c16h8w8k64r3s3p1", "nhwc=1"),
        ("depthwise", "n1c8h8w8k8r3s3p1g8", "nhwc=0"),
        ("depthwise", "n1c8h8w8k8r3s3p1g8", "nhwc=1"),
        ("winograd_f2", "n1c8h8w8k16r3s3p1", ""),
        ("winograd_f4", "n1c8h16w8k32r3s3p1", ""),
        ("winograd_f2_fused", "n1c8h8w16k32r3s3p1", ""),
        ("winograd_f4_fused", "n1c8h16w16k64r3s3p1", ""),
    ] {
        let algorithm = catalogue::find(Op::Conv2d, name).unwrap();
        let problem = problem.parse().unwrap();
        for precision in [Precision::F32, Precision::F16] {
            let variant = algorithm
                .default_variant(precision, DeviceClass::Cpu)
                .with(variant)
                .unwrap();
            let bytes = hold(algorithm, &problem, precision, &variant);
            let modelled = algorithm.cost(&problem, precision, &variant).bytes_model;
            assert_eq!(bytes, Some(modelled), "{name}/{precision}/{problem} {variant}");
        }
    }
}
