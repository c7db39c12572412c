//! Qiu et al. 2021, "A first look into the carbon footprint of federated learning", arXiv 2102.07627: what moving a model costs beside
//! training it. In: transfers, the passes of a training step, and what the caller says of the federation. Out: joules per byte
//! between host and device, and an estimate of communication against computation.
//!
//! Communication: Σ rounds Σ clients S · (1/D + 1/U) · (e_router + e_idle). Their text could not be read: the form is from memory.

use joulemark_base::estimate::Estimate;
use joulemark_base::si::{plural, significant};
use serde::{Deserialize, Serialize};

use super::claim::{Answer, Basis, Claim, Dimension, Way};
use super::network::{networks, total};
use super::patterson::product;
use super::subject::{JOULES, Subject, TIME, energy_basis, grouped, over_rounds};
use super::training::{over_forward, steps};
use crate::samples::Count;

const SOURCE: &str = "Qiu et al. 2021, A first look into the carbon footprint of federated learning, arXiv 2102.07627";

/// A federation that trains one model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Federation {
    /// Rounds of communication.
    pub rounds: f64,
    /// Clients in each round.
    pub clients: f64,
    /// Training steps of a client per round.
    pub steps: f64,
    /// Size of the model, in bytes.
    pub model_bytes: f64,
    /// Bytes per second to a client.
    pub download_bytes_per_s: f64,
    /// Bytes per second from a client.
    pub upload_bytes_per_s: f64,
    /// Power of the router, in watts.
    pub router_w: f64,
    /// Power of the idle client while it waits, in watts.
    pub idle_w: f64,
}

impl Federation {
    /// Joules of moving the model to every client and back, in every round.
    #[must_use]
    pub fn communication_j(&self) -> f64 {
        let seconds = self.model_bytes * (1.0 / self.download_bytes_per_s + 1.0 / self.upload_bytes_per_s);
        self.rounds * self.clients * seconds * (self.router_w + self.idle_w)
    }
}

