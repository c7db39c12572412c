//! The rule, fixed before the data: is it shown that FLOPs do not track energy? In: estimands. Out: shown, not shown or
//! cannot be judged, with every condition, its value and its bound.

use serde::{Deserialize, Serialize};

use super::scope::Estimands;
use super::{Outcome, prediction::ProxyScore};

/// The three answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// All conditions are met.
    Shown,
    /// A condition was measured and is not met.
    NotShown,
    /// Something that the rule needs is missing, or the positive control failed.
    CannotBeJudged,
}

impl Judgement {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::NotShown => "not shown",
            Self::CannotBeJudged => "cannot be judged",
        }
    }
}

/// One condition of the rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Its key.
    pub name: String,
    /// What it asks, as a sentence.
    pub asks: String,
    /// The point estimate, or why there is none.
    pub value: Outcome<f64>,
    /// What was compared with the threshold: a lower 95% bound where the rule asks for one.
    pub bound: Option<f64>,
    /// What it has to exceed.
    pub threshold: f64,
    /// Whether it does; `None` if that is not known.
    pub met: Option<bool>,
}

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

/// The verdicts of one scope. The rule is about `active`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictPair {
    /// On gross energy of all cases.
    pub gross: Verdict,
    /// On active energy of saturated cases.
    pub active: Verdict,
    /// The verdict on active energy had other cases counted as saturated; empty for a single precision.
    pub active_if_saturated_meant: Vec<Sensitivity>,
}

/// The verdict with another threshold of saturation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// The least share of the highest active power that counts as saturated.
    pub power_share: f64,
    /// Cases that would enter.
    pub cases: usize,
    /// The verdict.
    pub verdict: Judgement,
}

/// Fewer cases than this cannot be judged …
const MIN_CASES: usize = 20;
/// … nor fewer families than this.
const MIN_FAMILIES: usize = 4;
/// (i) Lower bound of the iso-FLOP spread.
const MIN_SPREAD: f64 = 2.0;
/// (ii) Lower bound of the share of inverted pairs.
const MIN_INVERSIONS: f64 = 0.10;
/// (iii) How much worse FLOPs must predict than the energy roofline: 20 points of MAPE.
const MIN_GAP: f64 = 0.20;
/// (iv) R² of the positive control.
const MIN_CONTROL_R2: f64 = 0.99;

pub(crate) fn pair(
    gross: &Outcome<Estimands>,
    active: &Outcome<Estimands>,
    elsewhere: &[(f64, Outcome<Estimands>)],
) -> VerdictPair {
    let sensitivity = |(power_share, estimands): &(f64, Outcome<Estimands>)| Sensitivity {
        power_share: *power_share,
        cases: estimands.value().map_or(0, |estimands| estimands.cases),
        verdict: judge(estimands).verdict,
    };
    VerdictPair {
        gross: judge(gross),
        active: judge(active),
        active_if_saturated_meant: elsewhere.iter().map(sensitivity).collect(),
    }
}

fn judge(estimands: &Outcome<Estimands>) -> Verdict {
    let estimands = match estimands {
        Outcome::Available(estimands) => estimands,
        Outcome::Unavailable { unavailable } => {
            return Verdict {
                verdict: Judgement::CannotBeJudged,
                sentence: format!("It cannot be judged whether FLOPs track energy: {unavailable}."),
                conditions: Vec::new(),
            };
        }
    };
    let conditions = conditions(estimands);
    let find = |verdict: fn(&Condition) -> bool| -> Vec<&Condition> {
        conditions.iter().filter(|condition| verdict(condition)).collect()
    };
    let is_need = |condition: &Condition| NEEDS.contains(&condition.name.as_str());
    let unmet_needs: Vec<_> = find(|c| c.met != Some(true))
        .into_iter()
        .filter(|c| is_need(c))
        .collect();
    let failed: Vec<_> = find(|c| c.met == Some(false))
        .into_iter()
        .filter(|c| !is_need(c))
        .collect();
    let unknown: Vec<_> = find(|c| c.met.is_none()).into_iter().filter(|c| !is_need(c)).collect();
    let tell = |conditions: &[&Condition]| conditions.iter().map(|c| c.tell()).collect::<Vec<_>>().join("; ");
    let what = estimands.response.name();
    let (verdict, sentence) = if !unmet_needs.is_empty() {
        let why = tell(&unmet_needs);
        (
            Judgement::CannotBeJudged,
            format!("It cannot be judged whether FLOPs track {what}: {why}."),
        )
    } else if !failed.is_empty() {
        let why = tell(&failed);
        (
            Judgement::NotShown,
            format!("It is not shown that FLOPs do not track {what}: {why}."),
        )
    } else if !unknown.is_empty() {
        let why = tell(&unknown);
        (
            Judgement::CannotBeJudged,
            format!("It cannot be judged whether FLOPs track {what}: {why}."),
        )
    } else {
        let shown: Vec<_> = conditions.iter().filter(|condition| !is_need(condition)).collect();
        (
            Judgement::Shown,
            format!("FLOPs do not track {what}: {}.", tell(&shown)),
        )
    };
    Verdict {
        verdict,
        sentence,
        conditions,
    }
}

