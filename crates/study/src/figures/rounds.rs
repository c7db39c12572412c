//! Drift: each round against the mean of all. In: the subject. Out: a figure.

use super::ranges::{Entry, Ranges};
use super::{Figure, Subject, csv, reason};
use joulemark_base::si::percent;

pub(super) fn drift(subject: &Subject<'_>) -> Result<Figure, String> {
    let controls = &subject.estimands.controls;
    let drift = controls.drift.value().ok_or_else(|| reason(&controls.drift))?;
    let mut entries: Vec<Entry> = drift
        .rounds
        .iter()
        .enumerate()
        .map(|(round, ratio)| Entry {
            name: format!("round {}", round + 1),
            value: *ratio,
            range: None,
            group: 0,
        })
        .collect();
    if let Some(pair) = controls.a_a.value() {
        let name = "one case under two names".to_owned();
        entries.push(Entry {
            name,
            value: pair.ratio.value,
            range: pair.ratio.ci95,
            group: 1,
        });
    }
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| vec![entry.name.clone(), entry.value.to_string()])
        .collect();
    let figure = Ranges {
        label: format!("{}, relative to the mean of all rounds", subject.word()),
        format: |value| percent(value - 1.0),
        entries,
        reference: Some(1.0),
        logarithmic: true,
        groups: Vec::new(),
    };
    Ok(Figure {
        name: "drift",
        title: format!("Drift and controls{}", subject.mark()),
        caption: "Geometric mean over all cases of each round's value over the case's own mean.".into(),
        svg: figure.draw()?,
        csv: csv(&["what", "ratio"], rows),
    })
}
