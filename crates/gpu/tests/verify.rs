//! Every kernel on a real Vulkan, Metal or DX12 device (lavapipe where there is no other), in checked and in trusted
//! modules, at the sizes that break kernels: 1, primes, tails, long reductions, strides, dilations, uneven padding, groups.

use joulemark_gpu::{Adapter, Gpu, Module};
use joulemark_kernels::reference::{Magnitudes, verify};
use joulemark_kernels::{Algorithm, Conv2d, Distribution, Matmul, Op, Precision, Problem, Tuning, catalogue, prepare};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

fn open() -> Gpu {
    Adapter::choose(None)
        .and_then(|adapter| adapter.open())
        .expect("`cargo xtask setup` installs a software adapter")
}

/// The kind of module in which a case runs. Compiling takes most of the time, so each case runs in one kind, drawn from
/// its name; across the cases of a kernel both come up.
fn module(case: &str) -> Module {
    let hash = case.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    if (hash >> 16) & 1 == 0 {
        Module::Checked
    } else {
        Module::Trusted
    }
}

/// Runs one case; a refusal for the device's limits is passed on.
fn check(
    gpu: &Gpu,
    algorithm: &dyn Algorithm,
    problem: &Problem,
    precision: Precision,
    tuning: &Tuning,
) -> Result<(), String> {
    let what = format!("{algorithm:?}/{precision}/{problem} {tuning}");
    if let Err(reason) = algorithm.supports(problem, precision, tuning) {
        let reason = reason.to_string();
        return (reason.len() > 20)
            .then_some(())
            .ok_or(format!("{what}: refused without a reason"));
    }
    let plan = prepare(algorithm, problem, precision, tuning, gpu.profile()).map_err(|e| format!("{what}: {e}"))?;
    let count = |index| problem.shape_of_input(index).iter().product::<u32>() as usize;
    let inputs = [0, 1].map(|i| Distribution::Uniform.fill(precision.input(), count(i), 7, i as u64));
    let inputs = [&inputs[0], &inputs[1]];
    let bound = algorithm.error_bound(problem, precision, tuning, &Magnitudes::of(precision, inputs));
    let module = module(&what);
    let executable = gpu.compile(&plan, module).map_err(|e| format!("{what}: {e}"))?;
    executable
        .upload(inputs)
        .and_then(|()| executable.run(1, 1))
        .map_err(|e| format!("{what}: {e}"))?;
    let output = executable.download().map_err(|e| format!("{what}: {e}"))?;
    verify(problem, precision, inputs, &output, &bound, 7).map_err(|e| format!("{what} ({module:?}): {e}"))?;
    Ok(())
}

