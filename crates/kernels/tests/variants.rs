//! Tuning parameters as a person or a search may set them: each is planned and costed, or refused, and nothing panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use joulemark_base::device_class::DeviceClass;
use joulemark_kernels::{Algorithm, DeviceProfile, Op, Precision, Problem, Variant, catalogue, prepare};

const VALUES: [u32; 7] = [0, 1, 2, 3, 5, 64, 4096];

fn problem(op: Op) -> Problem {
    let text = match op {
        Op::Matmul => "64x48x32",
        Op::Conv2d => "n1c8h9w8k8r3s3p1g8",
        Op::Calibration => "w64fma8",
        Op::Gradient => "dx-n1c8h9w8k8r3s3p1",
        Op::Custom => unreachable!("the catalogue has none"),
    };
    text.parse().unwrap()
}

/// Whether a variant is planned and costed, or refused.
fn sound(algorithm: &dyn Algorithm, problem: &Problem, precision: Precision, variant: &Variant) -> bool {
    let device = DeviceProfile::portable(DeviceClass::Discrete);
    let plan = || {
        prepare(algorithm, problem, precision, variant, &device).map(|_| algorithm.cost(problem, precision, variant))
    };
    catch_unwind(AssertUnwindSafe(plan)).is_ok()
}

#[test]
fn any_value_of_a_parameter_is_planned_or_refused() {
    let mut broken = Vec::new();
    for algorithm in catalogue::all() {
        let problems = match algorithm.op() {
            Op::Conv2d => vec![problem(Op::Conv2d), "n1c8h9w8k8r3s3p1".parse().unwrap()],
            op => vec![problem(op)],
        };
        for precision in [Precision::F32, Precision::I8] {
            for listed in algorithm.variants(precision) {
                for (name, _) in listed.iter() {
                    for value in VALUES {
                        let variant = listed.with(&format!("{name}={value}")).unwrap();
                        for problem in &problems {
                            if !sound(algorithm, problem, precision, &variant) {
                                broken.push(format!("{algorithm}/{precision}/{problem} {variant}"));
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "{} panic:\n{}", broken.len(), broken.join("\n"));
}
