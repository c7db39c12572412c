//! The experiments: which cases each compares, and what was expected before any data. One line of the report each.

use super::Member;
use super::ratios::{
    dense_against_depthwise, depthwise_joules_per_flop, fewest_against_most, narrow_against_f32, saved_operations,
    spread, spread_of_inputs, spread_per_operation, unfused_against_fused, zeros_against_random,
};
use crate::samples::{CaseFacts, Count};

/// An experiment and its expectation.
pub(super) struct Experiment {
    /// The suite that is made for it.
    pub(super) name: &'static str,
    /// What is expected.
    pub(super) expected: &'static str,
    /// What the ratio is.
    pub(super) statistic: &'static str,
    /// The groups that a case belongs to.
    pub(super) group: fn(&CaseFacts) -> Vec<String>,
    /// The ratio of a group; `None` if its cases cannot be compared.
    pub(super) ratio: fn(&[Member<'_>]) -> Option<f64>,
    /// Whether the ratio is expected above the threshold.
    pub(super) above: bool,
    pub(super) threshold: f64,
    /// Whether any cases will do where its own suite was not run.
    pub(super) anywhere: bool,
}

pub(super) const EXPERIMENTS: [Experiment; 15] = [
    Experiment {
        name: "iso-flop",
        expected: "Kernels and shapes of equal FLOPs take different energy: the worst more than twice the best.",
        statistic: "most over least, at equal FLOPs and precision",
        group: equal_flops,
        ratio: spread,
        above: true,
        threshold: 2.0,
        anywhere: true,
    },
    Experiment {
        name: "algorithms",
        expected: "Winograd, Strassen and FFT save fewer joules than operations.",
        statistic: "energy over that of the best plain algorithm, divided by the same ratio of executed operations",
        group: same_problem_on_any_data,
        ratio: saved_operations,
        above: true,
        threshold: 1.0,
        anywhere: true,
    },
    Experiment {
        name: "precision",
        expected: "The same operations cost less in f16 and i8 than in f32; FLOPs are blind to width.",
        statistic: "energy over that in f32, of the same kernel and problem",
        group: same_kernel_any_precision,
        ratio: narrow_against_f32,
        above: false,
        threshold: 1.0,
        anywhere: true,
    },
    Experiment {
        name: "input-data",
        expected: "Zeros cost less than random values, with FLOPs, bytes and instructions equal.",
        statistic: "energy on zeros over energy on random values, of the same kernel and problem",
        group: same_kernel_any_input,
        ratio: zeros_against_random,
        above: false,
        threshold: 1.0,
        anywhere: true,
    },
    Experiment {
        name: "any-input",
        expected: "The data alone change the energy: from one kind to another by more than 10%.",
        statistic: "most over least energy among the kinds of data, of the same kernel and problem",
        group: same_kernel_any_input,
        ratio: spread_of_inputs,
        above: true,
        threshold: 1.1,
        anywhere: true,
    },
    Experiment {
        name: "intensity",
        expected: "An operation costs more, the fewer of them there are per byte moved.",
        statistic: "energy per operation at the lowest intensity over that at the highest",
        group: same_kernel_any_problem,
        ratio: fewest_against_most,
        above: true,
        threshold: 1.0,
        anywhere: false,
    },
    Experiment {
        name: "op-mix",
        expected: "Operations of different kinds cost different energy: the dearest over 10% more than the cheapest.",
        statistic: "most over least, at equal FLOPs and precision",
        group: equal_flops,
        ratio: spread,
        above: true,
        threshold: 1.1,
        anywhere: false,
    },
    Experiment {
        name: "duty",
        expected: "Idle gaps and tiny dispatches make the same work cost more: static power over 10%.",
        statistic: "most over least gross energy per operation, of one precision",
        group: |facts| vec![facts.precision.clone()],
        ratio: spread_per_operation,
        above: true,
        threshold: 1.1,
        anywhere: false,
    },
    Experiment {
        name: "sparsity",
        expected: "Pruning, and a lower rank, cut operations faster than joules.",
        statistic: "energy per executed operation at the lowest density or rank over that at the highest",
        group: same_kernel_and_shape_any_input,
        ratio: fewest_against_most,
        above: true,
        threshold: 1.0,
        anywhere: false,
    },
    Experiment {
        name: "fusion",
        expected: "Bias and ReLU in passes of their own cost more joules at the same FLOPs.",
        statistic: "energy of the unfused kernel over that of the best fused one",
        group: same_problem,
        ratio: unfused_against_fused,
        above: true,
        threshold: 1.0,
        anywhere: false,
    },
    Experiment {
        name: "depthwise-dense",
        expected: "A depthwise layer as a dense one executes many times the operations, but not as many times the joules.",
        statistic: "energy of the dense form over that of the depthwise kernel, divided by the same ratio of operations",
        group: same_problem,
        ratio: dense_against_depthwise,
        above: false,
        threshold: 1.0,
        anywhere: true,
    },
    Experiment {
        name: "mobilenet-v1",
        expected: "Depthwise layers take a larger share of the joules than of the FLOPs.",
        statistic: "depthwise layers' share of energy over their share of FLOPs, the fastest kernel for each layer",
        group: |facts| network(facts, "mobilenet-v1"),
        ratio: depthwise_joules_per_flop,
        above: true,
        threshold: 1.0,
        anywhere: false,
    },
    Experiment {
        name: "resnet-50",
        expected: "Layers of one net differ in joules per FLOP by more than two.",
        statistic: "most over least energy per operation among the layers of the net, in one precision and algorithm",
        group: |facts| layers(facts, "resnet-50"),
        ratio: spread_per_operation,
        above: true,
        threshold: 2.0,
        anywhere: false,
    },
    Experiment {
        name: "bert-base",
        expected: "Layers of one net differ in joules per FLOP by more than two.",
        statistic: "most over least energy per operation among the layers of the net, in one precision and algorithm",
        group: |facts| layers(facts, "bert-base"),
        ratio: spread_per_operation,
        above: true,
        threshold: 2.0,
        anywhere: false,
    },
    Experiment {
        name: "primer",
        expected: "Primer's depthwise convolutions cost more joules per FLOP than its matrix products, by more than two.",
        statistic: "most over least energy per operation among the layers of the net, in one precision",
        group: |facts| network(facts, "primer"),
        ratio: spread_per_operation,
        above: true,
        threshold: 2.0,
        anywhere: false,
    },
];

fn equal_flops(facts: &CaseFacts) -> Vec<String> {
    let flops = facts
        .count(Count::FlopsTask)
        .filter(|flops| *flops > 0.0 && !facts.has_structured_input());
    flops
        .map(|flops| format!("{} {flops}", facts.precision))
        .into_iter()
        .collect()
}

/// Cases that compute the same output from the same data. The id without kind, algorithm and precision names the problem
/// and the input.
fn same_problem(facts: &CaseFacts) -> Vec<String> {
    vec![format!("{} {} {}", facts.op, facts.precision, facts.problem())]
}

/// The same where the data do not let kernels leave out operations.
fn same_problem_on_any_data(facts: &CaseFacts) -> Vec<String> {
    match facts.has_structured_input() {
        true => Vec::new(),
        false => same_problem(facts),
    }
}

fn same_kernel_any_precision(facts: &CaseFacts) -> Vec<String> {
    let tag = facts.tag().unwrap_or_default();
    vec![format!("{} {} {} {tag}", facts.op, facts.algorithm, facts.problem())]
}

fn same_kernel_any_problem(facts: &CaseFacts) -> Vec<String> {
    vec![format!(
        "{} {} {} {}",
        facts.op, facts.algorithm, facts.precision, facts.input
    )]
}

/// The input decides how many operations the kernels of sparse and thin operands execute.
fn same_kernel_and_shape_any_input(facts: &CaseFacts) -> Vec<String> {
    let CaseFacts {
        op,
        algorithm,
        precision,
        shape,
        ..
    } = facts;
    vec![format!("{op} {algorithm} {precision} {shape:?}")]
}

/// The same work whatever the data, which are all that differs.
fn same_kernel_any_input(facts: &CaseFacts) -> Vec<String> {
    let CaseFacts {
        algorithm,
        precision,
        variant,
        ..
    } = facts;
    let named = !facts.input.is_empty() && !facts.has_structured_input();
    named
        .then(|| format!("{algorithm} {precision} {variant} {}", facts.task()))
        .into_iter()
        .collect()
}

/// The nets that a case is a layer of, with its precision.
fn network(facts: &CaseFacts, name: &str) -> Vec<String> {
    let here = facts.belongs_to(name);
    here.then(|| format!("{name} {}", facts.precision))
        .into_iter()
        .collect()
}

fn layers(facts: &CaseFacts, name: &str) -> Vec<String> {
    let here = network(facts, name);
    here.into_iter()
        .map(|net| format!("{net} {} {}", facts.op, facts.algorithm))
        .collect()
}