fn check_all(op: Op, problems: &[&str]) {
    let gpu = open();
    let mut wrong = Vec::new();
    for algorithm in catalogue::all().filter(|algorithm| algorithm.op() == op) {
        for precision in Precision::ALL {
            let tuning = algorithm.default_variant(precision, gpu.profile().class);
            for text in problems {
                wrong.extend(check(&gpu, algorithm, &text.parse().unwrap(), precision, &tuning).err());
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn matmul_at_awkward_sizes() {
    let problems = [
        "1x1x1",
        "31x37x41",
        "1x67x19",
        "67x1x19",
        "67x19x1",
        "33x35x70",
        "17x18x4096",
        "3b29x31x37",
        "128x128x128",
        "2b39x41x43tatb",
        "70x66x34relu",
    ];
    check_all(Op::Matmul, &problems);
}

#[test]
fn conv2d_at_awkward_sizes() {
    let problems = [
        "n1c1h1w1k1r1s1",
        "n2c3h9w11k5r3s3",
        "n1c8h13w12k6r3s3t2p1",
        "n1c4h12w15k8r3s3p1-0-2-3d2",
        "n2c6h8w9k4r5s5p2g2",
        "n1c7h10w10k7r3s3p1g7",
        "n1c5h14w11k3r7s7t2-1p3",
        "n3c16h7w7k24r1s1",
        "n1c4h6w17k4r1s3p0-1-0-1",
        "n1c12h9w9k24r3s3t1-2p1d1-2g12",
    ];
    check_all(Op::Conv2d, &problems);
}

#[test]
fn every_variant_that_fits_is_right() {
    let gpu = open();
    let mut checked = 0;
    for algorithm in catalogue::all() {
        let problem: Problem = if algorithm.op() == Op::Matmul {
            "2b70x83x45"
        } else {
            "n2c6h11w9k10r3s3t2-1p1-0-1-2g2"
        }
        .parse()
        .unwrap();
        for precision in Precision::ALL {
            for tuning in algorithm.variants(precision) {
                if prepare(algorithm, &problem, precision, &tuning, gpu.profile()).is_ok() {
                    check(&gpu, algorithm, &problem, precision, &tuning).unwrap();
                    checked += 1;
                }
            }
        }
    }
    assert!(checked >= 60, "only {checked} variants fit this adapter");
}

/// One kernel of each kind on larger outputs, where the check is Freivalds'.
#[test]
fn large_outputs() {
    let gpu = open();
    for (kernel, problem) in [
        ("matmul/register_only", "300x520x600"),
        ("conv2d/implicit_gemm", "n1c64h40w40k128r3s3p1"),
    ] {
        let (op, name) = kernel.split_once('/').unwrap();
        let algorithm = catalogue::find(op.parse().unwrap(), name).unwrap();
        for precision in Precision::ALL {
            let tuning = algorithm.default_variant(precision, gpu.profile().class);
            check(&gpu, algorithm, &problem.parse().unwrap(), precision, &tuning).unwrap();
        }
    }
}

fn kernels(op: Op) -> impl Strategy<Value = (&'static dyn Algorithm, Precision)> {
    let algorithms: Vec<_> = catalogue::all().filter(|algorithm| algorithm.op() == op).collect();
    (0..algorithms.len(), prop::sample::select(Precision::ALL.to_vec())).prop_map(move |(i, p)| (algorithms[i], p))
}

fn random(op: Op, problems: impl Strategy<Value = Problem>) {
    let gpu = open();
    let strategy = (kernels(op), problems);
    let config = Config {
        cases: 48,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&strategy, |((algorithm, precision), problem)| {
        prop_assume!(problem.validate().is_ok());
        let tuning = algorithm.default_variant(precision, gpu.profile().class);
        check(&gpu, algorithm, &problem, precision, &tuning).map_err(TestCaseError::fail)
    });
    outcome.unwrap();
}

#[test]
fn random_matmuls() {
    let size = || prop_oneof![1_u32..9, 1_u32..150];
    random(
        Op::Matmul,
        (1_u32..4, size(), size(), size(), prop::array::uniform2(any::<bool>())).prop_map(
            |(batch, m, n, k, transposed)| {
                Problem::Matmul(Matmul {
                    batch,
                    transposed,
                    ..Matmul::new(m, n, k)
                })
            },
        ),
    );
}

#[test]
fn random_convolutions() {
    let shape = (1_u32..3, 1_u32..5, 1_u32..15, 1_u32..15, 1_u32..5, 1_u32..5, 1_u32..5);
    let options = (
        prop::array::uniform2(1_u32..4),
        prop::array::uniform4(0_u32..4),
        prop::array::uniform2(1_u32..3),
        prop_oneof![Just(1_u32), 1_u32..5],
    );
    let problems = (shape, options).prop_map(|((n, c, h, w, k, r, s), (stride, padding, dilation, groups))| {
        Problem::Conv2d(Conv2d {
            n,
            c: c * groups,
            h,
            w,
            k: k * groups,
            r,
            s,
            stride,
            padding,
            dilation,
            groups,
        })
    });
    random(Op::Conv2d, problems);
}
