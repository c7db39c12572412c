//! The verdicts of one scope side by side: on every kernel and on each problem's fastest, by both versions of the rule, and
//! one sentence that names them and what time alone predicts. In: estimands. Out: verdicts.

use serde::{Deserialize, Serialize};

use super::condition::Judgement;
use super::controls::Controls;
use super::estimands::Estimands;
use super::evidence::Evidence;
use super::first_rule;
use super::models::Predictor;
use super::rule::{self, Verdict};

use super::view::Response;
use crate::outcome::Outcome;
use joulemark_base::si::significant;

/// The verdicts of one scope. The rule is about `active`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdicts {
    /// The verdict: on active energy of saturated cases, every kernel, by version 2 of the rule.
    pub active: Verdict,
    /// On gross energy of all cases.
    pub gross: Verdict,
    /// On active energy, of each problem's fastest kernel.
    pub fastest: Verdict,
    /// Both scopes and what time alone predicts, in one sentence.
    pub headline: String,
    /// The verdict had other cases counted as saturated; empty for a single precision.
    pub active_if_saturated_meant: Vec<Sensitivity>,
    /// By version 1 of the rule, which version 2 replaced before any measured row.
    pub version_1: FirstVerdicts,
}

/// What version 1 of the rule says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstVerdicts {
    /// On active energy.
    pub active: Verdict,
    /// On gross energy.
    pub gross: Verdict,
}

/// The verdict with another threshold of saturation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// The least share of what the device can draw above idle that counts as saturated.
    pub power_share: f64,
    /// Cases that would enter.
    pub cases: usize,
    /// The verdict.
    pub verdict: Judgement,
}

/// One response judged: every kernel, the fastest, and by version 1.
fn judged(estimands: &Outcome<Estimands>, controls: &Controls) -> [Verdict; 3] {
    match estimands {
        Outcome::Available(found) => [
            rule::judge(&found.evidence, controls, found.response),
            rule::judge(&found.fastest, controls, found.response),
            first_rule::judge(found, controls),
        ],
        Outcome::Unavailable { unavailable } => [(); 3].map(|()| Verdict::open(unavailable)),
    }
}

impl Verdicts {
    /// On gross and on active energy, each with its controls.
    pub(crate) fn new(
        (gross, gross_controls): (&Outcome<Estimands>, &Controls),
        (active, active_controls): (&Outcome<Estimands>, &Controls),
        active_if_saturated_meant: Vec<Sensitivity>,
    ) -> Self {
        let beside = active.value().or(gross.value()).map(beside);
        let [gross, _, first_gross] = judged(gross, gross_controls);
        let [active, fastest, first_active] = judged(active, active_controls);
        Self {
            headline: headline(&active, &fastest, beside.as_deref()),
            active,
            gross,
            fastest,
            active_if_saturated_meant,
            version_1: FirstVerdicts {
                active: first_active,
                gross: first_gross,
            },
        }
    }
}

pub(crate) fn sensitivity(power_share: f64, evidence: &Evidence, controls: &Controls) -> Sensitivity {
    Sensitivity {
        power_share,
        cases: evidence.cases,
        verdict: rule::judge(evidence, controls, Response::Active).verdict,
    }
}

/// Both scopes in one sentence, then what time and power explain.
fn headline(every: &Verdict, fastest: &Verdict, beside: Option<&str>) -> String {
    let scopes = match (every.verdict, fastest.verdict) {
        (Judgement::CannotBeJudged, Judgement::CannotBeJudged) => "cannot be judged".to_owned(),
        (every, fastest) => format!(
            "{} among all kernels; among each problem's fastest: {}",
            every.words(),
            fastest.words()
        ),
    };
    match beside {
        Some(beside) if !beside.is_empty() => format!("{scopes}. {beside}"),
        _ => format!("{scopes}."),
    }
}

/// What stands beside a verdict always: how far time alone goes, and what it leaves open.
fn beside(estimands: &Estimands) -> String {
    let mut said = Vec::new();
    if let Some(error) = estimands.evidence.lofo_mape(Predictor::Time) {
        let error = crate::quantity::error(error);
        said.push(format!("time alone predicts the energy of an unseen family to {error}"));
    }
    if let Outcome::Available(iso_flop) = &estimands.evidence.iso_flop {
        if let Some(power) = iso_flop.typical_power_ratio {
            said.push(format!(
                "at equal FLOPs power differs {}-fold typically",
                significant(power)
            ));
        }
        if let Some(energy) = iso_flop.typical_ratio_at_equal_time {
            said.push(format!(
                "at equal FLOPs and time energy differs {}-fold",
                significant(energy)
            ));
        }
    }
    let text = said.join("; ");
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    first.map_or_else(String::new, |first| format!("{first}{}.", characters.as_str()))
}

/// All devices together have the verdicts of each: the rule is about one device at a time, and nothing is pooled for it.
pub(crate) fn by_device(devices: &[(&str, &Verdicts)]) -> Verdicts {
    let together = |of: fn(&Verdicts) -> &Verdict| -> Verdict {
        let all: Vec<(&str, Judgement)> = devices
            .iter()
            .map(|(device, verdicts)| (*device, of(verdicts).verdict))
            .collect();
        let any = |wanted: Judgement| all.iter().any(|(_, verdict)| *verdict == wanted);
        let verdict = match () {
            () if any(Judgement::CannotBeJudged) || all.is_empty() => Judgement::CannotBeJudged,
            () if any(Judgement::NotShown) => Judgement::NotShown,
            () => Judgement::Shown,
        };
        let told: Vec<String> = all
            .iter()
            .map(|(device, verdict)| format!("{device}: {}", verdict.words()))
            .collect();
        Verdict {
            verdict,
            sentence: format!("The rule is about one device at a time: {}.", told.join("; ")),
            conditions: Vec::new(),
        }
    };
    let active = together(|verdicts| &verdicts.active);
    let fastest = together(|verdicts| &verdicts.fastest);
    Verdicts {
        headline: headline(&active, &fastest, None),
        gross: together(|verdicts| &verdicts.gross),
        active_if_saturated_meant: Vec::new(),
        version_1: FirstVerdicts {
            active: together(|verdicts| &verdicts.version_1.active),
            gross: together(|verdicts| &verdicts.version_1.gross),
        },
        active,
        fastest,
    }
}
