//! Cooperative matrices on a driver that has them. Their shaders lack memory-model operands (wgpu issue 8805), so each
//! whole output is checked a hundred times: a race hides from one.

use joulemark_gpu::{Adapter, Module};
use joulemark_kernels::reference::{Magnitudes, verify};
use joulemark_kernels::{Distribution, Op, Precision, Problem, catalogue, prepare};

const REPETITIONS: usize = 100;

#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn cooperative_matmul_is_right_a_hundred_times() {
    let gpu = Adapter::choose(None)
        .and_then(|adapter| adapter.open())
        .expect("a software adapter");
    let algorithm = catalogue::find(Op::Matmul, "cooperative").unwrap();
    let mut cases = 0;
    for precision in [Precision::F16, Precision::F16Acc] {
        for tuning in algorithm.variants(precision) {
            for text in ["1x1x1", "37x41x53", "2b33x50x64ta", "64x64x64tb", "70x39x20tatb"] {
                let problem: Problem = text.parse().unwrap();
                let Ok(plan) = prepare(algorithm, &problem, precision, &tuning, gpu.profile()) else {
                    continue;
                };
                let count = |index| problem.shape_of_input(index).iter().product::<u32>() as usize;
                let inputs = [0, 1].map(|i| Distribution::Uniform.fill(precision.input(), count(i), 7, i as u64));
                let inputs = [&inputs[0], &inputs[1]];
                let bound = algorithm.error_bound(&problem, precision, &tuning, &Magnitudes::of(precision, inputs));
                for module in [Module::Checked, Module::Trusted] {
                    let executable = gpu.compile(&plan, module).unwrap();
                    for repetition in 0..REPETITIONS {
                        executable.upload(inputs).and_then(|()| executable.run(1, 1)).unwrap();
                        let output = executable.download().unwrap();
                        let check = verify(&problem, precision, inputs, &output, &bound, 7).unwrap_or_else(|wrong| {
                            panic!("{precision}/{text} {tuning} ({module:?}), repetition {repetition}: {wrong}")
                        });
                        assert!(check.whole, "{text} is too large to be compared whole");
                    }
                }
                cases += 1;
            }
        }
    }
    let offered = &gpu.description().cooperative_matrices;
    assert!(cases >= 20, "only {cases} cases fit the matrices on offer: {offered:?}");
}
