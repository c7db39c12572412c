//! Sets of results against the first of them. In: a comparison. Out: a document; absolute values beside ratios.

use joulemark_base::si::{plural, si, significant, with_interval};

use crate::compare::{CaseChange, Comparison, Other, Ratio, RunToRun, Summary};
use crate::document::table::{Cell, Column, Table};
use crate::document::words::Words;
use crate::document::{Document, Section};
use crate::outcome::Outcome;

/// A comparison: all machines in one table where there are several, each against the baseline, and where rankings disagree.
#[must_use]
pub fn comparison(comparison: &Comparison) -> Document {
    let mut sections = vec![preamble(comparison)];
    if comparison.others.len() > 1 {
        sections.push(machines(comparison));
    }
    sections.extend(comparison.others.iter().map(|own| other(own, &comparison.baseline)));
    sections.push(rankings(comparison));
    Document {
        title: format!("Against {}", comparison.baseline).into(),
        simulated: comparison.simulated,
        sections,
    }
}

fn preamble(comparison: &Comparison) -> Section {
    let mut section = Section::new("baseline", "");
    section.text(format!(
        "ratios to {}: below 1 is better, changes up to {}% are none",
        comparison.baseline,
        significant(100.0 * comparison.options.margin)
    ));
    let deviation = |found: &RunToRun| significant(100.0 * found.deviation);
    section.text(match &comparison.run_to_run {
        [Some(time), energy] => {
            let energy = energy.map_or_else(String::new, |found| format!(", in energy by {}%", deviation(&found)));
            let (runs, time) = (time.runs, deviation(time));
            format!("{runs} runs of the baseline differ in time by {time}%{energy}: that is in the intervals")
        }
        _ => "what runs of one thing differ by is not known (--baseline-runs adds it): intervals are over rounds only"
            .into(),
    });
    section
}

/// What is compared of a case.
type Part = fn(&CaseChange) -> Option<&Ratio>;
const PARTS: [(&str, &str, Part); 2] = [
    ("energy", "J", |case| case.energy.as_ref()),
    ("time", "s", |case| Some(&case.time)),
];

/// Kernels against machines, in absolute values.
fn machines(comparison: &Comparison) -> Section {
    let mut section = Section::new("machines", "Cases × sets");
    let labels = std::iter::once(&comparison.baseline).chain(comparison.others.iter().map(|other| &other.label));
    for (what, unit, part) in PARTS {
        let columns = std::iter::once(Column::words("case")).chain(labels.clone().map(Column::number));
        let mut table = Table::new(format!("{what} per iteration, * the least"), columns);
        let first = comparison.others.iter().max_by_key(|other| other.cases.len());
        for case in first.into_iter().flat_map(|other| &other.cases) {
            let of = |other: &Other| {
                other
                    .cases
                    .iter()
                    .find(|own| own.case == case.case)
                    .and_then(part)
                    .copied()
            };
            let new: Vec<Option<f64>> = comparison
                .others
                .iter()
                .map(|other| of(other).map(|ratio| ratio.new))
                .collect();
            let old = comparison.others.iter().find_map(of).map(|ratio| ratio.old);
            let values: Vec<Option<f64>> = std::iter::once(old).chain(new).collect();
            let least = values.iter().flatten().copied().fold(f64::INFINITY, f64::min);
            let cell =
                |value: &Option<f64>| Cell::maybe(*value, |value| si(value, unit)).best_if(*value == Some(least));
            table.row(std::iter::once(Cell::words(&case.case)).chain(values.iter().map(cell)));
        }
        section.table(table);
    }
    section
}

fn other(other: &Other, baseline: &str) -> Section {
    let common = plural(other.cases.len(), "common case");
    let mut section = Section::new("other", format!("{}: {common}", other.label));
    let columns = [
        Column::words("case"),
        Column::words("of"),
        Column::number("old"),
        Column::number("new"),
        Column::number("ratio"),
        Column::words("verdict"),
    ];
    let mut table = Table::new(format!("Per iteration; old is {baseline}"), columns).grouped_by(1);
    for case in &other.cases {
        for (what, unit, part) in PARTS {
            let Some(ratio) = part(case) else { continue };
            let cell = |value: f64, rival: f64| Cell::number(value, si(value, unit)).best_if(value < rival);
            table.row([
                Cell::words(&case.case),
                Cell::words(what),
                cell(ratio.old, ratio.new),
                cell(ratio.new, ratio.old),
                Cell::interval(Some(ratio.ratio), three),
                Cell::words(ratio.change.word()),
            ]);
        }
    }
    section.table(table);
    let mut pairs: Vec<[Words; 2]> = vec![["time, geometric mean".into(), summary(&other.time).into()]];
    match &other.energy {
        Outcome::Available(energy) => pairs.push(["energy, geometric mean".into(), summary(energy).into()]),
        Outcome::Unavailable { unavailable } => pairs.push(["energy".into(), unavailable.into()]),
    }
    if let Outcome::Available(factor) = &other.machine_factor {
        let name =
            "machine factor (energy of the baseline over this; Patterson et al. 2021 saw 2 to 5 between machines)";
        pairs.push([name.into(), with_interval(factor, three).into()]);
    }
    for (words, cases) in [
        ("only in the baseline", &other.only_in_baseline),
        ("only here", &other.only_here),
    ] {
        if !cases.is_empty() {
            pairs.push([words.into(), cases.join(", ").into()]);
        }
    }
    section.pairs(pairs);
    section
}

fn three(value: f64) -> String {
    format!("{value:.3}")
}

fn summary(summary: &Summary) -> String {
    let counts = summary.counts.iter().filter(|(_, count)| **count > 0);
    let counts: Vec<String> = counts
        .map(|(change, count)| format!("{count} {}", change.word()))
        .collect();
    format!(
        "{} ({})",
        with_interval(&summary.geometric_mean, three),
        counts.join(", ")
    )
}

fn rankings(comparison: &Comparison) -> Section {
    let mut section = Section::new("rankings", "");
    let columns = ["time and energy", "FLOPs and energy", "FLOPs and time"].map(Column::number);
    let columns = std::iter::once(Column::words("set")).chain(columns);
    let mut table = Table::new("Kendall's tau-b between rankings of the cases", columns);
    for ranking in &comparison.rankings {
        let values = [ranking.time_energy, ranking.flops_energy, ranking.flops_time];
        let cells = values.map(|value| Cell::maybe(value, |value| format!("{value:.2}")));
        table.row(std::iter::once(Cell::words(&ranking.label)).chain(cells));
        for found in &ranking.fastest_is_not_thriftiest {
            let place = format!("{}, {}, {}", ranking.label, found.problem, found.precision);
            table
                .notes
                .push(disagreement(&place, &found.fastest, &found.thriftiest));
        }
    }
    for found in &comparison.fastest_is_not_thriftiest {
        table
            .notes
            .push(disagreement(&found.case, &found.fastest, &found.thriftiest));
    }
    section.table(table);
    section
}

fn disagreement(place: &str, fastest: &str, thriftiest: &str) -> Words {
    format!("{place}: {fastest} is fastest, {thriftiest} takes the least energy").into()
}