/// Conditions without which nothing can be said, rather than the opposite.
const NEEDS: [&str; 3] = ["cases", "families", "positive_control_r2"];

fn conditions(estimands: &Estimands) -> Vec<Condition> {
    let spread = &estimands.iso_flop_spread;
    let inversions = &estimands.inversions;
    let gap = gap(estimands);
    let control = &estimands.controls.positive;
    let no_interval = "there is no interval: each case has one window, or there are too few cases";
    let bounded = |value: Outcome<(f64, Option<[f64; 2]>)>| match value {
        Outcome::Available((value, Some([low, _]))) => (Outcome::Available(value), Some(low)),
        Outcome::Available((_, None)) => (Outcome::unavailable(no_interval), None),
        Outcome::Unavailable { unavailable } => (Outcome::unavailable(unavailable), None),
    };
    let condition = |name: &str, asks: &str, (value, bound): (Outcome<f64>, Option<f64>), threshold: f64| Condition {
        name: name.into(),
        asks: asks.into(),
        met: bound.map(|bound| bound > threshold),
        value,
        bound,
        threshold,
    };
    let count = |count: usize| (Outcome::Available(count as f64), Some(count as f64));
    let mut gap_condition = condition(
        "lofo_mape_gap",
        "FLOPs' leave-one-family-out error exceeds the energy roofline's by more than 20 points, and surely by more than 0",
        bounded(gap),
        0.0,
    );
    gap_condition.threshold = MIN_GAP;
    gap_condition.met = gap_condition
        .met
        .map(|sure| sure && gap_condition.value.value().is_some_and(|gap| *gap > MIN_GAP));
    vec![
        condition(
            "cases",
            "there are at least 20 cases",
            count(estimands.cases),
            MIN_CASES as f64 - 1.0,
        ),
        condition(
            "families",
            "there are at least 4 families",
            count(estimands.families),
            MIN_FAMILIES as f64 - 1.0,
        ),
        condition(
            "positive_control_r2",
            "a size sweep of one kernel follows its operations with R² above 0.99",
            match control {
                Outcome::Available(control) => (Outcome::Available(control.r2_loglog), Some(control.r2_loglog)),
                Outcome::Unavailable { unavailable } => (Outcome::unavailable(unavailable), None),
            },
            MIN_CONTROL_R2,
        ),
        condition(
            "iso_flop_spread",
            "at equal FLOPs the energy differs by a factor above 2",
            bounded(map(spread, |spread| (spread.geometric_mean, spread.ci95))),
            MIN_SPREAD,
        ),
        condition(
            "inversions",
            "in more than 10% of pairs the side with clearly fewer FLOPs takes clearly more energy",
            bounded(map(inversions, |inversions| (inversions.fraction, inversions.ci95))),
            MIN_INVERSIONS,
        ),
        gap_condition,
    ]
}

fn map<T, U>(outcome: &Outcome<T>, function: impl Fn(&T) -> U) -> Outcome<U> {
    match outcome {
        Outcome::Available(value) => Outcome::Available(function(value)),
        Outcome::Unavailable { unavailable } => Outcome::unavailable(unavailable.clone()),
    }
}

fn gap(estimands: &Estimands) -> Outcome<(f64, Option<[f64; 2]>)> {
    let why = |name: &str| {
        let proxy = estimands.proxies.iter().find(|proxy| proxy.name == name);
        proxy.and_then(|proxy| proxy.unavailable.clone())
    };
    let gain = estimands
        .proxy("energy_roofline")
        .and_then(|proxy: &ProxyScore| proxy.gain_over_flops);
    Outcome::or_reason(gain.map(|gain| (gain.value, gain.ci95)), || {
        why("flops_task")
            .or_else(|| why("energy_roofline"))
            .unwrap_or_else(|| "there is only one family".into())
    })
}

impl Condition {
    /// What it says about the data, as a part of a sentence.
    fn tell(&self) -> String {
        let value = match &self.value {
            Outcome::Available(value) => *value,
            Outcome::Unavailable { unavailable } => return unavailable.clone(),
        };
        let bound = self.bound.unwrap_or(value);
        match self.name.as_str() {
            "cases" => format!("there are {value} cases and at least {MIN_CASES} are needed"),
            "families" => format!("there are {value} families and at least {MIN_FAMILIES} are needed"),
            "positive_control_r2" => {
                format!("the size sweep of one kernel gives R² {value:.3}, and the harness is trusted above 0.99")
            }
            "iso_flop_spread" => {
                format!("at equal FLOPs energy differs {value:.2}-fold (lower bound {bound:.2}, required > 2)")
            }
            "inversions" => format!(
                "{:.1}% of pairs are inverted (lower bound {:.1}%, required > 10%)",
                100.0 * value,
                100.0 * bound
            ),
            // Adding zero turns the −0 of a tiny negative gap into 0.
            _ => format!(
                "for an unseen family FLOPs err by {} points more than the energy roofline (lower bound {}; \
                 required > 20, surely > 0)",
                (100.0 * value).round() + 0.0,
                (100.0 * bound).round() + 0.0
            ),
        }
    }
}
