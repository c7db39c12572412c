//! Henderson, Hu, Romoff, Brunskill, Jurafsky, Pineau 2020, arXiv 2002.05651: FLOPs against joules across networks. In: networks,
//! layer by layer. Out: what an inference takes by the best kernels, and how far FLOPs order the networks by joules.

use std::collections::BTreeMap;

use joulemark_base::estimate::Estimate;

use super::claim::{Answer, Claim, Dimension, Way};
use super::network::{Choice, Key, Network, networks, total};
use super::subject::{Round, Subject, energy_basis, over_rounds, ratio_over_rounds};
use crate::samples::Count;
use crate::stats::correlation::pearson;
use crate::stats::rank::spearman;

const SOURCE: &str = "Henderson et al. 2020, arXiv 2002.05651; numbers recomputed from their public logs";

/// The kernels that a network is summed by.
const OBJECTIVES: [&str; 2] = ["fastest", "thriftiest"];

/// Networks of one device, precision, size and objective, each with its choice of kernels.
struct Family<'a, 'b> {
    device: String,
    label: String,
    rests_on: String,
    members: Vec<(Key, Choice<'a, 'b>)>,
}

pub(super) fn claims(subjects: &[Subject<'_>]) -> Vec<Claim> {
    let networks = networks(subjects);
    let families = families(&networks, |_| Some(String::new()));
    let related = families_of_kin(&networks);
    vec![
        Claim::new(
            "henderson-joules",
            SOURCE,
            "A network's energy is measured, not told from its FLOPs.",
            "50,000 inferences per network in one process, batch 1, one TITAN V; here: the sum over the layers",
        )
        .answered(joules(&networks), NO_NETWORK),
        Claim::new(
            "henderson-networks",
            SOURCE,
            "Across networks FLOPs do not correlate with energy.",
            "R² 0.09, Pearson 0.30 (−0.03 to 0.64), Spearman 0.51 (0.11 to 0.74), 32.6% of pairs inverted, joules per MAC spread \
             74×: 20 networks, batch 1, one TITAN V",
        )
        .answered(families.iter().flat_map(across).collect(), FEW_NETWORKS),
        Claim::new(
            "henderson-family",
            SOURCE,
            "Within one family of networks FLOPs do correlate with energy.",
            "R² 0.999 within the VGG family",
        )
        .answered(related.iter().filter_map(within).collect(), FEW_KIN),
        Claim::new(
            "henderson-shufflenet",
            SOURCE,
            "A network of far fewer MACs can use more energy.",
            "ShuffleNet v2 has 51.6× fewer MACs than VGG-11 and used 6.6% more energy",
        )
        .answered(families.iter().flat_map(shufflenet).collect(), NO_SHUFFLENET),
    ]
}

const NO_NETWORK: &str =
    "no network was measured with its joules: run a suite such as mobilenet-v1, resnet-50 or vgg-16";
const FEW_NETWORKS: &str = "fewer than three networks of one precision and batch were measured with their joules";
const FEW_KIN: &str = "no family has three networks of one precision and batch that were measured with their joules";
const NO_SHUFFLENET: &str = "shufflenet-v2 and vgg-11 were not both measured in one precision and batch";

/// Networks that can be compared: by what `extra` says besides device, precision, batch and size.
fn families<'a, 'b>(networks: &[Network<'a, 'b>], extra: impl Fn(&Key) -> Option<String>) -> Vec<Family<'a, 'b>> {
    let mut families: BTreeMap<(Key, usize), Vec<(Key, Choice)>> = BTreeMap::new();
    for network in networks {
        let Some(extra) = extra(&network.key) else { continue };
        for (objective, choice) in [network.fastest(), network.thriftiest()].into_iter().enumerate() {
            let Some(choice) = choice.filter(|choice| total(choice, |kernel| kernel.joules(None)).is_some()) else {
                continue;
            };
            let common = Key {
                name: extra.clone(),
                ..network.key.clone()
            };
            families
                .entry((common, objective))
                .or_default()
                .push((network.key.clone(), choice));
        }
    }
    families
        .into_iter()
        .map(|((common, objective), members)| Family {
            label: format!(
                "{}{}, {} kernels",
                common.name,
                common.conditions(),
                OBJECTIVES[objective]
            ),
            rests_on: members
                .iter()
                .map(|(key, _)| key.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            device: common.device,
            members,
        })
        .collect()
}

/// Networks whose names begin alike: `vgg-11` and `vgg-16`, not `mobilenet-v1` and `mobilenet-v2`, which are built otherwise.
fn families_of_kin<'a, 'b>(networks: &[Network<'a, 'b>]) -> Vec<Family<'a, 'b>> {
    families(networks, |key| {
        let (family, size) = key.name.rsplit_once('-')?;
        size.parse::<u32>().ok().map(|_| format!("{family} family, "))
    })
}

impl<'a> Family<'a, '_> {
    fn subjects(&self) -> impl Iterator<Item = &Subject<'a>> {
        self.members
            .iter()
            .flat_map(|(_, choice)| choice.iter().map(|(kernel, _)| *kernel))
    }

    fn flops(&self) -> Option<Vec<f64>> {
        let flops = |kernel: &Subject<'a>| kernel.count(Count::FlopsTask);
        self.members.iter().map(|(_, choice)| total(choice, flops)).collect()
    }

    fn joules(&self, round: Round) -> Option<Vec<f64>> {
        let joules = |kernel: &Subject<'a>| kernel.joules(round);
        self.members.iter().map(|(_, choice)| total(choice, joules)).collect()
    }

    /// A statistic of the networks' FLOPs and joules.
    fn statistic(&self, of: impl Fn(&[f64], &[f64]) -> Option<f64>) -> Option<Estimate> {
        let flops = self.flops()?;
        over_rounds(self.subjects(), |round| of(&flops, &self.joules(round)?))
    }

    /// The same of a ratio.
    fn ratio(&self, of: impl Fn(&[f64], &[f64]) -> Option<f64>) -> Option<Estimate> {
        let flops = self.flops()?;
        ratio_over_rounds(self.subjects(), |round| of(&flops, &self.joules(round)?))
    }

    fn answer(&self, what: &str, value: Option<Estimate>, dimension: Dimension) -> Option<Answer> {
        Some(Answer {
            device: self.device.clone(),
            what: format!("{what} ({})", self.label),
            value: value?,
            dimension,
            basis: energy_basis(self.subjects()),
            way: Way::Direct,
            rests_on: format!("{} networks: {}", self.members.len(), self.rests_on),
        })
    }
}

