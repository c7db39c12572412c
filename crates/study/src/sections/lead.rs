//! What a reader acts on: the verdict and four numbers of each device, the winners of each problem, kernels against machines. In:
//! findings. Out: sections.

use std::collections::BTreeMap;

use joulemark_base::estimate::Estimate;
use joulemark_base::si::{percent, plural, significant, with_interval};

use crate::cases::CaseSummary;
use crate::document::table::{Cell, Column, Table};
use crate::document::words::Words;
use crate::document::{Block, Section};
use crate::findings::{Action, Findings, Scope};
use crate::outcome::Outcome;

/// Verdict and four numbers, device by device.
pub(super) fn verdicts(findings: &Findings) -> Option<Section> {
    let mut section = Section::new("verdict", "");
    let devices = findings.scopes.iter().filter(|scope| scope.precision.is_none());
    for scope in devices {
        let Some(device) = &scope.device else { continue };
        let mark = if findings.simulated { ", SIMULATED" } else { "" };
        let headline = &scope.verdict.headline;
        let (verdict, more) = headline
            .split_once(". ")
            .unwrap_or((headline.trim_end_matches('.'), ""));
        let words = format!("“FLOPs do not track energy” on {device}{mark}: {verdict}.");
        section.blocks.push(Block::Verdict([words.into(), more.into()]));
        section.text(&scope.verdict.active.sentence);
        section.pairs(numbers(scope));
    }
    if section.blocks.is_empty() {
        section
            .blocks
            .push(Block::Verdict(["There are no measured cases.".into(), "".into()]));
    }
    Some(section)
}

/// On gross energy, which is what is paid for; or the one reason why there are none.
fn numbers(scope: &Scope) -> Vec<[Words; 2]> {
    let action = match &scope.gross {
        Outcome::Available(gross) => &gross.action,
        Outcome::Unavailable { .. } => &Outcome::unavailable("no energy was measured"),
    };
    match action {
        Outcome::Available(action) => four(action).map(|pair| pair.map(Words::from)).to_vec(),
        Outcome::Unavailable { unavailable } => vec![["–".into(), format!("nothing to act on: {unavailable}").into()]],
    }
}

/// Costs that a kernel can be chosen by before it is measured: name in the findings, words.
const COUNTED: [(&str, &str); 3] = [
    ("flops", "FLOPs"),
    ("executed_operations", "executed operations"),
    ("bytes", "bytes"),
];

fn four(action: &Action) -> [[String; 2]; 4] {
    let times = |value: f64| format!("{}×", significant(value));
    let ratio = |estimate: &Estimate| with_interval(estimate, times);
    let counted: Vec<String> = COUNTED
        .into_iter()
        .filter_map(|(key, words)| Some(format!("{} by {words}", times(action.regret.get(key)?.value))))
        .collect();
    let certain = action.surely_two_kernels.value();
    [
        [
            ratio(&action.fastest_over_thriftiest),
            format!(
                "energy of the fastest kernel over that of the thriftiest, on {}",
                plural(action.contests, "problem")
            ),
        ],
        [
            certain.map_or_else(|| "–".into(), |share| with_interval(share, percent)),
            "of them have a fastest and a thriftiest kernel that differ for certain in time and energy".into(),
        ],
        [
            if counted.is_empty() {
                "–".into()
            } else {
                counted.join(", ")
            },
            "the least energy is what choosing a kernel by a count takes".into(),
        ],
        [
            action.regret.get("time").map_or_else(|| "–".into(), ratio),
            "the least energy is what choosing by measured time takes".into(),
        ],
    ]
}

