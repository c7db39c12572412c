//! The headline figures: energy against FLOPs, joules per FLOP, the energy roofline. In: the subject. Out: figures.

use std::collections::{BTreeMap, BTreeSet};

use super::ranges::{Entry, Ranges};
use super::scatter::{Arrow, Line, Scatter, Series};
use super::{Figure, Subject, count, csv, estimate_fields};
use crate::cases::CaseSummary;
use crate::findings::Response;
use joulemark_base::si::si;
use joulemark_base::si::significant;
use joulemark_base::statistics::geometric_mean;

/// Points by a name, in the order of the names.
fn series<'a>(points: impl IntoIterator<Item = (&'a str, (f64, f64))>) -> Vec<Series> {
    let mut by_name: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for (name, point) in points {
        by_name.entry(name).or_default().push(point);
    }
    by_name
        .into_iter()
        .map(|(name, points)| Series {
            name: name.to_owned(),
            points,
        })
        .collect()
}

pub(super) fn against_flops(subject: &Subject<'_>) -> Result<Figure, String> {
    let cases = subject.with_flops();
    let mut figure = Scatter {
        x_label: "operations of the task, per iteration".into(),
        y_label: format!("{}, per iteration", subject.response().name()),
        x_format: Some(|value| si(value, "OP")),
        y_format: Some(if subject.response() == Response::Time {
            |v| si(v, "s")
        } else {
            |v| si(v, "J")
        }),
        series: series(
            cases
                .iter()
                .map(|(case, flops, value)| (case.family.as_str(), (*flops, value.value))),
        ),
        ..Scatter::default()
    };
    if let Some(found) = subject.estimands.evidence.iso_flop.value() {
        for cell in &found.cells {
            let of = |name: &str| {
                cases
                    .iter()
                    .find(|(case, ..)| case.label == name)
                    .map(|(.., value)| value.value)
            };
            if let (Some(least), Some(most)) = (of(&cell.least), of(&cell.most)) {
                let points = vec![(cell.flops_task, least), (cell.flops_task, most)];
                figure.lines.push(Line {
                    points,
                    series: None,
                    width: 5,
                });
            }
        }
    }
    let examples = subject
        .estimands
        .evidence
        .near_pairs
        .value()
        .map(|found| found.examples.as_slice());
    for (index, pair) in examples.unwrap_or_default().iter().enumerate() {
        let place = |name: &str| {
            let found = cases.iter().find(|(case, ..)| case.label == name);
            found.map(|(_, flops, value)| (*flops, value.value))
        };
        if let (Some(from), Some(to)) = (place(&pair.more_flops), place(&pair.more_energy)) {
            let ratios = [pair.flops_ratio, pair.energy_ratio].map(significant);
            let words = format!(
                "worst: 1/{} of the FLOPs, {}× the {}",
                ratios[0],
                ratios[1],
                subject.word()
            );
            let words = (index == 0).then_some(words);
            figure.arrows.push(Arrow { from, to, words });
        }
    }
    let rows = cases.iter().map(|(case, flops, value)| {
        let mut row = vec![
            case.label.clone(),
            case.family.clone(),
            case.precision.clone(),
            flops.to_string(),
        ];
        row.extend(estimate_fields(value));
        row
    });
    Ok(Figure {
        name: "energy_against_flops",
        title: format!("{} against FLOPs{}", capital(subject.response().name()), subject.mark()),
        caption:
            "Each mark is a case. Grey bars join cases of equal FLOPs and precision; if FLOPs told the whole story \
                  they would have no length. Rings joined by a line mark the worst inversions: the side with fewer FLOPs \
                  takes more."
                .into(),
        svg: figure.draw()?,
        csv: csv(
            &["case", "family", "precision", "flops_task", "value", "low", "high"],
            rows,
        ),
    })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(super) fn per_flop(subject: &Subject<'_>) -> Result<Figure, String> {
    let mut groups: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for (case, flops, value) in subject.with_flops() {
        groups
            .entry((case.family.clone(), case.precision.clone()))
            .or_default()
            .push(value.value / flops);
    }
    let precisions: BTreeSet<String> = groups.keys().map(|(_, precision)| precision.clone()).collect();
    let precisions: Vec<String> = precisions.into_iter().collect();
    let mut entries: Vec<(f64, [f64; 2], String, usize, usize)> = groups
        .into_iter()
        .filter_map(|((family, precision), values)| {
            let (low, high) = values
                .iter()
                .fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(*v), h.max(*v)));
            Some((
                geometric_mean(&values)?,
                [low, high],
                format!("{family} {precision}"),
                values.len(),
                precisions.iter().position(|name| *name == precision).unwrap_or(0),
            ))
        })
        .collect();
    entries.sort_by(|a, b| a.0.total_cmp(&b.0));
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|(mean, [low, high], name, cases, _)| {
            vec![
                name.clone(),
                cases.to_string(),
                mean.to_string(),
                low.to_string(),
                high.to_string(),
            ]
        })
        .collect();
    let unit = subject.unit();
    let figure = Ranges {
        label: format!("{} per operation of the task", subject.response().name()),
        format: if unit == "s" {
            |value| si(value, "s")
        } else {
            |value| si(value, "J")
        },
        entries: entries
            .into_iter()
            .map(|(value, range, name, _, group)| Entry {
                name,
                value,
                range: Some(range),
                group,
            })
            .collect(),
        reference: None,
        logarithmic: true,
        groups: precisions,
    };
    Ok(Figure {
        name: "joules_per_flop",
        title: format!("What one FLOP costs{}", subject.mark()),
        caption:
            "Geometric mean (dot) and full range (bar) over the cases of a family in one precision. If a FLOP cost \
                  the same everywhere, all dots would stand above each other."
                .into(),
        svg: figure.draw()?,
        csv: csv(&["family_precision", "cases", "geometric_mean", "low", "high"], rows),
    })
}

