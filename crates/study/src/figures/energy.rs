//! The headline figures: energy against FLOPs, joules per FLOP, the energy roofline. In: the subject. Out: figures.

use std::collections::BTreeMap;

use super::ranges::{Entry, Ranges};
use super::scatter::{Arrow, Line, Scatter, Series};
use super::{Figure, Subject, count, csv, estimate_fields};
use crate::cases::CaseSummary;
use crate::findings::Response;
use crate::quantity::{si, significant};
use crate::stats::describe::geometric_mean;

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

fn label(case: &CaseSummary) -> String {
    if case.variant.is_empty() {
        case.case_id.clone()
    } else {
        format!("{} [{}]", case.case_id, case.variant)
    }
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
    if let Some(spread) = subject.estimands.iso_flop_spread.value() {
        for cell in &spread.cells {
            let of = |name: &str| {
                cases
                    .iter()
                    .find(|(case, ..)| label(case) == name)
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
    if let Some(worst) = subject
        .estimands
        .inversions
        .value()
        .and_then(|inversions| inversions.worst.as_ref())
    {
        let place = |name: &str| {
            let found = cases.iter().find(|(case, ..)| label(case) == name);
            found.map(|(_, flops, value)| (*flops, value.value))
        };
        if let (Some(from), Some(to)) = (place(&worst.more_flops), place(&worst.more_energy)) {
            let ratios = [worst.flops_ratio, worst.energy_ratio].map(significant);
            let words = format!("1/{} of the FLOPs, {}× the {}", ratios[0], ratios[1], subject.word());
            figure.arrows.push(Arrow { from, to, words });
        }
    }
    let rows = cases.iter().map(|(case, flops, value)| {
        let mut row = vec![
            label(case),
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
                  they would have no length. The two rings mark the worst inversion."
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
    let mut entries: Vec<(f64, [f64; 2], String, usize)> = groups
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
            ))
        })
        .collect();
    entries.sort_by(|a, b| a.0.total_cmp(&b.0));
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|(mean, [low, high], name, cases)| {
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
            .map(|(value, range, name, _)| Entry {
                name,
                value,
                range: Some(range),
                group: 0,
            })
            .collect(),
        reference: None,
        logarithmic: true,
        groups: Vec::new(),
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
    for (index, series) in figure.series.iter().enumerate() {
        if let Some(e_flop) = model.e_flop_pj.get(&series.name) {
            let at = |step: u32| low * (high / low).powf(f64::from(step) / 60.0);
            let energy = |x: f64| (e_flop.value + model.e_byte_pj.value / x) * 1e-12;
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
        .map(|(case, x, y)| vec![label(case), case.precision.clone(), x.to_string(), y.to_string()]);
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
