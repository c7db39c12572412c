//! Matmul, and large outputs, on a real Vulkan, Metal or DX12 device (lavapipe where there is no other), in checked and in trusted
//! modules, at the sizes that break kernels: 1, primes, tails, long reductions, strides, dilations, uneven padding, groups.

use joulemark_gpu::{Adapter, Gpu, Module};
use joulemark_kernels::reference::{Magnitudes, verify};
use joulemark_kernels::{Algorithm, Distribution, Matmul, Op, Precision, Problem, Tuning, catalogue, prepare};
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
fn every_variant_that_fits_is_right() {
    let gpu = open();
    let mut checked = 0;
    let problem: Problem = "2b70x83x45".parse().unwrap();
    for algorithm in catalogue::all().filter(|algorithm| algorithm.op() == Op::Matmul) {
        // Each variant in one precision, by turns: compiling takes longer than all else here.
        for turn in 0..Precision::ALL.len() {
            let precision = Precision::ALL[turn];
            for tuning in algorithm
                .variants(precision)
                .into_iter()
                .skip(turn)
                .step_by(Precision::ALL.len())
            {
                if prepare(algorithm, &problem, precision, &tuning, gpu.profile()).is_ok() {
                    check(&gpu, algorithm, &problem, precision, &tuning).unwrap();
                    checked += 1;
                }
            }
        }
    }
    assert!(checked >= 12, "only {checked} variants fit this adapter");
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
        cases: 32,
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
