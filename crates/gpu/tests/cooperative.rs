//! Cooperative matrices on a driver that has them. Their shaders lack memory-model operands (wgpu issue 8805), so each
//! whole output is checked a hundred times: a race hides from one.

use joulemark_base::device_class::DeviceClass;
use joulemark_gpu::{Adapter, Gpu, RuntimeChecks};
use joulemark_kernels::reference::{Magnitudes, verify};
use joulemark_kernels::{Algorithm, Distribution, Op, Precision, Problem, Variant, catalogue, prepare};

const REPETITIONS: usize = 100;

/// Checks variants on these problems and gives the number of cases that the device takes.
fn check(gpu: &Gpu, algorithm: &dyn Algorithm, variants: &[Variant], problems: &[&str]) -> usize {
    let name = algorithm.name();
    let mut cases = 0;
    for precision in [Precision::F16, Precision::F16Acc] {
        for variant in variants {
            for text in problems {
                let problem: Problem = text.parse().unwrap();
                let Ok(plan) = prepare(algorithm, &problem, precision, variant, gpu.profile()) else {
                    continue;
                };
                let inputs = Distribution::Uniform.inputs(&problem, precision.input(), 7);
                let inputs = [&inputs[0], &inputs[1]];
                let bound = algorithm.error_bound(&problem, precision, variant, &Magnitudes::of(precision, inputs));
                for checks in [RuntimeChecks::On, RuntimeChecks::Off] {
                    let executable = gpu.compile(&plan, checks).unwrap();
                    for repetition in 0..REPETITIONS {
                        executable.upload(&inputs).and_then(|()| executable.run(1, 1)).unwrap();
                        let output = executable.download().unwrap();
                        let check = verify(&problem, precision, inputs, &output, &bound, 7).unwrap_or_else(|wrong| {
                            panic!("{name}/{precision}/{text} {variant} (runtime checks {checks:?}), repetition {repetition}: {wrong}")
                        });
                        assert!(check.whole, "{text} is too large to be compared whole");
                    }
                }
                cases += 1;
            }
        }
    }
    cases
}

#[test]
#[ignore = "needs cooperative matrices: .ci/cooperative runs this"]
fn cooperative_kernels_are_right_a_hundred_times() {
    let gpu = Adapter::choose(None)
        .and_then(|adapter| adapter.open())
        .expect("a software adapter");
    let products = ["1x1x1", "37x41x53", "2b33x50x64ta", "64x64x64tb", "70x39x20tatb"];
    let images = ["n1c3h4w5k7r3s3p1", "n2c20h7w6k33r1s1relu", "n1c12h9w9k24r3s3t2g4"];
    // Mesa's compiler takes minutes for the larger staged variants: an interpreter in joulemark-kernels' tests runs those.
    for (op, name, staged, problems, least) in [
        (Op::Matmul, "cooperative", false, &products[..], 20),
        (Op::Matmul, "cooperative_staged", true, &products, 10),
        (Op::Conv2d, "cooperative", true, &images, 6),
        (Op::Conv2d, "im2col_cooperative", true, &images, 6),
        (Op::Calibration, "coop_chain", true, &["w700coop9"], 1),
    ] {
        let algorithm = catalogue::find(op, name).unwrap();
        let variants = if staged {
            vec![algorithm.default_variant(Precision::F16, DeviceClass::Cpu)]
        } else {
            algorithm.variants(Precision::F16)
        };
        let cases = check(&gpu, algorithm, &variants, problems);
        let offered = &gpu.description().cooperative_matrices;
        assert!(
            cases >= least,
            "{name}: only {cases} cases fit the matrices on offer: {offered:?}"
        );
    }
}
