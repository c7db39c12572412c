//! What a reader acts on comes first: the verdict and four numbers of each device, the winners of each problem, kernels
//! against machines. In: findings. Out: words and rows ready to print, for terminal, page and README alike.

use std::collections::{BTreeMap, BTreeSet};

use joulemark_base::estimate::Estimate;
use joulemark_base::si::{percent, si, significant, with_interval};

use crate::cases::CaseSummary;
use crate::findings::{Action, Findings, Scope};
use crate::outcome::Outcome;

/// One device in a few lines.
pub(crate) struct Lead {
    /// The device.
    pub(crate) device: String,
    /// Both scopes and what time alone predicts.
    pub(crate) headline: String,
    /// Why.
    pub(crate) sentence: String,
    /// The four numbers, each with what it is; or the one reason why there are none.
    pub(crate) numbers: Vec<[String; 2]>,
}

/// A lead per device.
pub(crate) fn leads(findings: &Findings) -> Vec<Lead> {
    let devices = findings
        .scopes
        .iter()
        .filter(|scope| scope.precision.is_none() && scope.device.is_some());
    devices
        .map(|scope| Lead {
            device: scope.device.clone().unwrap_or_default(),
            headline: scope.verdict.headline.clone(),
            sentence: scope.verdict.active.sentence.clone(),
            numbers: numbers(scope),
        })
        .collect()
}

/// On gross energy, which is what is paid for.
fn numbers(scope: &Scope) -> Vec<[String; 2]> {
    let action = match &scope.gross {
        Outcome::Available(gross) => &gross.action,
        Outcome::Unavailable { .. } => &Outcome::unavailable("no energy was measured"),
    };
    match action {
        Outcome::Available(action) => four(action).to_vec(),
        Outcome::Unavailable { unavailable } => vec![["–".into(), format!("nothing to act on: {unavailable}")]],
    }
}

fn four(action: &Action) -> [[String; 2]; 4] {
    let times = |value: f64| format!("{}×", significant(value));
    let ratio = |estimate: &Estimate| with_interval(estimate, times);
    let contests = format!(
        "{} {}",
        action.contests,
        if action.contests == 1 { "problem" } else { "problems" }
    );
    let counted: Vec<String> = [
        ("flops", "FLOPs"),
        ("executed_operations", "executed operations"),
        ("bytes", "bytes"),
    ]
    .into_iter()
    .filter_map(|(key, words)| Some(format!("{} by {words}", times(action.regret.get(key)?.value))))
    .collect();
    let certain = match &action.surely_two_kernels {
        Outcome::Available(share) => with_interval(share, percent),
        Outcome::Unavailable { .. } => "–".into(),
    };
    [
        [
            ratio(&action.fastest_over_thriftiest),
            format!("energy of the fastest kernel over that of the thriftiest, on {contests}"),
        ],
        [
            certain,
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

/// Columns of [`winners`].
pub(crate) const WINNER_COLUMNS: [&str; 8] = [
    "problem",
    "precision",
    "kernels",
    "fastest",
    "time",
    "least energy",
    "energy",
    "fastest takes",
];

/// The winners of each problem that two kernels or more computed in one precision.
pub(crate) fn winners(findings: &Findings) -> Vec<[String; 8]> {
    let mut contests: BTreeMap<(&str, &str, &str, &str), Vec<&CaseSummary>> = BTreeMap::new();
    for case in findings.cases.iter().filter(|case| case.op != "calibration") {
        let key = (
            case.device.as_str(),
            case.op.as_str(),
            case.problem.as_str(),
            case.precision.as_str(),
        );
        contests.entry(key).or_default().push(case);
    }
    contests.retain(|_, kernels| kernels.len() > 1);
    let several = findings.devices.len() > 1;
    let rows = contests.into_iter().map(|((device, op, problem, precision), kernels)| {
        let (time, energy) = (
            |case: &CaseSummary| Some(case.time_s),
            |case: &CaseSummary| case.gross_j,
        );
        let (fastest, thriftiest) = (best(&kernels, time), best(&kernels, energy));
        let name = |best: &Option<(&CaseSummary, Estimate, usize)>| match best {
            None => "–".into(),
            Some((case, _, 0)) => kernel(case),
            Some((case, _, ties)) => format!("{} ≈ {ties} more", kernel(case)),
        };
        let value = |best: &Option<(&CaseSummary, Estimate, usize)>, unit| {
            best.map_or_else(|| "–".into(), |(_, value, _)| si(value.value, unit))
        };
        let ratio = fastest.and_then(|(fastest, ..)| Some(fastest.gross_j?.value / thriftiest?.1.value));
        [
            if several {
                format!("{op} {problem} on {device}")
            } else {
                format!("{op} {problem}")
            },
            precision.to_owned(),
            kernels.len().to_string(),
            name(&fastest),
            value(&fastest, "s"),
            name(&thriftiest),
            value(&thriftiest, "J"),
            ratio.map_or_else(|| "–".into(), |ratio| format!("{ratio:.2}×")),
        ]
    });
    rows.collect()
}

/// A kernel's name, with its variant where several were measured.
pub(crate) fn kernel(case: &CaseSummary) -> String {
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
    let known: Vec<(&CaseSummary, Estimate)> = kernels
        .iter()
        .filter_map(|case| Some((*case, measure(case)?)))
        .collect();
    let (first, value) = known.iter().copied().min_by(|a, b| a.1.value.total_cmp(&b.1.value))?;
    let is_apart = |other: &Estimate| value.ci95.zip(other.ci95).is_some_and(|(own, other)| own[1] < other[0]);
    let ties = known
        .iter()
        .filter(|(case, other)| !std::ptr::eq(*case, first) && !is_apart(other))
        .count();
    Some((first, value, ties))
}

/// Kernels against machines: header and rows, joules (seconds where there are none) of each case that two machines measured.
pub(crate) fn machines(findings: &Findings) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    if findings.devices.len() < 2 {
        return None;
    }
    let names: Vec<&str> = findings.devices.iter().map(|device| device.name.as_str()).collect();
    let mut cases: BTreeMap<&str, BTreeMap<&str, &CaseSummary>> = BTreeMap::new();
    for case in &findings.cases {
        cases.entry(&case.label).or_default().insert(&case.device, case);
    }
    cases.retain(|_, by_device| by_device.len() > 1);
    if cases.is_empty() {
        return None;
    }
    let rows = cases.into_iter().map(|(label, by_device)| {
        let value = |case: &&CaseSummary| {
            case.gross_j
                .map_or((case.time_s.value, "s"), |energy| (energy.value, "J"))
        };
        let units: BTreeSet<&str> = by_device.values().map(|case| value(case).1).collect();
        let least = by_device
            .values()
            .map(|case| value(case).0)
            .fold(f64::INFINITY, f64::min);
        let cell = |name: &&str| {
            let Some((value, unit)) = by_device.get(name).map(value) else {
                return "–".into();
            };
            let mark = if units.len() == 1 && value <= least { " *" } else { "" };
            format!("{}{mark}", si(value, unit))
        };
        std::iter::once(label.to_owned())
            .chain(names.iter().map(cell))
            .collect()
    });
    let header = std::iter::once("case")
        .chain(names.iter().copied())
        .map(str::to_owned)
        .collect();
    Some((header, rows.collect()))
}