pub(super) fn claims(subjects: &[Subject<'_>], federation: Option<&Federation>) -> Vec<Claim> {
    vec![
        Claim::new(
            "qiu-transfer",
            SOURCE,
            "Moving data costs energy without any operation.",
            "no number: theirs is the network's, this is the bus's",
        )
        .answered(
            transfers(subjects),
            "no upload or download was measured beside a copy: run the suite transfer",
        ),
        Claim::new(
            "qiu-training",
            SOURCE,
            "What the clients compute is training, not inference alone.",
            "no number per pass; by counts a step has three times the MACs of its forward pass",
        )
        .answered(
            training(subjects),
            "no layer was measured forward and in both gradients: run the suite training",
        ),
        Claim::new(
            "qiu-federation",
            &format!("{SOURCE}, abstract"),
            "Federated learning can emit far more than central training, by communication among other things.",
            "up to two orders of magnitude more carbon",
        )
        .answered(
            federation.map_or_else(Vec::new, |federation| estimate(subjects, federation)),
            "no federation was described (--federation)",
        ),
    ]
}

/// A transfer with its copy, less the copy alone, over the bytes that crossed: at the largest size of each direction.
fn transfers(subjects: &[Subject<'_>]) -> Vec<Answer> {
    let by_problem = grouped(subjects, |subject| {
        let facts = subject.facts;
        let moves = matches!(facts.algorithm.as_str(), "copy" | "upload" | "download");
        moves.then(|| (subject.device.to_owned(), facts.precision.clone(), subject.facts.work()))
    });
    let mut largest = std::collections::BTreeMap::new();
    for ((device, precision, _), kernels) in &by_problem {
        let Some(copy) = kernels.iter().find(|kernel| kernel.facts.algorithm == "copy") else {
            continue;
        };
        for kernel in kernels.iter().filter(|kernel| kernel.facts.algorithm != "copy") {
            let bytes = |kernel: &Subject<'_>| kernel.positive(Count::BytesModel);
            let Some(crossed) = bytes(kernel).zip(bytes(copy)).map(|(all, copied)| all - copied) else {
                continue;
            };
            let joules = over_rounds([*kernel, *copy], |round| {
                Some((kernel.joules(round)? - copy.joules(round)?) / crossed)
            });
            let Some(value) = joules.filter(|_| crossed > 0.0) else {
                continue;
            };
            let key = (device.clone(), precision.clone(), kernel.facts.algorithm.clone());
            let known = largest.get(&key).is_some_and(|(most, _)| *most >= crossed);
            if !known {
                let answer = Answer {
                    device: device.clone(),
                    what: format!(
                        "joules per byte of {} between host and device ({precision})",
                        kernel.facts.algorithm
                    ),
                    value,
                    dimension: Dimension::JoulePerByte,
                    basis: energy_basis([*kernel, *copy]),
                    way: Way::Direct,
                    rests_on: format!("{} less {}; the device alone", kernel.facts.label(), copy.facts.label()),
                };
                largest.insert(key, (crossed, answer));
            }
        }
    }
    largest.into_values().map(|(_, answer)| answer).collect()
}

/// What the steps that were measured take over their forward passes.
fn training(subjects: &[Subject<'_>]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (what, value) in [("time", TIME), ("joules", JOULES)] {
        for ((device, precision), steps) in steps(subjects, value) {
            let all = || steps.iter().flatten().copied();
            answers.extend(over_forward(&steps, value).map(|value| Answer {
                device,
                what: format!("{what} of a training step over {what} of its forward pass, {precision}"),
                value,
                dimension: Dimension::Ratio,
                basis: if what == "time" {
                    Basis::Timed
                } else {
                    energy_basis(all())
                },
                way: Way::Direct,
                rests_on: format!(
                    "geometric mean over {}, the best kernel of each pass",
                    plural(steps.len(), "layer")
                ),
            }));
        }
    }
    answers
}

/// Forward pass, gradient by the inputs and gradient by the weights: each takes the multiply-accumulates of the first.
const PASSES: f64 = 3.0;

/// What the federation's communication takes, and what the training steps of its clients take on this machine: as many times a
/// forward pass as measured steps took in that precision, or three times where no gradient was measured.
fn estimate(subjects: &[Subject<'_>], federation: &Federation) -> Vec<Answer> {
    let communication = federation.communication_j();
    let mut answers = vec![Answer {
        device: "any".into(),
        what: "joules of the federation's communication".into(),
        value: Estimate::point(communication),
        dimension: Dimension::Joule,
        basis: Basis::Counted,
        way: Way::Derived,
        rests_on: "rounds, clients, bytes, speeds and powers as given".into(),
    }];
    let count = federation.rounds * federation.clients * federation.steps;
    let measured = steps(subjects, JOULES);
    for network in networks(subjects) {
        let Some(fastest) = network.fastest() else { continue };
        let kernels = || fastest.iter().map(|(kernel, _)| *kernel);
        let forward = over_rounds(kernels(), |round| total(&fastest, |kernel| kernel.joules(round)));
        let Some(forward) = forward else { continue };
        let own = measured.get(&(network.key.device.clone(), network.key.precision.clone()));
        let (passes, rests_on) = match own.and_then(|steps| Some((over_forward(steps, JOULES)?, steps.len()))) {
            Some((passes, layers)) => (
                passes,
                format!(
                    "{} times the measured forward pass, as measured steps of {} took",
                    significant(passes.value),
                    plural(layers, "layer")
                ),
            ),
            None => (
                Estimate::point(PASSES),
                "three times the measured forward pass, whose gradients take twice its MACs; no gradient was measured"
                    .into(),
            ),
        };
        let computing = match passes.ci95 {
            Some(_) if forward.low() > 0.0 => product(forward, passes),
            _ => forward.map(|joules| joules * passes.value),
        };
        let computing = computing.map(|joules| joules * count);
        let say = |what: &str, value, dimension| Answer {
            device: network.key.device.clone(),
            what: format!("{what} ({})", network.label()),
            value,
            dimension,
            basis: energy_basis(kernels()),
            way: Way::Derived,
            rests_on: format!("steps as given, each {rests_on}"),
        };
        let ratio = computing.map(|computing| communication / computing);
        answers.push(say(
            "joules of the clients' training steps",
            computing,
            Dimension::Joule,
        ));
        answers.push(say("communication over computation", ratio, Dimension::Ratio));
    }
    answers
}
