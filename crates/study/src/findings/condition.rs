//! One condition of a rule: what it asks, what was found, whether it is met. In: a value with its bound. Out: a condition, and
//! its part of a sentence.

use serde::{Deserialize, Serialize};

use super::draws::Bounded;
use crate::outcome::Outcome;
use joulemark_base::estimate::Estimate;
use joulemark_base::si::percent;

/// The three answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// All conditions are met.
    Shown,
    /// A condition was measured and is not met.
    NotShown,
    /// Something that the rule needs is missing, or a control failed.
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
    /// Whether nothing can be said without it: quotas and controls. The others are evidence.
    pub is_need: bool,
    /// The point estimate, or why there is none.
    pub value: Outcome<f64>,
    /// What was compared with the threshold: a lower 95% bound where the rule asks for one.
    pub bound: Option<f64>,
    /// What it is compared with.
    pub threshold: f64,
    /// Whether the bound has to lie above the threshold, or below.
    pub above: bool,
    /// Whether it does; `None` if that is not known.
    pub met: Option<bool>,
    /// What was found, as a part of a sentence.
    pub says: String,
}

/// How a condition's number is written.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    Count,
    Ratio,
    Share,
    Points,
}

impl Unit {
    pub(super) fn text(self, value: f64) -> String {
        match self {
            Self::Count => format!("{value:.0}"),
            Self::Ratio => format!("{value:.3}"),
            Self::Share => percent(value),
            // Adding zero turns the −0 of a tiny negative gap into 0.
            Self::Points => format!("{} points", (100.0 * value).round() + 0.0),
        }
    }
}

/// What a condition asks.
pub(super) struct Asks {
    name: &'static str,
    asks: &'static str,
    what: &'static str,
    unit: Unit,
    threshold: f64,
}

/// The one maker of conditions: key, what it asks as a sentence, what the number is in front of it in a sentence, its unit
/// and threshold.
pub(super) const fn asks(
    name: &'static str,
    asks: &'static str,
    what: &'static str,
    unit: Unit,
    threshold: f64,
) -> Asks {
    Asks {
        name,
        asks,
        what,
        unit,
        threshold,
    }
}

impl Asks {
    /// A number that has to reach a threshold.
    pub(super) fn at_least(&self, value: Outcome<f64>) -> Condition {
        self.need(value, true)
    }

    /// A number that has to stay below one.
    pub(super) fn below(&self, value: Outcome<f64>) -> Condition {
        self.need(value, false)
    }

    fn need(&self, value: Outcome<f64>, above: bool) -> Condition {
        let bound = value.value().copied();
        let met = bound.map(|bound| {
            if above {
                bound >= self.threshold
            } else {
                bound < self.threshold
            }
        });
        let required = format!(
            " (required {} {})",
            if above { "at least" } else { "below" },
            self.unit.text(self.threshold)
        );
        self.condition(value, bound, above, met, true, &required)
    }

    /// A number whose one-sided lower 95% bound has to exceed a threshold.
    pub(super) fn lower_bound(&self, value: &Outcome<Bounded>) -> Condition {
        let bound = value.value().and_then(|bounded| bounded.lower95);
        self.evidence(&value.map(|bounded| bounded.estimate), bound, "lower 95% bound")
    }

    /// A number whose two-sided 95% interval has to lie above a threshold.
    pub(super) fn lower_end(&self, value: &Outcome<Estimate>) -> Condition {
        let end = value.value().and_then(|estimate| estimate.ci95).map(|[low, _]| low);
        self.evidence(value, end, "lower end of its 95% interval")
    }

    fn evidence(&self, value: &Outcome<Estimate>, bound: Option<f64>, which: &str) -> Condition {
        let value = match value {
            Outcome::Available(_) if bound.is_none() => Outcome::unavailable(format!("{} has no interval", self.what)),
            other => other.map(|estimate| estimate.value),
        };
        let met = bound.map(|bound| bound > self.threshold);
        let text = |value| self.unit.text(value);
        let found = bound.map_or_else(String::new, text);
        let required = format!(", {which} {found} (required above {})", text(self.threshold));
        self.condition(value, bound, true, met, false, &required)
    }

    fn condition(
        &self,
        value: Outcome<f64>,
        bound: Option<f64>,
        above: bool,
        met: Option<bool>,
        is_need: bool,
        required: &str,
    ) -> Condition {
        let says = match &value {
            Outcome::Available(found) => format!("{} is {}{required}", self.what, self.unit.text(*found)),
            Outcome::Unavailable { unavailable } => unavailable.clone(),
        };
        Condition {
            name: self.name.into(),
            asks: self.asks.into(),
            is_need,
            value,
            bound,
            threshold: self.threshold,
            above,
            met,
            says,
        }
    }
}
