//! The report: one HTML file that opens offline and prints well, and the results for a README. In: findings. Out: text.
//! Every number in it is one of the findings.

mod claims;
mod facts;
mod splice;

use std::fmt::Write;

use askama::Template;

pub use splice::{SpliceError, markdown, splice};

use crate::figures::{self, Slot};
use crate::findings::{Condition, Findings, Judgement, Scope, Verdict};
use crate::outcome::Outcome;
use crate::overview::{self, ExperimentLine};
use claims::{Answered, Waiting};
use facts::{Fact, cost, machines, threats};
use joulemark_base::si::percent;
use joulemark_base::si::reach;
use joulemark_base::si::si;
use joulemark_base::si::significant;

/// The page as the template sees it: words and numbers that are ready to print.
#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    title: String,
    simulated: bool,
    verdict: &'static str,
    sentence: String,
    gross_sentence: Option<String>,
    conditions: Vec<ConditionRow>,
    sensitivity: Vec<String>,
    other_devices: Vec<String>,
    scope_header: [&'static str; 8],
    scopes: Vec<[String; 8]>,
    stated: Vec<[String; 3]>,
    experiments: Vec<ExperimentLine>,
    without_cases: String,
    panels: Vec<Panel>,
    answered: Vec<Answered>,
    waiting: Vec<Waiting>,
    threats: Vec<Fact>,
    machines: Vec<Vec<Fact>>,
    cost: Vec<Fact>,
    case_header: Vec<&'static str>,
    cases: Vec<Vec<String>>,
    replicates: usize,
    seed: u64,
}

/// One condition of the rule: what was expected, what was found.
struct ConditionRow {
    asks: String,
    found: String,
    outcome: &'static str,
}

/// A figure, or why there is none, with its data as a link that needs no file.
struct Panel {
    slot: Slot,
    data: String,
}

/// Writes the report.
///
/// # Errors
/// A template that cannot be filled, which is a defect of joulemark.
pub fn html(findings: &Findings) -> Result<String, askama::Error> {
    let panels = figures::draw(findings).into_iter().map(panel).collect();
    let (experiments, without_cases) = overview::experiments(findings);
    let devices: Vec<&str> = findings.devices.iter().map(|device| device.name.as_str()).collect();
    let first = findings.scopes.first();
    let active = first.map(|scope| &scope.verdict.active);
    let (case_header, cases) = case_table(findings);
    let (answered, waiting) = claims::parted(&findings.literature);
    Page {
        title: format!("Do FLOPs tell the energy? {}", devices.join(", ")),
        simulated: findings.simulated,
        verdict: active
            .map_or(Judgement::CannotBeJudged, |verdict| verdict.verdict)
            .words(),
        sentence: active.map_or_else(
            || "There are no measured cases.".into(),
            |verdict| verdict.sentence.clone(),
        ),
        gross_sentence: first.filter(|scope| scope.gross.value().is_some()).map(|scope| {
            let gross = &scope.verdict.gross;
            format!(
                "On gross energy, idle power included: {}. {}",
                gross.verdict.words(),
                gross.sentence
            )
        }),
        conditions: active.map(condition_rows).unwrap_or_default(),
        sensitivity: first.map_or_else(Vec::new, sensitivity),
        other_devices: other_devices(findings),
        scope_header: overview::SCOPE_COLUMNS,
        scopes: overview::scopes(findings),
        stated: overview::stated(findings),
        experiments,
        without_cases: without_cases.join(", "),
        panels,
        answered,
        waiting,
        threats: threats(findings),
        machines: machines(findings),
        cost: cost(findings),
        case_header,
        cases,
        replicates: findings.options.replicates,
        seed: findings.options.seed,
    }
    .render()
}

/// The verdict with other meanings of saturated.
fn sensitivity(scope: &Scope) -> Vec<String> {
    let others = scope.verdict.active_if_saturated_meant.iter();
    others
        .map(|other| {
            format!(
                "{:.0}% of the highest active power ({} cases): {}",
                100.0 * other.power_share,
                other.cases,
                other.verdict.words()
            )
        })
        .collect()
}

/// The verdict of each device, where there are several.
fn other_devices(findings: &Findings) -> Vec<String> {
    let several = findings.devices.len() > 1;
    let whole = findings
        .scopes
        .iter()
        .filter(|scope| several && scope.precision.is_none());
    whole
        .filter_map(|scope| {
            let active = &scope.verdict.active;
            let device = scope.device.as_deref()?;
            Some(format!("{device}: {}. {}", active.verdict.words(), active.sentence))
        })
        .collect()
}

/// Percent-encodes what a data URI cannot hold.
fn panel(slot: Slot) -> Panel {
    let csv = slot.figure.as_ref().map_or("", |figure| figure.csv.as_str());
    let mut data = String::from("data:text/csv;charset=utf-8,");
    for byte in csv.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b',' | b'-' | b'_' | b'/' => data.push(char::from(byte)),
            _ => {
                let _ = write!(data, "%{byte:02X}");
            }
        }
    }
    Panel { slot, data }
}

fn condition_rows(verdict: &Verdict) -> Vec<ConditionRow> {
    verdict.conditions.iter().map(condition_row).collect()
}

fn condition_row(condition: &Condition) -> ConditionRow {
    let share = matches!(condition.name.as_str(), "inversions" | "lofo_mape_gap");
    let number = |value: f64| match condition.name.as_str() {
        "cases" | "families" => value.to_string(),
        "positive_control_r2" => format!("{value:.4}"),
        _ if share => percent(value),
        _ => significant(value),
    };
    let found = match (&condition.value, condition.bound) {
        (Outcome::Available(value), Some(bound)) if bound != *value => {
            format!("{}, lower bound {}", number(*value), number(bound))
        }
        (Outcome::Available(value), _) => number(*value),
        (Outcome::Unavailable { unavailable }, _) => unavailable.clone(),
    };
    let outcome = match condition.met {
        Some(true) => "met",
        Some(false) => "not met",
        None => "unknown",
    };
    ConditionRow {
        asks: condition.asks.clone(),
        found,
        outcome,
    }
}

fn case_table(findings: &Findings) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let header = vec![
        "case", "windows", "time", "±", "GFLOP/s", "energy", "±", "active", "power", "GFLOP/J",
    ];
    let dash = || "–".to_owned();
    let rows = findings.cases.iter().map(|case| {
        let value = |estimate: &Option<joulemark_base::estimate::Estimate>, unit: &str| {
            estimate.map_or_else(dash, |estimate| si(estimate.value, unit))
        };
        let plain = |estimate: &Option<joulemark_base::estimate::Estimate>| {
            estimate.map_or_else(dash, |estimate| significant(estimate.value))
        };
        vec![
            case.label.clone(),
            case.windows.to_string(),
            si(case.time_s.value, "s"),
            reach(&case.time_s),
            plain(&case.gflops),
            value(&case.gross_j, "J"),
            case.gross_j.map_or_else(String::new, |energy| reach(&energy)),
            value(&case.active_j, "J"),
            value(&case.power_w, "W"),
            plain(&case.gflop_per_j),
        ]
    });
    (header, rows.collect())
}
