//! The same work done otherwise: on another machine, in another precision, on other data, with fewer operations. In: the subject.
//! Out: sketches of ratios.

use std::collections::BTreeMap;

use joulemark_base::statistics::geometric_mean;

use super::axis::short;
use super::energy::extremes;
use super::ranges::{Entry, Ranges};
use super::scatter::{Line, Panel, Point, Scatter};
use super::subject::{Subject, count, short_times, times};
use super::{Sketch, csv};
use crate::cases::CaseSummary;

/// What two cases must share to be the same problem: device, kind and the counts that do not depend on the precision.
fn problem(case: &CaseSummary) -> (String, String, [u64; 3]) {
    let counts = ["flops_task", "activations", "parameters"];
    let bits = counts.map(|column| case.counts.get(column).copied().unwrap_or(-1.0).to_bits());
    (case.device.clone(), case.op.clone(), bits)
}

/// Ratios of each other value of `key` to its `base`, over pairs that share everything else.
fn ratios(
    subject: &Subject<'_>,
    key: fn(&CaseSummary) -> &str,
    rest: fn(&CaseSummary) -> String,
    bases: &[&str],
) -> BTreeMap<(String, String), Vec<f64>> {
    let mut problems: BTreeMap<_, BTreeMap<&str, (&CaseSummary, f64)>> = BTreeMap::new();
    for case in &subject.findings.cases {
        if let Some(value) = subject.of_case(case) {
            problems
                .entry((problem(case), rest(case)))
                .or_default()
                .insert(key(case), (case, value.value));
        }
    }
    let mut found: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for values in problems.into_values() {
        let Some(base) = bases.iter().find(|base| values.contains_key(**base)) else {
            continue;
        };
        let (_, base_value) = values[base];
        for (name, (case, value)) in values.iter().filter(|(name, _)| *name != base) {
            found
                .entry((format!("{name} / {base}"), case.family.clone()))
                .or_default()
                .push(value / base_value);
        }
    }
    found
}

/// Geometric mean and range of each kind of ratio.
fn ratio_sketch<'a>(
    subject: &Subject<'_>,
    found: BTreeMap<(String, String), Vec<f64>>,
    axis: &str,
    [title, caption]: [&str; 2],
) -> Sketch<'a> {
    let entries = found.into_iter().filter_map(|((pair, family), values)| {
        let entry = Entry {
            name: format!("{pair}, {family}"),
            value: geometric_mean(&values)?,
            range: Some(extremes(&values)),
            title: format!(", {} pairs", values.len()),
            ..Entry::default()
        };
        Some((entry, values.len()))
    });
    let entries: Vec<(Entry, usize)> = entries.collect();
    let rows = entries.iter().map(|(entry, pairs)| {
        let [low, high] = entry.range.unwrap_or_default();
        vec![
            entry.name.clone(),
            pairs.to_string(),
            entry.value.to_string(),
            low.to_string(),
            high.to_string(),
        ]
    });
    let csv = csv(&["pair_family", "pairs", "geometric_mean", "low", "high"], rows);
    let figure = Ranges {
        label: format!("{} {axis}", subject.word()),
        format: short_times,
        entries: entries.into_iter().map(|(entry, _)| entry).collect(),
        references: vec![(1.0, "")],
        is_logarithmic: true,
        groups: Vec::new(),
    };
    Sketch {
        title: title.into(),
        caption: format!("{caption} Geometric means (marks) and ranges (bars) over the pairs."),
        csv,
        draw: Box::new(move |title, caption| figure.draw(title, caption)),
    }
}

pub(super) fn by_machine<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let [first, others @ ..] = &subject.findings.devices[..] else {
        return Err("no device was measured".into());
    };
    let mut found: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    let of = |device: &str| {
        let own = subject.findings.cases.iter().filter(move |case| case.device == device);
        let known = own.filter_map(|case| Some((case.label.as_str(), (case, subject.of_case(case)?.value))));
        known.collect::<BTreeMap<&str, (&CaseSummary, f64)>>()
    };
    let base = of(&first.name);
    for device in others {
        for (label, (case, value)) in of(&device.name) {
            if let Some((_, base)) = base.get(label) {
                let key = (
                    format!("{} / {}", device.name, first.name),
                    format!("{} {}", case.family, case.precision),
                );
                found.entry(key).or_default().push(value / base);
            }
        }
    }
    if found.is_empty() {
        return Err("one machine, or none that measured the same cases".into());
    }
    let words = ["Machine against machine", "The same cases on another machine."];
    Ok(ratio_sketch(
        subject,
        found,
        "of the same case, relative to the first machine",
        words,
    ))
}

