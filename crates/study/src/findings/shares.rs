//! Who does the work and who takes the joules: shares of FLOPs, bytes, time and energy by layer type in each network.
//! In: samples whose workload names a network's layer (`mobilenet-v1/conv5_dw`). Out: one table per network.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::material::Material;
use crate::cases::Measured;
use crate::outcome::Outcome;
use crate::samples::{Case, CaseFacts, Count, recurrence};

/// The shares in one network on one device in one precision. Where a layer was measured with several algorithms, the
/// fastest one stands for it, as a library would choose. A layer that recurs (`14x5`) counts as often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkShares {
    /// The network.
    pub network: String,
    /// The device.
    pub device: String,
    /// The precision.
    pub precision: String,
    /// Layers.
    pub layers: usize,
    /// One entry per layer type.
    pub types: Vec<LayerShare>,
}

/// The shares of one layer type, 0 to 1; `None` where a layer lacks the value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerShare {
    /// `depthwise`, `pointwise`, `conv 3x3`, `matmul` …
    pub layer_type: String,
    /// Layers of this type.
    pub layers: usize,
    /// Share of the operations.
    pub flops: Option<f64>,
    /// Share of the compulsory bytes.
    pub bytes: Option<f64>,
    /// Share of the time.
    pub time: Option<f64>,
    /// Share of the gross energy.
    pub energy: Option<f64>,
}

/// FLOPs, bytes, time, energy of one layer.
type Amounts = [Option<f64>; 4];

/// A case and what was measured of it.
type Seen<'a> = (&'a Case, &'a Measured);

pub(crate) fn all(material: &Material<'_>) -> Outcome<Vec<NetworkShares>> {
    let samples = material.samples;
    let mut fastest: BTreeMap<(String, usize, String), BTreeMap<String, Seen<'_>>> = BTreeMap::new();
    let seen = samples.cases.iter().zip(&material.measured);
    for (case, measured) in seen.filter(|(case, _)| !case.windows.is_empty()) {
        let facts = &case.facts;
        for (network, layer) in facts.workloads.iter().filter_map(|workload| workload.split_once('/')) {
            let layers = fastest
                .entry((network.to_owned(), facts.device, facts.precision.clone()))
                .or_default();
            let best = layers.entry(layer.to_owned()).or_insert((case, measured));
            if time(measured) < time(best.1) {
                *best = (case, measured);
            }
        }
    }
    let networks: Vec<NetworkShares> = fastest
        .into_iter()
        .filter(|(_, layers)| {
            layers
                .values()
                .map(|(case, _)| layer_type(&case.facts))
                .collect::<BTreeSet<_>>()
                .len()
                > 1
        })
        .map(|((network, device, precision), layers)| NetworkShares {
            network,
            device: samples.devices[device].name.clone(),
            precision,
            layers: layers.len(),
            types: shares(layers.iter().map(|(layer, seen)| (*seen, recurrence(layer)))),
        })
        .collect();
    match networks.is_empty() {
        true => Outcome::unavailable("no workload names the layers of a network with more than one layer type"),
        false => Outcome::Available(networks),
    }
}

fn time(measured: &Measured) -> f64 {
    measured.time_s.map_or(f64::INFINITY, |time| time.value)
}

/// What kind of layer a case is, by its dimensions.
fn layer_type(facts: &CaseFacts) -> String {
    match (facts.op.as_str(), facts.shape.get("r"), facts.shape.get("s")) {
        ("conv2d", ..) if facts.shape.is_depthwise() => "depthwise".into(),
        ("conv2d", Some(1), Some(1)) => "pointwise".into(),
        ("conv2d", Some(r), Some(s)) => format!("conv {r}x{s}"),
        (op, ..) => op.into(),
    }
}

fn shares<'a>(cases: impl Iterator<Item = (Seen<'a>, f64)>) -> Vec<LayerShare> {
    let mut types: BTreeMap<String, (usize, Amounts)> = BTreeMap::new();
    let mut total: Amounts = [Some(0.0); 4];
    for ((case, measured), times) in cases {
        let amounts: Amounts = [
            case.facts.count(Count::FlopsTask),
            case.facts.count(Count::BytesMin),
            Some(time(measured)),
            measured.gross_j.map(|energy| energy.value),
        ];
        let (layers, sums) = types.entry(layer_type(&case.facts)).or_insert((0, [Some(0.0); 4]));
        *layers += 1;
        for ((sum, total), amount) in sums.iter_mut().zip(&mut total).zip(amounts) {
            *sum = sum.zip(amount).map(|(sum, amount)| sum + times * amount);
            *total = total.zip(amount).map(|(total, amount)| total + times * amount);
        }
    }
    let of = |sums: &Amounts, index: usize| Some(sums[index]? / total[index].filter(|total| *total > 0.0)?);
    types
        .into_iter()
        .map(|(layer_type, (layers, sums))| LayerShare {
            layer_type,
            layers,
            flops: of(&sums, 0),
            bytes: of(&sums, 1),
            time: of(&sums, 2),
            energy: of(&sums, 3),
        })
        .collect()
}
