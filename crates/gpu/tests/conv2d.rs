//! Every conv2d algorithm on a real device (lavapipe where there is no other): awkward sizes, the layers of networks in
//! small, every variant, random problems. Cases take turns in checked and trusted modules.

use joulemark_gpu::{Adapter, Gpu, Module};
use joulemark_kernels::reference::{Magnitudes, verify};
use joulemark_kernels::{Algorithm, Conv2d, Distribution, Op, Precision, Problem, Tuning, catalogue, prepare};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Sizes that break kernels: 1, primes, tails, strides, dilations, uneven padding, groups.
const AWKWARD: [&str; 11] = [
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
    "n2c10h13w9k6r3s3p2-0-1-3g2",
];

/// Each kind of layer (filter, stride, padding, groups) of ResNet-50, MobileNetV1, VGG-16 and DeepBench, in small.
const LAYERS: [&str; 15] = [
    "n1c24h14w14k20r1s1",
    "n1c24h14w14k20r1s1t2",
    "n2c18h14w14k20r3s3p1",
    "n1c18h14w14k20r3s3t2p1",
    "n1c3h28w28k16r7s7t2p3",
    "n1c3h28w28k16r3s3t2p1",
    "n2c20h14w14k20r3s3p1g20",
    "n1c20h15w15k20r3s3t2p1g20",
    "n1c8h7w7k8r1s1t2p3",
    "n1c1h40w70k8r5s20t2",
    "n1c4h20w36k8r5s10t2",
    "n1c12h14w14k16r5s5p2",
    "n1c12h14w14k16r5s5t2p1",
    "n1c16h15w17k16r3s3p1g4",
    "n1c16h4w4k24r3s3p1",
];

fn open() -> Gpu {
    Adapter::choose(None)
        .and_then(|adapter| adapter.open())
        .expect("`cargo xtask setup` installs a software adapter")
}

fn algorithms() -> impl Iterator<Item = &'static dyn Algorithm> {
    catalogue::all().filter(|algorithm| algorithm.op() == Op::Conv2d)
}

/// Largest relative error of a whole output that rounding explains: the worst-case bound of an algorithm that cancels is
/// wide, and a defect must not hide in it. Winograd F4 loses about two digits of f32's seven.
fn usual_error(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 1e-5,
        Precision::F16 => 1e-3,
        Precision::F16Acc => 0.05,
        Precision::I8 => 0.0,
    }
}

/// Runs one case. `Ok(false)` if the algorithm or this device refuses it, with a reason.
fn check(
    gpu: &Gpu,
    algorithm: &dyn Algorithm,
    problem: &Problem,
    precision: Precision,
    tuning: &Tuning,
    module: Module,
) -> Result<bool, String> {
    let what = format!("{algorithm:?}/{precision}/{problem} {tuning} ({module:?})");
    let plan = match prepare(algorithm, problem, precision, tuning, gpu.profile()) {
        Ok(plan) => plan,
        Err(reason) if reason.to_string().len() > 20 => return Ok(false),
        Err(reason) => return Err(format!("{what}: refused without a reason, `{reason}`")),
    };
    let count = |index| problem.shape_of_input(index).iter().product::<u32>() as usize;
    let inputs = [0, 1].map(|i| Distribution::Uniform.fill(precision.input(), count(i), 7, i as u64));
    let inputs = [&inputs[0], &inputs[1]];
    let bound = algorithm.error_bound(problem, precision, tuning, &Magnitudes::of(precision, inputs));
    let executable = gpu.compile(&plan, module).map_err(|e| format!("{what}: {e}"))?;
    executable
        .upload(inputs)
        .and_then(|()| executable.run(1, 1))
        .map_err(|e| format!("{what}: {e}"))?;
    let output = executable.download().map_err(|e| format!("{what}: {e}"))?;
    let check = verify(problem, precision, inputs, &output, &bound, 7).map_err(|e| format!("{what}: {e}"))?;
    if check.relative_error > usual_error(precision) {
        return Err(format!(
            "{what}: a relative error of {:e} is not rounding",
            check.relative_error
        ));
    }
    Ok(true)
}

