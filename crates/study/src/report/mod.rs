//! The report: one HTML file that opens offline and prints well, and the results for a README. In: findings. Out: text.
//! Every number in it is one of the findings.

mod facts;
mod splice;

use askama::Template;

pub use splice::{SpliceError, markdown, splice};

use crate::figures::{self, Slot};
use crate::findings::{Condition, Findings, Judgement, Outcome, Verdict};
use crate::quantity::{percent, reach, si, significant};
use facts::{Fact, cost, machines, threats};

/// The page as the template sees it: words and numbers that are ready to print.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    title: String,
    simulated: bool,
    verdict: &'static str,
    sentence: String,
    gross_sentence: Option<String>,
    conditions: Vec<ConditionRow>,
    scopes: Vec<ScopeRow>,
    slots: &'a [Slot],
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

/// One scope in a line.
struct ScopeRow {
    name: String,
    verdict: &'static str,
    cells: Vec<String>,
}

/// Writes the report.
///
/// # Errors
/// A template that cannot be filled, which is a defect of joulemark.
pub fn html(findings: &Findings) -> Result<String, askama::Error> {
    let slots = figures::draw(findings);
    let devices: Vec<&str> = findings.devices.iter().map(|device| device.name.as_str()).collect();
    let first = findings.scopes.first();
    let active = first.map(|scope| &scope.verdict.active);
    let (case_header, cases) = case_table(findings);
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
        scopes: findings.scopes.iter().map(scope_row).collect(),
        slots: &slots,
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

/// Cases, Spearman, log-log R², iso-FLOP spread, inversions: on active energy, else on gross, else on time.
fn scope_row(scope: &crate::findings::Scope) -> ScopeRow {
    let estimands = scope.active.value().or(scope.gross.value()).or(scope.time.value());
    let number = |value: f64| format!("{value:.2}");
    let cells = estimands.map_or_else(Vec::new, |found| {
        let fraction = found.inversions.value().map(|inversions| inversions.estimate());
        let spread = found.iso_flop_spread.value().map(|spread| spread.estimate());
        let or_dash = |estimate: Option<crate::stats::describe::Estimate>, format: fn(f64) -> String| {
            estimate.map_or_else(
                || "–".into(),
                |estimate| crate::quantity::with_interval(&estimate, format),
            )
        };
        vec![
            found.response.name().to_owned(),
            format!("{} in {}", found.cases, found.families),
            crate::quantity::outcome(&found.spearman, number),
            crate::quantity::outcome(&found.r2_loglog, number),
            or_dash(spread, |value| format!("{value:.2}")),
            or_dash(fraction, percent),
        ]
    });
    ScopeRow {
        name: scope.name(),
        verdict: scope.verdict.active.verdict.words(),
        cells,
    }
}

fn case_table(findings: &Findings) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let header = vec![
        "case", "windows", "time", "±", "GFLOP/s", "energy", "±", "active", "power", "GFLOP/J",
    ];
    let dash = || "–".to_owned();
    let rows = findings.cases.iter().map(|case| {
        let value = |estimate: &Option<crate::stats::describe::Estimate>, unit: &str| {
            estimate.map_or_else(dash, |estimate| si(estimate.value, unit))
        };
        let plain = |estimate: &Option<crate::stats::describe::Estimate>| {
            estimate.map_or_else(dash, |estimate| significant(estimate.value))
        };
        let name = match case.variant.as_str() {
            "" => case.case_id.clone(),
            variant => format!("{} [{variant}]", case.case_id),
        };
        vec![
            name,
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
