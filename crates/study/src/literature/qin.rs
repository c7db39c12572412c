//! Qin, Zhang, Li, Zhang, Peng 2018, arXiv 1803.09926: depthwise convolutions are few operations and much of the time. In: the
//! layers of MobileNet v1, and depthwise layers computed as dense ones. Out: shares, and what the dense form wins.

use super::claim::{Answer, Basis, Claim, Dimension, Way};
use super::network::{Network, SHARES, networks, share};
use super::pairs::Pairs;
use super::subject::{JOULES, Subject, TIME, Value, energy_basis, grouped, over_rounds};
use crate::samples::Count;

pub(super) fn claims(subjects: &[Subject<'_>]) -> Vec<Claim> {
    let networks = networks(subjects);
    let shares = networks
        .iter()
        .filter(|network| network.key.name == "mobilenet-v1")
        .flat_map(shares)
        .collect();
    vec![
        Claim::new(
            "qin-shares",
            "Qin et al. 2018, arXiv 1803.09926, quoted by Henderson et al. 2020",
            "MobileNet's depthwise convolutions are a small share of the MACs and a large share of the time.",
            "3.06% of the MACs, 82.86% of the training time on a GPU",
        )
        .answered(
            shares,
            "mobilenet-v1 was not measured, or without layers other than depthwise ones",
        ),
        Claim::new(
            "qin-dense",
            "Qin et al. 2018, arXiv 1803.09926, abstract",
            "A depthwise convolution written as a dense one, with zeros in it, trains faster.",
            "speed-up of training 15.4× on Darknet, 8.4× on Caffe, 5.4× on PyTorch, 3.5× on MXNet, 1.4× on TensorFlow",
        )
        .answered(
            dense(subjects),
            "no depthwise layer was measured both ways: run the suite depthwise-dense",
        ),
    ]
}

fn shares(network: &Network<'_, '_>) -> Vec<Answer> {
    let Some(fastest) = network.fastest() else {
        return Vec::new();
    };
    let depthwise = |kernel: &Subject<'_>| kernel.facts.shape.is_depthwise();
    if fastest.iter().all(|(kernel, _)| depthwise(kernel)) {
        return Vec::new();
    }
    let kernels = || fastest.iter().map(|(kernel, _)| *kernel);
    let answer = |(what, value): (&str, Value)| {
        let basis = match what {
            "time" => Basis::Timed,
            "joules" => energy_basis(kernels()),
            _ => Basis::Counted,
        };
        Some(Answer {
            device: network.key.device.clone(),
            what: format!("depthwise layers' share of the {what} ({})", network.label()),
            value: over_rounds(kernels(), |round| {
                share(&fastest, depthwise, |kernel| value(kernel, round))
            })?,
            dimension: Dimension::Share,
            basis,
            way: Way::Direct,
            rests_on: format!(
                "{} different layers, the fastest kernel of each; inference",
                network.layers()
            ),
        })
    };
    SHARES.into_iter().filter_map(answer).collect()
}

/// The fastest depthwise kernel over the dense form: above 1 the dense form wins.
fn dense(subjects: &[Subject<'_>]) -> Vec<Answer> {
    let depthwise = subjects.iter().filter(|subject| subject.facts.shape.is_depthwise());
    let by_device = grouped(depthwise, |subject| {
        Some((subject.device.to_owned(), subject.facts.precision.clone()))
    });
    let mut answers = Vec::new();
    for ((device, precision), kernels) in by_device {
        let problems = grouped(kernels, |kernel| Some(kernel.facts.work()));
        let is_dense = |kernel: &Subject<'_>| kernel.facts.algorithm == "depthwise_dense";
        let pairs = Pairs::best(problems.values(), |kernel| !is_dense(kernel), is_dense, TIME);
        let operations: Value = |kernel, _| kernel.positive(Count::OpsExecuted);
        for (what, value, basis) in [
            ("executed operations", operations, Basis::Counted),
            ("time", TIME, Basis::Timed),
            ("joules", JOULES, pairs.energy_basis()),
        ] {
            let what =
                format!("{what} of the fastest depthwise kernel over those of the dense form, inference, {precision}");
            answers.extend(pairs.answer(&device, what, value, basis));
        }
    }
    answers
}
