//! What the figures are about: the widest scope, on gross energy or, where there is none, on time. In: findings. Out: cases with
//! their response, and the words for it.

use std::collections::BTreeSet;

use joulemark_base::estimate::Estimate;
use joulemark_base::si::{si, significant};

use super::axis::{Format, short};
use crate::cases::CaseSummary;
use crate::findings::{Estimands, Findings, Response, Scope};
use crate::outcome::Outcome;

/// Findings and the response that is drawn of them.
pub(super) struct Subject<'a> {
    pub(super) findings: &'a Findings,
    pub(super) response: Response,
}

/// A device with its estimands of the response that is drawn.
pub(super) struct Shown<'a> {
    /// What stands behind a name, where there are several devices.
    pub(super) suffix: String,
    pub(super) device: &'a str,
    pub(super) estimands: &'a Estimands,
}

impl<'a> Subject<'a> {
    pub(super) fn of(findings: &'a Findings) -> Option<Self> {
        let scope = findings.scopes.first()?;
        let response = scope.gross.value().or(scope.time.value())?.response;
        Some(Self { findings, response })
    }

    /// The devices that have estimands of the response.
    pub(super) fn devices(&self) -> Vec<Shown<'a>> {
        let several = self.findings.devices.len() > 1;
        let of = |scope: &'a Scope| {
            let device = scope.device.as_deref()?;
            let estimands = match self.response {
                Response::Time => scope.time.value(),
                _ => scope.gross.value(),
            };
            Some(Shown {
                suffix: if several {
                    format!(" on {device}")
                } else {
                    String::new()
                },
                device,
                estimands: estimands?,
            })
        };
        let scopes = self.findings.scopes.iter().filter(|scope| scope.precision.is_none());
        scopes.filter_map(of).collect()
    }

    /// `energy` or `time`.
    pub(super) const fn word(&self) -> &'static str {
        match self.response {
            Response::Time => "time",
            _ => "energy",
        }
    }

    /// How the response stands at an axis.
    pub(super) fn format(&self) -> Format {
        match self.response {
            Response::Time => |value| short(value, "s"),
            _ => |value| short(value, "J"),
        }
    }

    /// The response of a case.
    pub(super) fn of_case(&self, case: &CaseSummary) -> Option<Estimate> {
        let value = match self.response {
            Response::Time => Some(case.time_s),
            _ => case.gross_j,
        };
        value.filter(|value| value.value > 0.0)
    }

    /// Cases with response and operations, each with both.
    pub(super) fn with_flops(&self) -> Vec<(&'a CaseSummary, f64, Estimate)> {
        let cases = self.findings.cases.iter();
        cases
            .filter_map(|case| Some((case, count(case, "flops_task")?, self.of_case(case)?)))
            .collect()
    }

    /// Those of a device that its predictors were tried on; all but calibration where none could be fitted.
    pub(super) fn judged(&self, shown: &Shown<'_>) -> Vec<(&'a CaseSummary, f64, Estimate)> {
        let scores = shown.estimands.evidence.models.value().map(|models| &models.scores);
        let labels: BTreeSet<&String> = scores
            .into_iter()
            .flatten()
            .flat_map(|score| score.residuals.keys())
            .collect();
        let mut cases = self.with_flops();
        cases.retain(|(case, ..)| {
            let is_judged = if labels.is_empty() {
                case.op != "calibration"
            } else {
                labels.contains(&case.label)
            };
            is_judged && case.device == shown.device
        });
        cases
    }

    /// What a mouse shows of a case.
    pub(super) fn title(&self, case: &CaseSummary) -> String {
        let operations = count(case, "flops_task").map_or_else(String::new, |flops| format!(", {}", si(flops, "OP")));
        let energy = case
            .gross_j
            .map_or_else(String::new, |energy| format!(", {}", si(energy.value, "J")));
        let place = if self.findings.devices.len() > 1 {
            format!(" on {}", case.device)
        } else {
            String::new()
        };
        format!(
            "{}{place}: {}{energy}{operations}",
            case.label,
            si(case.time_s.value, "s")
        )
    }
}

/// A count of a case that is above zero.
pub(super) fn count(case: &CaseSummary, column: &str) -> Option<f64> {
    case.counts.get(column).copied().filter(|value| *value > 0.0)
}

/// `1.23×`.
pub(super) fn times(value: f64) -> String {
    format!("{}×", significant(value))
}

/// The same at an axis.
pub(super) fn short_times(value: f64) -> String {
    let number = significant(value);
    let number = if number.contains('.') && !number.contains('e') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        &number
    };
    format!("{number}×")
}

/// Value and bounds as CSV fields; empty where there is no interval.
pub(super) fn estimate_fields(estimate: &Estimate) -> [String; 3] {
    let [low, high] = estimate
        .ci95
        .map_or_else(Default::default, |ci95| ci95.map(|bound| bound.to_string()));
    [estimate.value.to_string(), low, high]
}

/// The reason of an outcome that has no value.
pub(super) fn reason<T>(outcome: &Outcome<T>) -> String {
    outcome.reason().unwrap_or("there is nothing to draw").to_owned()
}
