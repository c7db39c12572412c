//! So, Mańke, Liu, Dai, Shazeer, Le 2021, "Primer", arXiv 2109.08668: squared `ReLU` and a depthwise convolution after each projection.
//! In: the layers of a Primer block. Out: what these two take of the operations, and what of the joules.

use super::claim::{Answer, Basis, Claim, Dimension, Way};
use super::network::{Network, networks, share};
use super::subject::{JOULES, Subject, TIME, Value, energy_basis, over_rounds};
use crate::samples::Count;

pub(super) fn claims(subjects: &[Subject<'_>]) -> Vec<Claim> {
    let networks = networks(subjects);
    let primers = networks.iter().filter(|network| network.key.name == "primer");
    let claim = Claim::new(
        "so-primer",
        "So et al. 2021, Primer, arXiv 2109.08668, abstract",
        "Two small changes to a Transformer make its training cheaper.",
        "4× less training compute at 500M parameters, a third at 1.9B, for equal quality; kernels show what the changes cost, not \
         what they save",
    );
    let otherwise = "no Primer block of one size was measured with several layers: run the suite primer";
    vec![claim.answered(primers.flat_map(shares).collect(), otherwise)]
}

/// Which layers a share is of.
type Test = fn(&Subject<'_>) -> bool;

fn shares(network: &Network<'_, '_>) -> Vec<Answer> {
    let Some(fastest) = network.fastest() else {
        return Vec::new();
    };
    let kernels = || fastest.iter().map(|(kernel, _)| *kernel);
    let parts: [(&str, Test); 2] = [
        ("the depthwise convolutions", |kernel| kernel.facts.shape.is_depthwise()),
        ("squared ReLU", |kernel| kernel.facts.algorithm == "squared_relu"),
    ];
    let flops: Value = |kernel, _| kernel.count(Count::FlopsTask);
    let values = [
        ("FLOPs", flops, Basis::Counted),
        ("time", TIME, Basis::Timed),
        ("joules", JOULES, energy_basis(kernels())),
    ];
    let mut answers = Vec::new();
    for (part, which) in parts.into_iter().filter(|(_, which)| kernels().any(*which)) {
        for (what, value, basis) in values {
            let share = over_rounds(kernels(), |round| share(&fastest, which, |kernel| value(kernel, round)));
            answers.extend(share.map(|value| Answer {
                device: network.key.device.clone(),
                what: format!("share of {part} in the {what} ({})", network.label()),
                value,
                dimension: Dimension::Share,
                basis,
                way: Way::Direct,
                rests_on: format!("{} different layers, the fastest kernel of each", network.layers()),
            }));
        }
    }
    answers
}
