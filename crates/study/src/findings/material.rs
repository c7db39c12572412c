//! What every finding starts from, made once: the samples, what was measured of each case, and numbers for problems and
//! kernels, in the order of the cases. In: samples. Out: material.

use std::collections::HashMap;

use crate::cases::{Measured, measure};
use crate::samples::{CaseFacts, Samples};

/// Samples and what was made of them.
pub(crate) struct Material<'a> {
    pub(crate) samples: &'a Samples,
    pub(crate) measured: Vec<Measured>,
    /// By case, a number per problem: kind and problem, whatever the precision.
    pub(crate) problems: Vec<usize>,
    /// By case, a number per kernel: kind and algorithm.
    pub(crate) kernels: Vec<usize>,
}

impl<'a> Material<'a> {
    pub(crate) fn new(samples: &'a Samples) -> Self {
        Self {
            samples,
            measured: measure(samples),
            problems: numbers(samples, CaseFacts::work),
            kernels: numbers(samples, |facts| format!("{}/{}", facts.op, facts.algorithm)),
        }
    }
}

/// The same number for the same name.
fn numbers(samples: &Samples, name: impl Fn(&CaseFacts) -> String) -> Vec<usize> {
    let mut known = HashMap::new();
    let number = |case: &crate::samples::Case| {
        let next = known.len();
        *known.entry(name(&case.facts)).or_insert(next)
    };
    samples.cases.iter().map(number).collect()
}
