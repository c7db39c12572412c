//! Networks as sums of their layers. In: subjects whose workload names a layer: `mobilenet-v1-n32-s2/04-x5` is layer 4, which
//! recurs five times, of 32 images of half the sides. Out: one network per device, precision, batch and size.

use std::collections::BTreeMap;

use super::subject::{JOULES, Subject, TIME, Value, grouped, least};
use crate::samples::{Count, recurrence};

/// What tells networks apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) device: String,
    pub(super) precision: String,
    /// Images or sequences at once.
    pub(super) batch: u32,
    /// How many times shorter the sides of the images are.
    pub(super) shrink: u32,
    pub(super) name: String,
}

impl Key {
    /// For people: `batch 32, f16`.
    pub(super) fn conditions(&self) -> String {
        let size = if self.shrink == 1 {
            String::new()
        } else {
            format!(", sides {} times shorter", self.shrink)
        };
        format!("batch {}{size}, {}", self.batch, self.precision)
    }
}

/// A network's layers with every kernel that was measured for each.
pub(super) struct Network<'a, 'b> {
    pub(super) key: Key,
    layers: BTreeMap<String, Vec<&'b Subject<'a>>>,
}

/// One kernel for each layer, with how often the layer occurs.
pub(super) type Choice<'a, 'b> = Vec<(&'b Subject<'a>, f64)>;

/// All networks of at least two layers.
pub(super) fn networks<'a, 'b>(subjects: &'b [Subject<'a>]) -> Vec<Network<'a, 'b>> {
    let mut networks: BTreeMap<Key, BTreeMap<String, Vec<&Subject>>> = BTreeMap::new();
    let plain =
        |subject: &&Subject| !subject.facts.has_structured_input() && subject.facts.algorithm != "depthwise_dense";
    for subject in subjects.iter().filter(plain) {
        for (network, layer) in subject.facts.workloads.iter().filter_map(|name| name.split_once('/')) {
            let (name, batch, shrink) = parts(network);
            let key = Key {
                device: subject.device.to_owned(),
                precision: subject.facts.precision.clone(),
                batch,
                shrink,
                name: name.to_owned(),
            };
            networks
                .entry(key)
                .or_default()
                .entry(layer.to_owned())
                .or_default()
                .push(subject);
        }
    }
    networks
        .into_iter()
        .flat_map(|(key, layers)| by_size(&key, layers))
        .collect()
}

/// A network whose layers stand for several problems each, as many in every layer, is that many networks: their batches are in the
/// ratio of their operations. Of fewer than two layers, or of unlike numbers of problems, none.
fn by_size<'a, 'b>(key: &Key, layers: BTreeMap<String, Vec<&'b Subject<'a>>>) -> Vec<Network<'a, 'b>> {
    let flops = |kernels: &Vec<&Subject>| {
        kernels
            .first()
            .and_then(|kernel| kernel.count(Count::FlopsTask))
            .unwrap_or(0.0)
    };
    let sizes: Vec<(String, Vec<Vec<&Subject>>)> = layers
        .into_iter()
        .map(|(layer, kernels)| {
            let mut problems: Vec<Vec<&Subject>> = grouped(kernels, |kernel| Some(kernel.facts.work()))
                .into_values()
                .collect();
            problems.sort_by(|a, b| flops(a).total_cmp(&flops(b)));
            (layer, problems)
        })
        .collect();
    let count = sizes.first().map_or(0, |(_, problems)| problems.len());
    if sizes.len() < 2 || sizes.iter().any(|(_, problems)| problems.len() != count) {
        return Vec::new();
    }
    let total = |size: usize| sizes.iter().map(|(_, problems)| flops(&problems[size])).sum::<f64>();
    (0..count)
        .map(|size| Network {
            key: Key {
                batch: key.batch * (total(size) / total(0)).round().max(1.0) as u32,
                ..key.clone()
            },
            layers: sizes
                .iter()
                .map(|(layer, problems)| (layer.clone(), problems[size].clone()))
                .collect(),
        })
        .collect()
}

/// Name, batch and shrink of `mobilenet-v1-n32-s2`.
fn parts(network: &str) -> (&str, u32, u32) {
    fn ending(name: &str, letter: char) -> (&str, u32) {
        let cut = name.rsplit_once('-').and_then(|(front, end)| {
            let number = end.strip_prefix(letter)?.parse().ok()?;
            Some((front, number))
        });
        cut.unwrap_or((name, 1))
    }
    let (name, shrink) = ending(network, 's');
    let (name, batch) = ending(name, 'n');
    (name, batch, shrink)
}

impl<'a, 'b> Network<'a, 'b> {
    /// Its layers.
    pub(super) fn layers(&self) -> usize {
        self.layers.len()
    }

    /// The kernel of least value for each layer; `None` where a layer has no kernel with a value.
    pub(super) fn choose(&self, value: impl Fn(&Subject<'a>) -> Option<f64>) -> Option<Choice<'a, 'b>> {
        self.layers
            .iter()
            .map(|(layer, kernels)| Some((least(kernels.iter().copied(), &value)?, recurrence(layer))))
            .collect()
    }

    /// The fastest kernel for each layer, as a library chooses.
    pub(super) fn fastest(&self) -> Option<Choice<'a, 'b>> {
        self.choose(|kernel| kernel.time_s(None))
    }

    /// The kernel of least joules for each layer.
    pub(super) fn thriftiest(&self) -> Option<Choice<'a, 'b>> {
        self.choose(|kernel| kernel.joules(None))
    }

    /// For people: `mobilenet-v1, batch 32, f16`.
    pub(super) fn label(&self) -> String {
        format!("{}, {}", self.key.name, self.key.conditions())
    }
}

/// A sum over layers; `None` where a layer lacks the value.
pub(super) fn total<'a>(choice: &Choice<'a, '_>, value: impl Fn(&Subject<'a>) -> Option<f64>) -> Option<f64> {
    choice.iter().map(|(kernel, times)| Some(times * value(kernel)?)).sum()
}

/// The part of such a sum that some layers have.
pub(super) fn share<'a>(
    choice: &Choice<'a, '_>,
    which: impl Fn(&Subject<'a>) -> bool,
    value: impl Fn(&Subject<'a>) -> Option<f64>,
) -> Option<f64> {
    let whole = total(choice, &value).filter(|whole| *whole > 0.0)?;
    let part = total(choice, |kernel| if which(kernel) { value(kernel) } else { Some(0.0) })?;
    Some(part / whole)
}

/// What a layer's shares are told in: counts, time, joules.
pub(super) const SHARES: [(&str, Value); 4] = [
    ("MACs", |kernel, _| kernel.count(Count::Macs)),
    ("compulsory bytes", |kernel, _| kernel.count(Count::BytesMin)),
    ("time", TIME),
    ("joules", JOULES),
];

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_network_s_name_says_its_batch_and_size() {
        assert_eq!(parts("mobilenet-v1"), ("mobilenet-v1", 1, 1));
        assert_eq!(parts("mobilenet-v1-n32-s2"), ("mobilenet-v1", 32, 2));
        assert_eq!(parts("resnet-50-s4"), ("resnet-50", 1, 4));
        assert_eq!(parts("vgg-n8"), ("vgg", 8, 1));
        assert_eq!(parts("squeezenet-new"), ("squeezenet-new", 1, 1));
    }
}
