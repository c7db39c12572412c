//! The same work done otherwise: in another precision, on other data, with fewer operations. In: the subject. Out: figures
//! of ratios.

use std::collections::BTreeMap;

use super::ranges::{Entry, Ranges};
use super::scatter::{Line, Scatter, Series};
use super::{Figure, Subject, count, csv};
use crate::cases::CaseSummary;
use joulemark_base::si::significant;
use joulemark_base::statistics::geometric_mean;

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

fn draw_ratios(
    subject: &Subject<'_>,
    found: BTreeMap<(String, String), Vec<f64>>,
    axis: &str,
) -> Result<(String, String), String> {
    let rows: Vec<(String, f64, [f64; 2], usize)> = found
        .into_iter()
        .filter_map(|((pair, family), values)| {
            let (low, high) = values
                .iter()
                .fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(*v), h.max(*v)));
            Some((
                format!("{pair}, {family}"),
                geometric_mean(&values)?,
                [low, high],
                values.len(),
            ))
        })
        .collect();
    let table = rows.iter().map(|(name, mean, [low, high], pairs)| {
        vec![
            name.clone(),
            pairs.to_string(),
            mean.to_string(),
            low.to_string(),
            high.to_string(),
        ]
    });
    let data = csv(&["pair_family", "pairs", "geometric_mean", "low", "high"], table);
    let figure = Ranges {
        label: format!("{} {axis}", subject.word()),
        format: |value| format!("{}×", significant(value)),
        entries: rows
            .into_iter()
            .map(|(name, value, range, _)| Entry {
                name,
                value,
                range: Some(range),
                group: 0,
            })
            .collect(),
        reference: Some(1.0),
        logarithmic: true,
        groups: Vec::new(),
    };
    Ok((figure.draw()?, data))
}

pub(super) fn by_precision(subject: &Subject<'_>) -> Result<Figure, String> {
    let rest = |case: &CaseSummary| format!("{}|{}", case.algorithm, case.input);
    let found = ratios(subject, |case| &case.precision, rest, &["f32"]);
    if found.is_empty() {
        return Err("no case was measured in f32 and in another precision".into());
    }
    let (svg, csv) = draw_ratios(subject, found, "of the same operations, relative to f32")?;
    Ok(Figure {
        name: "precision_ratios",
        title: format!("FLOPs are blind to width{}", subject.mark()),
        caption: "The same number of operations in another precision: geometric mean (dot) and full range (bar)."
            .into(),
        svg,
        csv,
    })
}

pub(super) fn by_input(subject: &Subject<'_>) -> Result<Figure, String> {
    let rest = |case: &CaseSummary| format!("{}|{}|{}", case.algorithm, case.precision, case.variant);
    let found = ratios(
        subject,
        |case| &case.input,
        rest,
        &["uniform", "normal", "random", "random_bits"],
    );
    if found.is_empty() {
        return Err("no case was measured on random data and on other data".into());
    }
    let (svg, csv) = draw_ratios(subject, found, "of the same kernel, relative to random data")?;
    Ok(Figure {
        name: "input_data",
        title: format!("The same instructions on other data{}", subject.mark()),
        caption: "FLOPs, bytes and instructions are equal; only the values differ.".into(),
        svg,
        csv,
    })
}

/// Executed operations this close to the task's are plain: skipped padding and sums of parts are no other algorithm.
const PLAIN: f64 = 0.1;

pub(super) fn by_operations(subject: &Subject<'_>) -> Result<Figure, String> {
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
    let mut by_algorithm: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    let mut rows = Vec::new();
    for cases in problems.values() {
        let plain = cases.iter().filter(|(_, share, _)| (share - 1.0).abs() <= PLAIN);
        let Some((base, _, best)) = plain.min_by(|a, b| a.2.total_cmp(&b.2)) else {
            continue;
        };
        for (case, share, value) in cases.iter().filter(|(_, share, _)| *share < 1.0 - PLAIN) {
            by_algorithm
                .entry(case.family.clone())
                .or_default()
                .push((*share, value / best));
            rows.push(vec![
                case.case_id.clone(),
                case.family.clone(),
                base.case_id.clone(),
                share.to_string(),
                (value / best).to_string(),
            ]);
        }
    }
    if rows.is_empty() {
        return Err("no algorithm with fewer operations was measured beside a plain one".into());
    }
    let (low, high) = by_algorithm
        .values()
        .flatten()
        .fold((1.0_f64, 1.0_f64), |(l, h), (x, _)| (l.min(*x), h.max(*x)));
    let line = |points: Vec<(f64, f64)>| Line {
        points,
        series: None,
        width: 2,
    };
    let steps = (0..=40).map(|step| low * (high / low).powf(f64::from(step) / 40.0));
    let figure = Scatter {
        x_label: "executed operations, relative to the task's".into(),
        y_label: format!("{}, relative to the best plain algorithm", subject.word()),
        lines: vec![
            line(steps.clone().map(|x| (x, x)).collect()),
            line(steps.map(|x| (x, 1.0)).collect()),
        ],
        linear: true,
        series: by_algorithm
            .into_iter()
            .map(|(name, points)| Series { name, points })
            .collect(),
        ..Scatter::default()
    };
    Ok(Figure {
        name: "fewer_operations",
        title: format!("Fewer operations need not be less {}{}", subject.word(), subject.mark()),
        caption: "Winograd, Strassen, FFT and the like against the best algorithm that executes the plain number of \
                  operations. On the slanted line operations would tell all; above the level line nothing is gained."
            .into(),
        svg: figure.draw()?,
        csv: csv(&["case", "family", "plain_case", "operations_ratio", "ratio"], rows),
    })
}
