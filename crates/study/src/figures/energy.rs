//! The headline figures: energy against operations, joules per operation, the energy roofline. In: the subject. Out: sketches.

use std::collections::{BTreeMap, BTreeSet};

use joulemark_base::estimate::Estimate;
use joulemark_base::si::{si, significant};
use joulemark_base::statistics::geometric_mean;

use super::axis::short;
use super::ranges::{Entry, Ranges};
use super::scatter::{Arrow, Line, Panel, Point, Scatter};
use super::subject::{Subject, count, estimate_fields, reason};
use super::{Sketch, csv};
use crate::cases::CaseSummary;
use crate::findings::Response;

pub(super) fn against_flops<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let mut cases = subject.with_flops();
    cases.retain(|(case, ..)| case.op != "calibration");
    let several = subject.findings.devices.len() > 1;
    let name = |case: &CaseSummary| match several {
        true => format!("{} on {}", case.op, case.device),
        false => case.op.clone(),
    };
    let mut panels: BTreeMap<String, Panel> = BTreeMap::new();
    for (case, flops, value) in &cases {
        let point = Point {
            x: *flops,
            y: value.value,
            title: subject.title(case),
        };
        let series = case
            .family
            .strip_prefix(&format!("{}/", case.op))
            .unwrap_or(&case.family);
        let panel = panels.entry(name(case)).or_default();
        panel.points.push((series.to_owned(), point));
    }
    for device in subject.devices() {
        let place = |label: &str| {
            let own = |(case, ..): &&(&CaseSummary, f64, _)| case.label == label && case.device == device.device;
            cases
                .iter()
                .find(own)
                .map(|(case, flops, value)| (name(case), (*flops, value.value)))
        };
        let evidence = &device.estimands.evidence;
        for cell in evidence.iso_flop.value().into_iter().flat_map(|found| &found.cells) {
            if let (Some((panel, least)), Some((other, most))) = (place(&cell.least), place(&cell.most))
                && panel == other
            {
                let line = Line {
                    points: vec![least, most],
                    width: 5.0,
                    ..Line::default()
                };
                panels.entry(panel).or_default().lines.push(line);
            }
        }
        for pair in evidence
            .near_pairs
            .value()
            .into_iter()
            .flat_map(|found| &found.examples)
        {
            let ends = place(&pair.more_flops).zip(place(&pair.more_energy));
            if let Some(((panel, from), (other, to))) = ends
                && panel == other
            {
                let [fewer, more] = [pair.flops_ratio, pair.energy_ratio].map(significant);
                let word = subject.word();
                let title = format!(
                    "{}: 1/{fewer} of the operations of {}, {more}× the {word}",
                    pair.more_energy, pair.more_flops
                );
                panels.entry(panel).or_default().arrows.push(Arrow { from, to, title });
            }
        }
    }
    let rows = cases.iter().map(|(case, flops, value)| {
        let names = [&case.device, &case.label, &case.family, &case.precision].map(String::clone);
        names
            .into_iter()
            .chain([flops.to_string()])
            .chain(estimate_fields(value))
            .collect()
    });
    let figure = Scatter {
        x_label: "operations of the task, per iteration",
        y_label: format!("{}, per iteration", subject.response.name()),
        x_format: |value| short(value, ""),
        y_format: subject.format(),
        panels: panels
            .into_iter()
            .map(|(name, panel)| Panel { name, ..panel })
            .collect(),
        is_linear: false,
    };
    Ok(Sketch {
        title: format!("{} against operations", capital(subject.response.name())),
        caption: "Each mark is a case. Grey bars join cases of equal operations and precision: if operations told the whole story they would \
                  have no length. Rings joined by a line mark the worst inversions: the side with fewer operations takes more."
            .into(),
        csv: csv(
            &["device", "case", "family", "precision", "flops_task", "value", "low", "high"],
            rows,
        ),
        draw: Box::new(move |title, caption| figure.draw(title, caption)),
    })
}

pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(super) fn per_flop<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let mut groups: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for (case, flops, value) in subject.with_flops() {
        let key = (case.family.clone(), case.precision.clone());
        groups.entry(key).or_default().push(value.value / flops);
    }
    let precisions: BTreeSet<String> = groups.keys().map(|(_, precision)| precision.clone()).collect();
    let precisions: Vec<String> = precisions.into_iter().collect();
    let mut entries: Vec<(Entry, usize)> = groups
        .into_iter()
        .filter_map(|((family, precision), values)| {
            let entry = Entry {
                value: geometric_mean(&values)?,
                range: Some(extremes(&values)),
                name: format!("{family} {precision}"),
                group: precisions.iter().position(|name| *name == precision).unwrap_or(0),
                title: format!(", {} cases", values.len()),
                ..Entry::default()
            };
            Some((entry, values.len()))
        })
        .collect();
    entries.sort_by(|a, b| a.0.value.total_cmp(&b.0.value));
    let rows = entries.iter().map(|(entry, cases)| {
        let [low, high] = entry.range.unwrap_or_default();
        vec![
            entry.name.clone(),
            cases.to_string(),
            entry.value.to_string(),
            low.to_string(),
            high.to_string(),
        ]
    });
    let csv = csv(&["family_precision", "cases", "geometric_mean", "low", "high"], rows);
    let figure = Ranges {
        label: format!("{} per operation of the task", subject.response.name()),
        format: subject.format(),
        entries: entries.into_iter().map(|(entry, _)| entry).collect(),
        references: Vec::new(),
        is_logarithmic: true,
        groups: precisions,
    };
    Ok(Sketch {
        title: "What one operation costs".into(),
        caption: "Geometric mean (mark) and full range (bar) over the cases of a family in one precision. If an operation cost the same \
                  everywhere, all marks would stand above each other."
            .into(),
        csv,
        draw: Box::new(move |title, caption| figure.draw(title, caption)),
    })
}

/// Least and most.
pub(super) fn extremes(values: &[f64]) -> [f64; 2] {
    let ends = values
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
    ends.into()
}

/// A precision with what its operations cost.
fn series(precision: &str, e_flop: Option<&Estimate>) -> String {
    e_flop.map_or_else(
        || precision.into(),
        |e_flop| format!("{precision}: {} pJ/OP", significant(e_flop.value)),
    )
}

pub(super) fn roofline<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    if subject.response == Response::Time {
        return Err("no energy was measured".into());
    }
    let (mut panels, mut rows, mut why) = (Vec::new(), Vec::new(), String::new());
    let devices = subject.devices();
    for device in &devices {
        let fitted = &device.estimands.energy_roofline;
        let Some(model) = fitted.value() else {
            why = reason(fitted);
            continue;
        };
        let mut panel = Panel {
            name: if devices.len() > 1 {
                device.device.to_owned()
            } else {
                String::new()
            },
            ..Panel::default()
        };
        for case in subject
            .findings
            .cases
            .iter()
            .filter(|case| case.device == device.device)
        {
            let operations = count(case, "ops_executed").or(count(case, "flops_task"));
            let bytes = count(case, "bytes_model").or(count(case, "bytes_min"));
            let Some(((operations, bytes), value)) = operations.zip(bytes).zip(subject.of_case(case)) else {
                continue;
            };
            let (x, y) = (operations / bytes, value.value / operations);
            rows.push(vec![
                case.label.clone(),
                case.precision.clone(),
                x.to_string(),
                y.to_string(),
            ]);
            let title = format!("{}; {} per operation", subject.title(case), si(y, "J"));
            let e_flop = model.e_flop_pj.get(&case.precision);
            panel
                .points
                .push((series(&case.precision, e_flop), Point { x, y, title }));
        }
        let x: Vec<f64> = panel.points.iter().map(|(_, point)| point.x).collect();
        let [low, high] = extremes(&x);
        let e_byte = model.e_byte_pj.map_or(0.0, |e_byte| e_byte.value);
        for (precision, e_flop) in &model.e_flop_pj {
            // Where neither operations nor bytes were found to cost anything there is no line to draw.
            let own = series(precision, Some(e_flop));
            let is_drawn = e_flop.value + e_byte > 0.0 && panel.points.iter().any(|(name, _)| *name == own);
            let at = |step: u32| low * (high / low).powf(f64::from(step) / 60.0);
            let energy = |x: f64| (e_flop.value + e_byte / x) * 1e-12;
            if is_drawn {
                panel.lines.push(Line {
                    points: (0..=60).map(|step| (at(step), energy(at(step)))).collect(),
                    series: Some(own),
                    width: 2.0,
                    ..Line::default()
                });
            }
        }
        panels.push(panel);
    }
    if panels.is_empty() {
        return Err(why);
    }
    let figure = Scatter {
        x_label: "executed operations per byte of traffic",
        y_label: "gross energy per executed operation".into(),
        x_format: |value| short(value, ""),
        y_format: |value| short(value, "J"),
        panels,
        is_linear: false,
    };
    Ok(Sketch {
        title: "The energy roofline".into(),
        caption: "Lines: fitted energy per operation plus energy per byte, by precision. Marks above their line pay for time as well (constant \
                  power)."
            .into(),
        csv: csv(
            &["case", "precision", "operations_per_byte", "joules_per_operation"],
            rows,
        ),
        draw: Box::new(move |title, caption| figure.draw(title, caption)),
    })
}