/// Every algorithm on every problem, the precisions taking turns (compiling dominates the time); gives how many cases ran.
fn check_all(problems: &[&str]) -> usize {
    let gpu = open();
    let (mut ran, mut wrong) = (0, Vec::new());
    for (first, algorithm) in algorithms().enumerate() {
        for (number, text) in problems.iter().enumerate() {
            let problem = text.parse().unwrap();
            let supported = |precision: &Precision| {
                let tuning = algorithm.default_variant(*precision, gpu.profile().class);
                algorithm.supports(&problem, *precision, &tuning).is_ok()
            };
            let precisions: Vec<_> = Precision::ALL.into_iter().filter(supported).collect();
            let Some(&precision) = precisions.get((first + number) % precisions.len().max(1)) else {
                continue;
            };
            let tuning = algorithm.default_variant(precision, gpu.profile().class);
            let module = [Module::Checked, Module::Trusted][ran % 2];
            match check(&gpu, algorithm, &problem, precision, &tuning, module) {
                Ok(done) => ran += usize::from(done),
                Err(why) => wrong.push(why),
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    ran
}

#[test]
fn awkward_sizes() {
    let ran = check_all(&AWKWARD);
    assert!(ran >= 50, "only {ran} cases ran");
}

#[test]
fn layers_of_networks() {
    let ran = check_all(&LAYERS);
    assert!(ran >= 70, "only {ran} cases ran");
}

#[test]
fn every_variant_that_fits_is_right() {
    let gpu = open();
    let problems: Vec<Problem> = [
        "n2c6h11w9k6r3s3p1-0-1-2g6",
        "n2c6h11w9k10r3s3p1-0-1-2g2",
        "n2c5h9w7k6r1s1",
    ]
    .iter()
    .map(|text| text.parse().unwrap())
    .collect();
    let mut checked = 0;
    for algorithm in algorithms() {
        for (number, tuning) in algorithm.variants(Precision::F32).iter().enumerate() {
            let fits = |(problem, precision): &(&Problem, Precision)| {
                prepare(algorithm, problem, *precision, tuning, gpu.profile()).is_ok()
            };
            let precisions = (0..4).map(|turn| Precision::ALL[(number + turn) % 4]);
            let cases = precisions.flat_map(|precision| problems.iter().map(move |problem| (problem, precision)));
            if let Some((problem, precision)) = cases.into_iter().find(fits) {
                let module = [Module::Trusted, Module::Checked][number % 2];
                assert_eq!(check(&gpu, algorithm, problem, precision, tuning, module), Ok(true));
                checked += 1;
            }
        }
    }
    assert!(checked >= 45, "only {checked} variants fit this adapter");
}

/// Larger outputs, where the check is Freivalds' and tails are the exception.
#[test]
fn large_outputs() {
    let gpu = open();
    for (name, problem) in [
        ("implicit_gemm", "n1c64h40w40k128r3s3p1"),
        ("register_tiled", "n1c64h40w40k128r3s3p1"),
        ("winograd_f2", "n1c64h40w40k128r3s3p1"),
        ("winograd_f4", "n1c64h40w40k128r3s3p1"),
        ("pointwise", "n1c256h40w40k200r1s1"),
    ] {
        let algorithm = catalogue::find(Op::Conv2d, name).unwrap();
        let problem = problem.parse().unwrap();
        for precision in [Precision::F32, Precision::F16, Precision::I8] {
            let tuning = algorithm.default_variant(precision, gpu.profile().class);
            check(&gpu, algorithm, &problem, precision, &tuning, Module::Trusted).unwrap();
        }
    }
}

#[test]
fn random_convolutions() {
    let gpu = open();
    let algorithms: Vec<_> = algorithms().collect();
    let kernels = (0..algorithms.len(), prop::sample::select(Precision::ALL.to_vec()));
    let shape = (1_u32..3, 1_u32..5, 1_u32..15, 1_u32..15, 1_u32..5, 1_u32..5, 1_u32..5);
    let options = (
        prop::array::uniform2(prop_oneof![3 => Just(1_u32), 1 => 2_u32..4]),
        prop::array::uniform4(0_u32..4),
        prop::array::uniform2(prop_oneof![3 => Just(1_u32), 1 => Just(2_u32)]),
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
    let config = Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(
        &(kernels, problems, any::<bool>()),
        |((index, precision), problem, trusted)| {
            prop_assume!(problem.validate().is_ok());
            let algorithm = algorithms[index];
            let tuning = algorithm.default_variant(precision, gpu.profile().class);
            let module = if trusted { Module::Trusted } else { Module::Checked };
            check(&gpu, algorithm, &problem, precision, &tuning, module).map_err(TestCaseError::fail)?;
            Ok(())
        },
    );
    outcome.unwrap();
}
