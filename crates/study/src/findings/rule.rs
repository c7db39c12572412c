//! The rule, version 2, fixed on 2026-11-25 before any measured row: is it shown that FLOPs do not track energy? In: the
//! evidence of a scope and its controls. Out: shown, not shown or cannot be judged, with every condition and its bound.

use serde::{Deserialize, Serialize};

use super::condition::{Condition, Judgement, Unit, asks};
use super::controls::Controls;
use super::evidence::Evidence;
use super::view::Response;
use crate::cases::MIN_ROUNDS;
use crate::outcome::Outcome;

/// One verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The answer to "FLOPs do not track energy".
    pub verdict: Judgement,
    /// Why, in one sentence.
    pub sentence: String,
    /// All conditions.
    pub conditions: Vec<Condition>,
}

/// Fewer cases than this cannot be judged …
const MIN_CASES: f64 = 40.0;
/// … nor fewer families than this.
const MIN_FAMILIES: f64 = 10.0;
/// (i) Lower bound of the typical ratio at equal FLOPs.
const MIN_TYPICAL_RATIO: f64 = 1.5;
/// (ii) Lower bound of the share of inverted near pairs.
const MIN_INVERSIONS: f64 = 0.10;
/// (iii) Lower bound of how much worse FLOPs predict than the energy roofline: 10 points of MAPE.
const MIN_GAP: f64 = 0.10;
/// The sweep's slope lies this close to 1 …
const SWEEP_SLOPE: f64 = 0.1;
/// … with at least this R² …
const SWEEP_R2: f64 = 0.99;
/// … and no size further from its line than this.
const SWEEP_RESIDUAL: f64 = 0.10;
/// One case under two names is the same within this, or its interval holds 1.
const A_A_MARGIN: f64 = 0.02;
/// Rounds differ by less than this.
const MOST_DRIFT: f64 = 0.05;

impl Verdict {
    /// There is nothing to judge by.
    pub(super) fn open(reason: &str) -> Self {
        Self {
            verdict: Judgement::CannotBeJudged,
            sentence: format!(
                "It cannot be judged whether FLOPs track energy: {}.",
                reason.trim_end_matches('.')
            ),
            conditions: Vec::new(),
        }
    }
}

/// Judges by the evidence.
pub(crate) fn judge(evidence: &Evidence, controls: &Controls, response: Response) -> Verdict {
    let mut conditions = needs(evidence, controls);
    conditions.extend(shows(evidence));
    conclude(conditions, response.name())
}

/// A failed need leaves it open; then a condition that is not met says no; one that is not known leaves it open again.
pub(super) fn conclude(conditions: Vec<Condition>, what: &str) -> Verdict {
    let tell = |take: &dyn Fn(&Condition) -> bool| -> String {
        let mut said: Vec<&str> = conditions.iter().filter(|c| take(c)).map(|c| c.says.as_str()).collect();
        said.dedup();
        said.join("; ")
    };
    let needs = tell(&|c| c.is_need && c.met != Some(true));
    let failed = tell(&|c| !c.is_need && c.met == Some(false));
    let unknown = tell(&|c| !c.is_need && c.met.is_none());
    let (verdict, sentence) = if !needs.is_empty() {
        (
            Judgement::CannotBeJudged,
            format!("It cannot be judged whether FLOPs track {what}: {needs}."),
        )
    } else if !failed.is_empty() {
        (
            Judgement::NotShown,
            format!("It is not shown that FLOPs do not track {what}: {failed}."),
        )
    } else if !unknown.is_empty() {
        (
            Judgement::CannotBeJudged,
            format!("It cannot be judged whether FLOPs track {what}: {unknown}."),
        )
    } else {
        let found = tell(&|c| !c.is_need);
        (Judgement::Shown, format!("FLOPs do not track {what}: {found}."))
    };
    Verdict {
        verdict,
        sentence,
        conditions,
    }
}

/// Quotas and controls.
fn needs(evidence: &Evidence, controls: &Controls) -> Vec<Condition> {
    let count = |count: usize| Outcome::Available(count as f64);
    vec![
        asks(
            "rounds",
            "each case was measured in at least three rounds",
            "the fewest rounds of a case",
            Unit::Count,
            MIN_ROUNDS as f64,
        )
        .at_least(count(evidence.fewest_rounds)),
        asks(
            "cases",
            "there are at least 40 cases",
            "the number of cases",
            Unit::Count,
            MIN_CASES,
        )
        .at_least(count(evidence.cases)),
        asks(
            "families",
            "there are at least 10 families",
            "the number of families",
            Unit::Count,
            MIN_FAMILIES,
        )
        .at_least(count(evidence.families)),
        asks(
            "sweep_slope",
            "energy follows the operations of one fixed kernel with a slope of 0.9 to 1.1",
            "the distance of the sweep's slope from 1",
            Unit::Ratio,
            SWEEP_SLOPE,
        )
        .below(controls.sweep.map(|sweep| (sweep.slope - 1.0).abs())),
        asks(
            "sweep_r2",
            "with R² above 0.99",
            "the sweep's R²",
            Unit::Ratio,
            SWEEP_R2,
        )
        .at_least(controls.sweep.map(|sweep| sweep.r2_loglog)),
        asks(
            "sweep_residual",
            "and no size further from the line than 10%",
            "the sweep's largest residual",
            Unit::Share,
            SWEEP_RESIDUAL,
        )
        .below(controls.sweep.map(|sweep| sweep.largest_residual)),
        a_a(controls),
        asks(
            "drift",
            "rounds differ by less than 5%",
            "the drift over the rounds",
            Unit::Share,
            MOST_DRIFT,
        )
        .below(controls.drift.map(|drift| drift.largest)),
    ]
}

/// Within the margin, or with an interval that holds 1.
fn a_a(controls: &Controls) -> Condition {
    let mut condition = asks(
        "a_a",
        "one case under two names is the same within 2%, or its interval holds 1",
        "the difference of one case under two names",
        Unit::Share,
        A_A_MARGIN,
    )
    .below(controls.a_a.map(|pair| (pair.ratio.value - 1.0).abs()));
    if let Outcome::Available(pair) = &controls.a_a {
        let holds_one = pair.ratio.ci95.is_some_and(|[low, high]| low <= 1.0 && 1.0 <= high);
        condition.met = condition.met.map(|met| met || holds_one);
    }
    condition
}

/// The evidence.
fn shows(evidence: &Evidence) -> [Condition; 3] {
    [
        asks(
            "typical_ratio",
            "two kernels of equal FLOPs typically differ in energy by a factor above 1.5",
            "the typical ratio at equal FLOPs",
            Unit::Ratio,
            MIN_TYPICAL_RATIO,
        )
        .lower_bound(&evidence.iso_flop.map(|found| found.typical_ratio)),
        asks(
            "near_pairs",
            "in more than 10% of the pairs whose FLOPs differ 1.5 to 3 times the side with fewer takes more energy",
            "the share of inverted near pairs",
            Unit::Share,
            MIN_INVERSIONS,
        )
        .lower_bound(&evidence.near_pairs.map(|found| found.share)),
        asks(
            "lofo_mape_gap",
            "for an unseen family FLOPs err by more than 10 points more than the energy roofline",
            "what FLOPs err more than the energy roofline for an unseen family",
            Unit::Points,
            MIN_GAP,
        )
        .lower_bound(&evidence.models.and_then(|models| models.gap.clone())),
    ]
}