pub(super) fn roofline(subject: &Subject<'_>) -> Result<Figure, String> {
    let fitted = &subject.estimands.energy_roofline;
    let model = fitted.value().ok_or_else(|| super::reason(fitted))?;
    let points: Vec<(&CaseSummary, f64, f64)> = subject
        .findings
        .cases
        .iter()
        .filter_map(|case| {
            let operations = count(case, "ops_executed").or(count(case, "flops_task"))?;
            let bytes = count(case, "bytes_model").or(count(case, "bytes_min"))?;
            Some((case, operations / bytes, subject.of_case(case)?.value / operations))
        })
        .collect();
    let mut figure = Scatter {
        x_label: "executed operations per byte of traffic".into(),
        y_label: "gross energy per executed operation".into(),
        y_format: Some(|value| si(value, "J")),
        series: series(points.iter().map(|(case, x, y)| (case.precision.as_str(), (*x, *y)))),
        ..Scatter::default()
    };
    let (low, high) = points.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), (_, x, _)| {
        (low.min(*x), high.max(*x))
    });
    let e_byte = model.e_byte_pj.map_or(0.0, |e_byte| e_byte.value);
    for (index, series) in figure.series.iter().enumerate() {
        // Where neither operations nor bytes were found to cost anything there is no line to draw.
        if let Some(e_flop) = model
            .e_flop_pj
            .get(&series.name)
            .filter(|e_flop| e_flop.value + e_byte > 0.0)
        {
            let at = |step: u32| low * (high / low).powf(f64::from(step) / 60.0);
            let energy = |x: f64| (e_flop.value + e_byte / x) * 1e-12;
            let points = (0..=60).map(|step| (at(step), energy(at(step)))).collect();
            figure.lines.push(Line {
                points,
                series: Some(index),
                width: 2,
            });
        }
    }
    let rows = points
        .iter()
        .map(|(case, x, y)| vec![case.label.clone(), case.precision.clone(), x.to_string(), y.to_string()]);
    Ok(Figure {
        name: "energy_roofline",
        title: format!("The energy roofline{}", subject.mark()),
        caption:
            "Lines: fitted energy per operation plus energy per byte, by precision. Marks above their line pay for \
                  time as well (constant power)."
                .into(),
        svg: figure.draw()?,
        csv: csv(
            &["case", "precision", "operations_per_byte", "joules_per_operation"],
            rows,
        ),
    })
}