pub(super) fn by_precision<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let rest = |case: &CaseSummary| format!("{}|{}", case.algorithm, case.input);
    let found = ratios(subject, |case| &case.precision, rest, &["f32"]);
    if found.is_empty() {
        return Err("no case was measured in f32 and in another precision".into());
    }
    let words = [
        "The same operations, narrower numbers",
        "FLOPs cannot see a number's width.",
    ];
    Ok(ratio_sketch(
        subject,
        found,
        "of the same kernel, relative to f32",
        words,
    ))
}

pub(super) fn by_input<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let rest = |case: &CaseSummary| format!("{}|{}|{}", case.algorithm, case.precision, case.variant);
    let random = ["uniform", "normal", "random", "random_bits"];
    let found = ratios(subject, |case| &case.input, rest, &random);
    if found.is_empty() {
        return Err("no case was measured on random data and on other data".into());
    }
    let words = [
        "The same instructions on other data",
        "FLOPs, bytes and instructions are equal; only the values differ.",
    ];
    Ok(ratio_sketch(
        subject,
        found,
        "of the same kernel, relative to random data",
        words,
    ))
}

/// Executed operations this close to the task's are plain: skipped padding and sums of parts are no other algorithm.
const PLAIN: f64 = 0.1;

pub(super) fn by_operations<'a>(subject: &'a Subject<'a>) -> Result<Sketch<'a>, String> {
    let mut problems: BTreeMap<_, Vec<(&CaseSummary, f64, f64)>> = BTreeMap::new();
    for case in &subject.findings.cases {
        let operations = count(case, "ops_executed").zip(count(case, "flops_task"));
        if let Some(((executed, task), value)) = operations.zip(subject.of_case(case)) {
            let key = (problem(case), case.precision.clone(), case.input.clone());
            problems
                .entry(key)
                .or_default()
                .push((case, executed / task, value.value));
        }
    }
    let (mut panel, mut rows) = (Panel::default(), Vec::new());
    for cases in problems.values() {
        let plain = cases.iter().filter(|(_, share, _)| (share - 1.0).abs() <= PLAIN);
        let Some((base, _, best)) = plain.min_by(|a, b| a.2.total_cmp(&b.2)) else {
            continue;
        };
        for (case, x, value) in cases.iter().filter(|(_, share, _)| *share < 1.0 - PLAIN) {
            let y = value / best;
            let title = format!(
                "{}: {} of the operations, {} of {}",
                case.label,
                times(*x),
                times(y),
                base.label
            );
            panel.points.push((case.family.clone(), Point { x: *x, y, title }));
            let names = [&case.case_id, &case.family, &base.case_id].map(String::clone);
            rows.push(names.into_iter().chain([x.to_string(), y.to_string()]).collect());
        }
    }
    if rows.is_empty() {
        return Err("no algorithm with fewer operations was measured beside a plain one".into());
    }
    let low = panel.points.iter().map(|(_, point)| point.x).fold(1.0, f64::min);
    let line = |y: f64, name: &str| Line {
        points: vec![(low, y), (1.0, 1.0)],
        width: 2.0,
        name: name.into(),
        ..Line::default()
    };
    panel.lines = vec![line(low, "operations tell all"), line(1.0, "nothing is gained")];
    let figure = Scatter {
        x_label: "executed operations, relative to the task's",
        y_label: format!("{}, relative to the best plain algorithm", subject.word()),
        x_format: |value| short(value, ""),
        y_format: |value| short(value, ""),
        panels: vec![panel],
        is_linear: true,
    };
    Ok(Sketch {
        title: format!("Fewer operations need not be less {}", subject.word()),
        caption: "Winograd, Strassen, FFT and the like against the best algorithm that executes the plain number of operations.".into(),
        csv: csv(&["case", "family", "plain_case", "operations_ratio", "ratio"], rows),
        draw: Box::new(move |title, caption| figure.draw(title, caption)),
    })
}