/// Who wins each problem that two kernels or more computed in one precision.
pub(super) fn winners(findings: &Findings) -> Option<Section> {
    let mut contests: BTreeMap<[&str; 4], Vec<&CaseSummary>> = BTreeMap::new();
    for case in findings.cases.iter().filter(|case| case.op != "calibration") {
        let key = [&case.device, &case.op, &case.problem, &case.precision].map(String::as_str);
        contests.entry(key).or_default().push(case);
    }
    contests.retain(|_, kernels| kernels.len() > 1);
    let columns = [
        Column::words("kind"),
        Column::words("problem"),
        Column::words("precision"),
        Column::number("kernels").spare(4),
        Column::words("fastest"),
        Column::number("time").spare(2),
        Column::words("least energy"),
        Column::number("energy"),
        Column::number("fastest takes").spare(3),
    ];
    let caption = "Per problem; ≈ n: the data does not tell so many others from it; energy is gross";
    let mut table = Table::new(caption, columns).grouped_by(1);
    for ([device, op, problem, precision], kernels) in contests {
        let fastest = best(&kernels, |case| Some(case.time_s));
        let thriftiest = best(&kernels, |case| case.gross_j);
        let name = |best: &Option<(&CaseSummary, Estimate, usize)>| match best {
            None => Cell::none(),
            Some((case, _, 0)) => Cell::words(kernel(case)),
            Some((case, _, ties)) => Cell::words(format!("{} ≈\u{a0}{ties}", kernel(case))),
        };
        let value = |best: &Option<(&CaseSummary, Estimate, usize)>, unit| {
            Cell::quantity(best.map(|(_, value, _)| Estimate::point(value.value)), unit)
        };
        let ratio = fastest.and_then(|(fastest, ..)| Some(fastest.gross_j?.value / thriftiest?.1.value));
        let place = if findings.devices.len() > 1 {
            format!(" on {device}")
        } else {
            String::new()
        };
        table.row([
            Cell::words(format!("{op}{place}")),
            Cell::words(problem),
            Cell::words(precision),
            Cell::count(kernels.len()),
            name(&fastest),
            value(&fastest, "s"),
            name(&thriftiest),
            value(&thriftiest, "J"),
            Cell::maybe(ratio, |ratio| format!("{ratio:.2}×")),
        ]);
    }
    let mut section = Section::new("winners", "Winners");
    match table.rows.is_empty() {
        true => section.text("No problem was computed by two kernels in one precision."),
        false => section.table(table),
    }
    Some(section)
}

/// A kernel's name, with its variant where several were measured.
pub(super) fn kernel(case: &CaseSummary) -> String {
    match case.label.split_once(" [") {
        Some((_, variant)) => format!("{} [{variant}", case.algorithm),
        None => case.algorithm.clone(),
    }
}

/// The best by a measure, and how many others the data does not tell from it.
fn best<'a>(
    kernels: &[&'a CaseSummary],
    measure: impl Fn(&CaseSummary) -> Option<Estimate>,
) -> Option<(&'a CaseSummary, Estimate, usize)> {
    let known = || kernels.iter().filter_map(|case| Some((*case, measure(case)?)));
    let (first, value) = known().min_by(|a, b| a.1.value.total_cmp(&b.1.value))?;
    let is_apart = |other: &Estimate| value.ci95.zip(other.ci95).is_some_and(|(own, other)| own[1] < other[0]);
    let ties = known().filter(|(case, other)| !std::ptr::eq(*case, first) && !is_apart(other));
    Some((first, value, ties.count()))
}

/// Kernels against machines: joules (seconds where there are none) of each case that two machines measured.
pub(super) fn machines(findings: &Findings) -> Option<Section> {
    let names: Vec<&str> = findings.devices.iter().map(|device| device.name.as_str()).collect();
    let mut cases: BTreeMap<&str, BTreeMap<&str, &CaseSummary>> = BTreeMap::new();
    for case in &findings.cases {
        cases.entry(&case.label).or_default().insert(&case.device, case);
    }
    cases.retain(|_, by_device| by_device.len() > 1);
    if cases.is_empty() {
        return None;
    }
    let columns = std::iter::once(Column::words("case")).chain(names.iter().copied().map(Column::number));
    let mut table = Table::new(
        "Gross joules per iteration, seconds where there are none; the best is marked",
        columns,
    );
    for (label, by_device) in cases {
        let all_energy = by_device.values().all(|case| case.gross_j.is_some());
        let value = |case: &CaseSummary| if all_energy { case.gross_j } else { Some(case.time_s) };
        let values = || by_device.values().filter_map(|case| value(case));
        let least = values().map(|value| value.value).fold(f64::INFINITY, f64::min);
        let cell = |name: &&str| {
            let found = by_device.get(name).and_then(|case| value(case));
            let is_best = found.is_some_and(|found| found.value <= least);
            Cell::quantity(found, if all_energy { "J" } else { "s" }).best_if(is_best)
        };
        table.row(std::iter::once(Cell::words(label)).chain(names.iter().map(cell)));
    }
    let mut section = Section::new("compared", "Machines compared");
    section.table(table);
    Some(section)
}
