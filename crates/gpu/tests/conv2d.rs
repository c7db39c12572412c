//! Every conv2d algorithm on a real device (lavapipe where there is no other): awkward sizes, the layers of networks in
//! small, every variant, random problems; each case as a checked and as a trusted module.

mod common;

use common::open;
use joulemark_gpu::Gpu;
use joulemark_kernels::{Algorithm, Conv2d, Op, Precision, Problem, Variant, catalogue, prepare};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Sizes that break kernels: 1, primes, tails, strides, dilations, uneven padding, groups.
const AWKWARD: [&str; 13] = [
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
    "n2c6h9w7k10r3s3p1g2relu",
    "n2c5h7w9k7r1s1relu",
];

/// Each kind of layer (filter, stride, padding, groups) of ResNet-50, MobileNetV1, VGG-16 and DeepBench, in small.
const LAYERS: [&str; 16] = [
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
    "n2c3h33w21k4r9s11p4-5-4-5",
];

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

/// Runs one case in both kinds of module. `Ok(false)` if the algorithm or this device refuses it, with a reason.
fn check(
    gpu: &Gpu,
    algorithm: &dyn Algorithm,
    problem: &Problem,
    precision: Precision,
    variant: &Variant,
) -> Result<bool, String> {
    let Some(checks) = common::check(gpu, algorithm, problem, precision, variant)? else {
        return Ok(false);
    };
    match checks
        .iter()
        .find(|check| check.relative_error > usual_error(precision))
    {
        Some(check) => Err(format!(
            "{algorithm}/{precision}/{problem} {variant}: a relative error of {:e} is not rounding",
            check.relative_error
        )),
        None => Ok(true),
    }
}

/// One of the variants with the shortest text that compute this: compiling dominates the time, and grows faster than the
/// text. `every_variant_that_fits_is_right` visits the others.
fn short_variant(
    gpu: &Gpu,
    algorithm: &dyn Algorithm,
    problem: &Problem,
    precision: Precision,
    turn: usize,
) -> Option<Variant> {
    let length = |variant: Variant| {
        let plan = prepare(algorithm, problem, precision, &variant, gpu.profile()).ok()?;
        Some((plan.passes.iter().map(|pass| pass.wgsl.len()).sum::<usize>(), variant))
    };
    let mut variants: Vec<_> = algorithm.variants(precision).into_iter().filter_map(length).collect();
    variants.sort();
    let shortest = variants.first()?.0;
    variants.retain(|(length, _)| *length < shortest * 3 / 2);
    let index = turn % variants.len();
    Some(variants.swap_remove(index).1)
}

/// Every algorithm on every problem, the precisions taking turns; gives how many cases ran.
fn check_all(problems: &[&str]) -> usize {
    let gpu = open();
    let (mut ran, mut wrong) = (0, Vec::new());
    for (first, algorithm) in algorithms().enumerate() {
        for (number, text) in problems.iter().enumerate() {
            let problem = text.parse().unwrap();
            let variants = |precision| {
                let variant = short_variant(&gpu, algorithm, &problem, precision, number)?;
                Some((precision, variant))
            };
            let cases: Vec<_> = Precision::ALL.into_iter().filter_map(variants).collect();
            let Some((precision, variant)) = cases.get((first + number) % cases.len().max(1)) else {
                continue;
            };
            match check(&gpu, algorithm, &problem, *precision, variant) {
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
        "n1c4h6w7k5r3s3p1relu",
    ]
    .iter()
    .map(|text| text.parse().unwrap())
    .collect();
    let mut checked = 0;
    let product = catalogue::find(Op::Conv2d, "implicit_gemm").unwrap();
    for algorithm in algorithms() {
        let variants = algorithm.variants(Precision::F32);
        // Algorithms around the same product bodies share their variants: every one of the first, some of the others'.
        let shared = algorithm.name() != product.name() && variants == product.variants(Precision::F32);
        for (number, variant) in variants.iter().enumerate().step_by(if shared { 4 } else { 1 }) {
            let fits = |(problem, precision): &(&Problem, Precision)| {
                prepare(algorithm, problem, *precision, variant, gpu.profile()).is_ok()
            };
            let precisions = (0..4).map(|turn| Precision::ALL[(number + turn) % 4]);
            let cases = precisions.flat_map(|precision| problems.iter().map(move |problem| (problem, precision)));
            if let Some((problem, precision)) = cases.into_iter().find(fits) {
                assert_eq!(check(&gpu, algorithm, problem, precision, variant), Ok(true));
                checked += 1;
            }
        }
    }
    assert!(checked >= 30, "only {checked} variants fit this adapter");
}

/// Larger outputs, where the check is Freivalds' and tails are the exception.
#[test]
fn large_outputs() {
    let gpu = open();
    for (kernel, problem) in [
        ("implicit_gemm/f16", "n1c64h40w40k128r3s3p1"),
        ("implicit_gemm/i8", "n1c64h40w40k128r3s3p1"),
        ("register_tiled/f32", "n1c64h40w40k128r3s3p1"),
        ("winograd_f2/f16", "n1c64h40w40k128r3s3p1"),
        ("winograd_f4/f32", "n1c64h40w40k128r3s3p1"),
        ("fft/f32", "n1c32h40w40k32r9s9p4"),
        ("pointwise/f32", "n1c256h40w40k200r1s1"),
        ("pointwise/i8", "n1c256h40w40k200r1s1"),
    ] {
        let (name, precision) = kernel.split_once('/').unwrap();
        let algorithm = catalogue::find(Op::Conv2d, name).unwrap();
        let problem = problem.parse().unwrap();
        let precision = precision.parse().unwrap();
        let variant = algorithm.default_variant(precision, gpu.profile().class);
        assert_eq!(check(&gpu, algorithm, &problem, precision, &variant), Ok(true));
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
        any::<bool>(),
    );
    let problems = (shape, options).prop_map(
        |((n, c, h, w, k, r, s), (stride, padding, dilation, groups, bias_relu))| {
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
                bias_relu,
            })
        },
    );
    let config = Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&(kernels, problems), |((index, precision), problem)| {
        prop_assume!(problem.validate().is_ok());
        let algorithm = algorithms[index];
        let variant = algorithm.default_variant(precision, gpu.profile().class);
        check(&gpu, algorithm, &problem, precision, &variant).map_err(TestCaseError::fail)?;
        Ok(())
    });
    outcome.unwrap();
}