/// What an inference takes, per network and objective.
fn joules(networks: &[Network<'_, '_>]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for network in networks {
        let batch = f64::from(network.key.batch);
        for (objective, choice) in OBJECTIVES.into_iter().zip([network.fastest(), network.thriftiest()]) {
            let Some(choice) = choice else { continue };
            let kernels = || choice.iter().map(|(kernel, _)| *kernel);
            let value = over_rounds(kernels(), |round| {
                Some(total(&choice, |kernel| kernel.joules(round))? / batch)
            });
            let macs = total(&choice, |kernel| kernel.count(Count::Macs));
            answers.extend(value.map(|value| Answer {
                device: network.key.device.clone(),
                what: format!("joules per inference of {}, {objective} kernels", network.label()),
                value,
                dimension: Dimension::Joule,
                basis: energy_basis(kernels()),
                way: Way::Direct,
                rests_on: macs.map_or_else(
                    || format!("{} different layers", network.layers()),
                    |macs| {
                        format!(
                            "{} different layers, {:.4} GMACs per inference",
                            network.layers(),
                            macs / batch / 1e9
                        )
                    },
                ),
            }));
        }
    }
    answers
}

fn across(family: &Family<'_, '_>) -> Vec<Answer> {
    if family.members.len() < 3 {
        return Vec::new();
    }
    let r_squared = |flops: &[f64], joules: &[f64]| Some(pearson(flops, joules)?.powi(2));
    [
        ("R² of joules by FLOPs", family.statistic(r_squared), Dimension::Number),
        (
            "Pearson's correlation of FLOPs and joules",
            family.statistic(pearson),
            Dimension::Number,
        ),
        (
            "Spearman's correlation of FLOPs and joules",
            family.statistic(spearman),
            Dimension::Number,
        ),
        (
            "pairs of networks that FLOPs order otherwise than joules",
            family.statistic(inverted),
            Dimension::Share,
        ),
        (
            "largest over smallest joules per MAC",
            family.ratio(spread),
            Dimension::Ratio,
        ),
    ]
    .into_iter()
    .filter_map(|(what, value, dimension)| family.answer(what, value, dimension))
    .collect()
}

fn within(family: &Family<'_, '_>) -> Option<Answer> {
    let enough = family.members.len() > 2;
    let r_squared = |flops: &[f64], joules: &[f64]| Some(pearson(flops, joules)?.powi(2));
    let value = enough.then(|| family.statistic(r_squared)).flatten();
    family.answer("R² of joules by FLOPs", value, Dimension::Number)
}

/// The share of pairs of unequal FLOPs in which the one with fewer takes more joules.
fn inverted(flops: &[f64], joules: &[f64]) -> Option<f64> {
    let (mut pairs, mut wrong) = (0.0, 0.0);
    for a in 0..flops.len() {
        for b in 0..a {
            let (more_flops, more_joules) = (flops[a] - flops[b], joules[a] - joules[b]);
            if more_flops != 0.0 {
                pairs += 1.0;
                wrong += f64::from(u8::from(more_flops * more_joules < 0.0));
            }
        }
    }
    (pairs > 0.0).then_some(wrong / pairs)
}

fn spread(flops: &[f64], joules: &[f64]) -> Option<f64> {
    let costs: Vec<f64> = flops.iter().zip(joules).map(|(flops, joules)| joules / flops).collect();
    let (most, least) = (
        costs.iter().copied().reduce(f64::max)?,
        costs.iter().copied().reduce(f64::min)?,
    );
    (least > 0.0).then_some(most / least)
}

fn shufflenet(family: &Family<'_, '_>) -> Vec<Answer> {
    let named = |name: &str| family.members.iter().find(|(key, _)| key.name == name);
    let Some(((_, small), (_, large))) = named("shufflenet-v2").zip(named("vgg-11")) else {
        return Vec::new();
    };
    let both = || small.iter().chain(large).map(|(kernel, _)| *kernel);
    let ratio = |value: &dyn Fn(&Subject<'_>) -> Option<f64>| Some(total(small, value)? / total(large, value)?);
    let joules = ratio_over_rounds(both(), |round| ratio(&|kernel| kernel.joules(round)));
    let macs = ratio(&|kernel| kernel.count(Count::Macs)).map(|ratio| Estimate::point(1.0 / ratio));
    [
        family.answer("MACs of VGG-11 over those of ShuffleNet v2", macs, Dimension::Ratio),
        family.answer("joules of ShuffleNet v2 over those of VGG-11", joules, Dimension::Ratio),
    ]
    .into_iter()
    .flatten()
    .collect()
}
