//! Who does the work and who takes the joules, per network. In: the subject. Out: a figure of stacked bars.

use std::collections::BTreeSet;

use plotters::prelude::*;

use super::canvas::{axis_font, colour, legend, small_font, svg};
use super::{Figure, Subject, csv, reason};
use crate::findings::{LayerShare, NetworkShares};

type Part = (&'static str, fn(&LayerShare) -> Option<f64>);

const PARTS: [Part; 4] = [
    ("FLOPs", |share| share.flops),
    ("bytes", |share| share.bytes),
    ("time", |share| share.time),
    ("energy", |share| share.energy),
];

const BAR: i32 = 22;

pub(super) fn by_layer_type(subject: &Subject<'_>) -> Result<Figure, String> {
    let networks = subject
        .findings
        .networks
        .value()
        .ok_or_else(|| reason(&subject.findings.networks))?;
    let types: BTreeSet<&str> = networks
        .iter()
        .flat_map(|network| &network.types)
        .map(|share| share.layer_type.as_str())
        .collect();
    let types: Vec<String> = types.into_iter().map(str::to_owned).collect();
    let bars: Vec<(&NetworkShares, Vec<&Part>)> = networks
        .iter()
        .map(|network| {
            let known = PARTS
                .iter()
                .filter(|(_, of)| network.types.iter().any(|share| of(share).is_some()));
            (network, known.collect())
        })
        .collect();
    let height: i32 = bars.iter().map(|(_, parts)| 40 + parts.len() as i32 * (BAR + 5)).sum();
    let picture = svg((880, height.max(types.len() as i32 * 22 + 40) as u32 + 10), |area| {
        let (left, right) = area.split_horizontally(690);
        legend(&right, &types)?;
        let mut y = 8;
        for (network, parts) in &bars {
            let words = format!("{}, {} on {}", network.network, network.precision, network.device);
            left.draw(&Text::new(words, (8, y), axis_font()))?;
            y += 24;
            for (name, of) in parts {
                left.draw(&Text::new(*name, (8, y + 4), small_font()))?;
                let mut x = 70.0;
                for share in &network.types {
                    let width = of(share).unwrap_or(0.0) * 600.0;
                    let series = types.iter().position(|name| *name == share.layer_type).unwrap_or(0);
                    let corners = [(x as i32, y), ((x + width) as i32, y + BAR)];
                    left.draw(&Rectangle::new(corners, colour(series).filled()))?;
                    left.draw(&Rectangle::new(corners, WHITE.stroke_width(1)))?;
                    if width > 40.0 {
                        let text = format!("{:.0}%", width / 6.0);
                        let font = small_font().color(&WHITE);
                        left.draw(&Text::new(text, ((x + width / 2.0) as i32 - 12, y + 4), font))?;
                    }
                    x += width;
                }
                y += BAR + 5;
            }
            y += 16;
        }
        Ok(())
    })?;
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
    Ok(Figure {
        name: "layer_shares",
        title: format!("Who does the work, who takes the joules{}", subject.mark()),
        caption: "Shares by layer type; a layer that was measured with several algorithms counts with the fastest."
            .into(),
        svg: picture,
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
    })
}
