//! Matmul, and large outputs, on a real Vulkan, Metal or DX12 device (lavapipe where there is no other), in checked and in trusted
//! modules, at the sizes that break kernels: 1, primes, tails, long reductions, strides, dilations, uneven padding, groups.

mod common;

use common::{check, open};
use joulemark_kernels::{Algorithm, Matmul, Op, Precision, Problem, Variant, catalogue};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// The variant with the smallest register tile, since compiling takes longer than all else here: what happens at the edges
/// does not depend on the tile's size.
fn quickest(algorithm: &dyn Algorithm, precision: Precision) -> Variant {
    let size = |variant: &Variant| {
        let sizes = variant
            .iter()
            .filter(|(name, _)| name.starts_with("tile") || *name == "levels");
        sizes.map(|(_, value)| value).product::<u32>()
    };
    let variants = algorithm.variants(precision).into_iter();
    variants.min_by_key(size).expect("every algorithm has a variant")
}

fn check_all(op: Op, problems: &[&str]) -> usize {
    let gpu = open();
    let (mut ran, mut wrong) = (0, Vec::new());
    for algorithm in catalogue::all().filter(|algorithm| algorithm.op() == op) {
        for precision in Precision::ALL {
            let variant = quickest(algorithm, precision);
            for text in problems {
                match check(&gpu, algorithm, &text.parse().unwrap(), precision, &variant) {
                    Ok(outcome) => ran += usize::from(outcome.is_some()),
                    Err(why) => wrong.push(why),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    ran
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
    let ran = check_all(Op::Matmul, &problems);
    assert!(ran >= 250, "only {ran} cases ran");
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
            for variant in algorithm
                .variants(precision)
                .into_iter()
                .skip(turn)
                .step_by(Precision::ALL.len())
            {
                let outcome = check(&gpu, algorithm, &problem, precision, &variant).unwrap();
                checked += usize::from(outcome.is_some());
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
            let variant = algorithm.default_variant(precision, gpu.profile().class);
            let outcome = check(&gpu, algorithm, &problem.parse().unwrap(), precision, &variant).unwrap();
            assert!(outcome.is_some(), "{kernel}/{precision}/{problem} was refused");
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
        let variant = quickest(algorithm, precision);
        check(&gpu, algorithm, &problem, precision, &variant).map_err(TestCaseError::fail)?;
        Ok(())
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
