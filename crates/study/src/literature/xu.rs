//! Xu, Zhou, Fu, Zhou, Li 2021, "A Survey on Green Deep Learning", arXiv 2111.05193: pruning and low rank save operations. In: kernels
//! that leave out what is zero or factored, beside dense ones on the same numbers. Out: operations saved against joules saved.

use super::claim::{Answer, Basis, Claim};
use super::pairs::Pairs;
use super::subject::{JOULES, Subject, TIME, Value, grouped};
use crate::samples::Count;

pub(super) fn claims(subjects: &[Subject<'_>]) -> Vec<Claim> {
    let claim = |name: &str, what: &str, answers: Vec<Answer>, otherwise: &str| {
        Claim::new(
            name,
            "Xu et al. 2021, A Survey on Green Deep Learning, arXiv 2111.05193",
            what,
            "a survey: no joules",
        )
        .answered(answers, otherwise)
    };
    vec![
        claim(
            "xu-pruning",
            "Pruned weights save computation.",
            saved(subjects, "csr", "pruned", "% of the weights kept"),
            "no pruned product was measured both sparse and dense: run the suite sparsity",
        ),
        claim(
            "xu-low-rank",
            "Matrices of low rank save computation.",
            saved(subjects, "low_rank", "rank", " is the rank"),
            "no product of low rank was measured both factored and dense: run the suite sparsity",
        ),
    ]
}

/// The sparing kernel over the best dense one: below 1 is what it saves.
fn saved(subjects: &[Subject<'_>], algorithm: &str, input: &str, unit: &str) -> Vec<Answer> {
    let by_level = grouped(subjects, |subject| {
        let level: u32 = subject.facts.input.strip_prefix(input)?.parse().ok()?;
        let facts = subject.facts;
        Some((
            subject.device.to_owned(),
            facts.precision.clone(),
            std::cmp::Reverse(level),
        ))
    });
    let mut answers = Vec::new();
    for ((device, precision, level), kernels) in by_level {
        let problems = grouped(kernels, |kernel| Some(kernel.facts.work()));
        let spares = |kernel: &Subject<'_>| kernel.facts.algorithm == algorithm;
        let is_dense = |kernel: &Subject<'_>| !matches!(kernel.facts.algorithm.as_str(), "csr" | "low_rank");
        let operations: Value = |kernel, _| kernel.positive(Count::OpsExecuted);
        for (what, value, best_by) in [
            ("operations", operations, TIME),
            ("time", TIME, TIME),
            ("joules", JOULES, JOULES),
        ] {
            let pairs = Pairs::best(problems.values(), spares, is_dense, best_by);
            let basis = match what {
                "operations" => Basis::Counted,
                "time" => Basis::Timed,
                _ => pairs.energy_basis(),
            };
            let what = format!(
                "{what} of {algorithm} over those of the best dense kernel, {precision}, {}{unit}",
                level.0
            );
            answers.extend(pairs.answer(&device, what, value, basis));
        }
    }
    answers
}
