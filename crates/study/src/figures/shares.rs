//! Who does the work and who takes the joules, per network. In: the subject. Out: sketches.

use std::collections::BTreeSet;

use joulemark_base::si::percent;

use super::canvas::{Anchor, Canvas, colour};
use super::ranges::{Entry, Ranges};
use super::subject::{Subject, estimate_fields, reason};
use super::{Sketch, csv};
use crate::findings::{LayerShare, NetworkShares};
use crate::outcome::Outcome;

type Part = (&'static str, fn(&LayerShare) -> Option<f64>);

const PARTS: [Part; 4] = [
    ("FLOPs", |share| share.flops),
    ("bytes", |share| share.bytes),
    ("time", |share| share.time),
    ("energy", |share| share.energy),
];

pub(super) fn by_layer_type<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let networks = &subject.findings.networks;
    let networks = networks.value().ok_or_else(|| reason(networks))?;
    let rows = networks.iter().flat_map(|network| {
        network.types.iter().map(|share| {
            let names = [&network.network, &network.device, &network.precision, &share.layer_type].map(String::clone);
            let values = PARTS.map(|(_, of)| of(share).map_or_else(String::new, |value| value.to_string()));
            names
                .into_iter()
                .chain([share.layers.to_string()])
                .chain(values)
                .collect()
        })
    });
    Ok(Sketch {
        title: "Who does the work, who takes the joules".into(),
        caption: "Shares by layer type; a layer that was measured with several algorithms counts with the fastest."
            .into(),
        csv: csv(
            &[
                "network",
                "device",
                "precision",
                "layer_type",
                "layers",
                "flops",
                "bytes",
                "time",
                "energy",
            ],
            rows,
        ),
        draw: Box::new(move |title, caption| Ok(stacked(networks, title, caption))),
    })
}

fn stacked(networks: &[NetworkShares], title: &str, caption: &str) -> String {
    const BAR: f64 = 20.0;
    let types: BTreeSet<&str> = networks
        .iter()
        .flat_map(|network| network.types.iter().map(|share| share.layer_type.as_str()))
        .collect();
    let types: Vec<&str> = types.into_iter().collect();
    let mut canvas = Canvas::new(760.0);
    let legend: Vec<(usize, &str)> = types.iter().copied().enumerate().collect();
    let mut y = 8.0 + canvas.legend((8.0, 6.0), 740.0, &legend);
    for network in networks {
        let words = format!("{}, {} on {}", network.network, network.precision, network.device);
        canvas.text((8.0, y + 9.0), &words, Anchor::Start);
        y += 22.0;
        let known = PARTS
            .iter()
            .filter(|(_, of)| network.types.iter().any(|share| of(share).is_some()));
        for (name, of) in known {
            canvas.text((8.0, y + BAR / 2.0), name, Anchor::Start);
            let mut x = 66.0;
            for share in &network.types {
                let part = of(share).unwrap_or(0.0);
                let series = types.iter().position(|name| *name == share.layer_type).unwrap_or(0);
                let title = format!(
                    "{}: {} of the {name}, {} layers",
                    share.layer_type,
                    percent(part),
                    share.layers
                );
                canvas.bar((x, y), (part * 680.0 - 1.0, BAR), &colour(series), &title);
                if part > 0.06 {
                    let middle = (x + part * 340.0, y + BAR / 2.0);
                    canvas.text_as(middle, &format!("{:.0}%", 100.0 * part), Anchor::Middle, "onbar");
                }
                x += part * 680.0;
            }
            y += BAR + 4.0;
        }
        y += 12.0;
    }
    canvas.finish(y + 16.0, title, caption)
}

/// What the papers said of `MobileNet` v1: depthwise layers' share of the multiply-accumulates, and of the time of training.
const THEIRS: [(&str, f64); 2] = [
    ("MACs, Qin et al. 2018", 0.0306),
    ("time of training, Qin et al. 2018", 0.8286),
];

pub(super) fn depthwise<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let claims = &subject.findings.literature;
    let claim = claims
        .iter()
        .find(|claim| claim.name == "qin-shares")
        .ok_or("the claim is not among the literature's")?;
    let answers = match &claim.ours {
        Outcome::Available(answers) => answers,
        Outcome::Unavailable { unavailable } => return Err(unavailable.clone()),
    };
    let theirs = THEIRS.map(|(name, value)| Entry {
        name: name.into(),
        value,
        group: 1,
        ..Entry::default()
    });
    let ours = answers.iter().map(|answer| Entry {
        name: answer.what.replace("depthwise layers' share of the ", ""),
        value: answer.value.value,
        range: answer.value.ci95,
        title: format!(" on {}; {}", answer.device, answer.origin()),
        ..Entry::default()
    });
    let rows = answers.iter().map(|answer| {
        let names = [answer.device.clone(), answer.what.clone()];
        names.into_iter().chain(estimate_fields(&answer.value)).collect()
    });
    let csv = csv(&["device", "what", "share", "low", "high"], rows);
    let figure = Ranges {
        label: "depthwise layers' share in MobileNet v1".into(),
        format: |value| format!("{:.0}%", 100.0 * value),
        entries: theirs.into_iter().chain(ours).collect(),
        references: Vec::new(),
        is_logarithmic: false,
        groups: vec!["here".into(), "the paper".into()],
    };
    Ok(Sketch {
        title: "Depthwise convolutions: few operations, how much of the rest?".into(),
        caption: "The fastest kernel of each layer, inference; the paper's numbers are of training on a GPU.".into(),
        csv,
        draw: Box::new(move |title, caption| figure.draw(title, caption)),
    })
}
