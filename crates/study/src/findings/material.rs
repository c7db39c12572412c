//! What every finding starts from, made once: the samples, what was measured of each case, and numbers for problems and
//! kernels, in the order of the cases. In: samples. Out: material.

use std::collections::HashMap;

use super::extent::why_out;
use super::saturation::highest_powers;
use crate::cases::{Measured, measure};
use crate::samples::{Case, Samples};

/// Samples and what was made of them.
pub(crate) struct Material<'a> {
    pub(crate) samples: &'a Samples,
    pub(crate) measured: Vec<Measured>,
    /// By case, a number per problem: kind and problem, whatever the precision.
    pub(crate) problems: Vec<usize>,
    /// By case, why it is no evidence; `None` if it is.
    pub(crate) why_out: Vec<Option<&'static str>>,
    /// By device, what it can draw above idle, in watts.
    pub(crate) highest_w: Vec<Option<f64>>,
}

impl<'a> Material<'a> {
    pub(crate) fn new(samples: &'a Samples) -> Self {
        let measured = measure(samples);
        let why_out = why_out(samples, &measured);
        Self {
            highest_w: highest_powers(samples, &measured, &why_out),
            problems: problems(samples),
            samples,
            measured,
            why_out,
        }
    }
}

/// A number per problem, the same for the same work.
fn problems(samples: &Samples) -> Vec<usize> {
    let mut known = HashMap::new();
    let number = |case: &Case| {
        let next = known.len();
        *known.entry(case.facts.work()).or_insert(next)
    };
    samples.cases.iter().map(number).collect()
}
