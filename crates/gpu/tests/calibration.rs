//! Calibration kernels on a device: every function, precision and variant, with tails, in both kinds of module.

mod common;

use joulemark_kernels::{Op, Precision, Problem, catalogue};

#[test]
fn chains_are_right() {
    let problems: Vec<Problem> = [
        "w1003copy",
        "w1003fma0",
        "w1003fma1",
        "w1003fma100",
        "w64fma4096",
        "w1003dot37",
        "w1003add50",
        "w1003mul50",
        "w1003div50",
        "w1003exp50",
        "w1003tanh50",
        "w1003srelu",
    ]
    .map(|text| text.parse().unwrap())
    .into();
    let gpu = common::open();
    let mut ran = 0;
    for algorithm in catalogue::all().filter(|algorithm| algorithm.op() == Op::Calibration) {
        for precision in Precision::ALL {
            // The variants differ in what surrounds a step, so two functions stand for all.
            let all = ["fma_chain", "dot4_chain"].contains(&algorithm.name());
            let variants = algorithm.variants(precision);
            for variant in variants.into_iter().rev().take(if all { 4 } else { 1 }) {
                for problem in &problems {
                    let checked = common::check(&gpu, algorithm, problem, precision, &variant);
                    ran += usize::from(checked.unwrap_or_else(|wrong| panic!("{wrong}")).is_some());
                }
            }
        }
    }
    assert!(ran >= 50, "only {ran} cases ran");
}
