//! The findings in tables that terminal, page and README share: a line per scope, a line per experiment. In: findings.
//! Out: words and numbers ready to print.

use std::collections::BTreeSet;

use crate::findings::{Findings, Found, Hypothesis, Response, Scope};
use crate::outcome::Outcome;
use crate::quantity::outcome;
use joulemark_base::estimate::Estimate;
use joulemark_base::si::{percent, significant, with_interval};

/// Names of the columns of [`scopes`].
pub(crate) const SCOPE_COLUMNS: [&str; 8] = [
    "scope",
    "verdict",
    "on",
    "cases in families",
    "Spearman",
    "log-log R²",
    "typical ratio at equal FLOPs",
    "inverted near pairs",
];

/// One scope per line: on active energy, else on gross, else on time. A lone device is not named.
pub(crate) fn scopes(findings: &Findings) -> Vec<[String; 8]> {
    let lone = findings.devices.len() == 1;
    findings.scopes.iter().map(|scope| scope_line(scope, lone)).collect()
}

fn scope_line(scope: &Scope, lone: bool) -> [String; 8] {
    let name = match &scope.precision {
        precision if lone => precision.clone().unwrap_or_else(|| "all precisions".into()),
        _ => scope.name(),
    };
    let verdict = scope.verdict.active.verdict.words().to_owned();
    let Some(found) = scope.active.value().or(scope.gross.value()).or(scope.time.value()) else {
        let dash = || "–".to_owned();
        return [name, verdict, dash(), dash(), dash(), dash(), dash(), dash()];
    };
    let number = |value: f64| format!("{value:.2}");
    let or_dash = |estimate: Option<Estimate>, format: fn(f64) -> String| {
        estimate.map_or_else(|| "–".into(), |estimate| with_interval(&estimate, format))
    };
    [
        name,
        verdict,
        found.response.name().to_owned(),
        format!("{} in {}", found.evidence.cases, found.evidence.families),
        outcome(&found.spearman, number),
        outcome(&found.r2_loglog, number),
        or_dash(
            found
                .evidence
                .iso_flop
                .value()
                .map(|found| found.typical_ratio.estimate),
            number,
        ),
        or_dash(
            found.evidence.near_pairs.value().map(|found| found.share.estimate),
            percent,
        ),
    ]
}

/// What the suites that were run said themselves before they ran: name, hypothesis, expected direction.
pub(crate) fn stated(findings: &Findings) -> Vec<[String; 3]> {
    let manifests = findings.inputs.iter().filter_map(|input| input.manifest.as_ref());
    let said: BTreeSet<[String; 3]> = manifests
        .filter_map(|manifest| {
            let note = |name: &str| Some(manifest.options.get(name)?.as_str()?.to_owned());
            Some([manifest.suite.clone(), note("hypothesis")?, note("direction")?])
        })
        .collect();
    said.into_iter().collect()
}

/// One experiment that was measured.
pub(crate) struct ExperimentLine {
    pub(crate) name: String,
    pub(crate) expected: String,
    /// What the number is, of which cases.
    pub(crate) statistic: String,
    /// The number with its interval, and what was expected of it.
    pub(crate) found: String,
    pub(crate) outcome: &'static str,
}

/// The experiments that were measured, and the names of the others.
pub(crate) fn experiments(findings: &Findings) -> (Vec<ExperimentLine>, Vec<String>) {
    let (mut lines, mut others) = (Vec::new(), Vec::new());
    for hypothesis in &findings.hypotheses {
        match &hypothesis.found {
            Outcome::Available(found) => lines.push(experiment_line(hypothesis, found)),
            Outcome::Unavailable { .. } => others.push(hypothesis.experiment.clone()),
        }
    }
    (lines, others)
}

fn experiment_line(hypothesis: &Hypothesis, found: &Found) -> ExperimentLine {
    // Where there is no energy, time stands in its place, and the words have to say so.
    let on_time = hypothesis.response == Response::Time;
    let statistic = match on_time {
        true => hypothesis
            .statistic
            .replace("gross energy", "time")
            .replace("energy", "time"),
        false => hypothesis.statistic.clone(),
    };
    let groups = if found.groups == 1 { "group" } else { "groups" };
    ExperimentLine {
        name: hypothesis.experiment.clone(),
        expected: hypothesis.expected.clone(),
        statistic: format!("{statistic}; {} {groups}, {}", found.groups, hypothesis.from),
        found: format!(
            "{} ({}expected {} {})",
            with_interval(&found.ratio, significant),
            if on_time { "of energy " } else { "" },
            hypothesis.side,
            hypothesis.threshold
        ),
        outcome: if on_time {
            "energy not measured"
        } else {
            found.outcome.words()
        },
    }
}
