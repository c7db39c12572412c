//! The report: one HTML file that opens offline and prints well, and the results for a README. In: findings. Out: text.
//! Every number in it is one of the findings.

mod claims;
mod facts;
mod splice;

use std::fmt::Write;

use askama::Template;

pub use splice::{SpliceError, markdown, splice};

use crate::figures::{self, Figure};
use crate::findings::{Condition, Findings, Judgement, Scope, Verdict};
use crate::lead::{self, Lead};
use crate::overview::{self, ExperimentLine};
use claims::{Answered, Waiting};
use facts::{Fact, cost, machines, threats};
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
    leads: Vec<Lead>,
    winner_header: [&'static str; 8],
    winners: Vec<[String; 8]>,
    machine_header: Vec<String>,
    machine_rows: Vec<Vec<String>>,
    fastest_sentence: Option<String>,
    first_sentence: Option<String>,
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
    not_drawn: Vec<String>,
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
    figure: Figure,
    /// The picture, which says what it is to those who do not see it.
    svg: String,
    data: String,
}

/// Writes the report.
///
/// # Errors
/// A template that cannot be filled, which is a defect of joulemark.
pub fn html(findings: &Findings) -> Result<String, askama::Error> {
    let (mut panels, mut not_drawn) = (Vec::new(), Vec::new());
    for slot in figures::draw(findings) {
        match slot.figure {
            Ok(figure) => panels.push(panel(figure)),
            Err(reason) => not_drawn.push(format!("{}: {reason}", slot.name.replace('_', " "))),
        }
    }
    let (machine_header, machine_rows) = lead::machines(findings).unwrap_or_default();
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
        leads: lead::leads(findings),
        winner_header: lead::WINNER_COLUMNS,
        winners: lead::winners(findings),
        machine_header,
        machine_rows,
        fastest_sentence: first.map(|scope| {
            let fastest = &scope.verdict.fastest;
            format!(
                "Among each problem's fastest kernel: {}. {}",
                fastest.verdict.words(),
                fastest.sentence
            )
        }),
        first_sentence: first.map(|scope| {
            let old = &scope.verdict.version_1.active;
            format!(
                "Version 1 of the rule, which version 2 replaced before any measured row: {}. {}",
                old.verdict.words(),
                old.sentence
            )
        }),
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
        not_drawn,
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
                "{:.0}% of what the device can draw ({} cases): {}",
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
fn panel(figure: Figure) -> Panel {
    let mut data = String::from("data:text/csv;charset=utf-8,");
    for byte in figure.csv.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b',' | b'-' | b'_' | b'/' => data.push(char::from(byte)),
            _ => {
                let _ = write!(data, "%{byte:02X}");
            }
        }
    }
    let title = figure
        .title
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;");
    let svg = figure
        .svg
        .replacen("<svg", &format!("<svg role=\"img\" aria-label=\"{title}\""), 1);
    Panel { figure, svg, data }
}

fn condition_rows(verdict: &Verdict) -> Vec<ConditionRow> {
    verdict.conditions.iter().map(condition_row).collect()
}

fn condition_row(condition: &Condition) -> ConditionRow {
    let outcome = match condition.met {
        Some(true) => "met",
        Some(false) => "not met",
        None => "not known",
    };
    ConditionRow {
        asks: condition.asks.clone(),
        found: condition.says.clone(),
        outcome,
    }
}

fn case_table(findings: &Findings) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let header = vec![
        "problem",
        "kernel",
        "precision",
        "rounds",
        "time",
        "±",
        "GFLOP/s",
        "energy",
        "±",
        "active",
        "power",
        "GFLOP/J",
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
            format!("{} {}", case.op, case.problem),
            lead::kernel(case),
            case.precision.clone(),
            case.rounds.to_string(),
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
