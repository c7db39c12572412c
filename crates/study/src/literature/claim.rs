//! What a paper claims and what this machine's rows say to it. In: the answers of the files beside this one. Out: values that
//! serialise, and one way to print each.

use joulemark_base::estimate::Estimate;
use joulemark_base::si::{percent, si, significant, with_interval};
use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;

/// One claim of the literature, beside what was found here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Its name, which no other claim has: `henderson-networks`.
    pub name: String,
    /// What the paper says, in one sentence.
    pub claim: String,
    /// Paper and place in it.
    pub source: String,
    /// Their number, with its conditions.
    pub theirs: String,
    /// What the rows say, or why they say nothing.
    pub ours: Outcome<Vec<Answer>>,
}

/// One number found here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The device that it is about.
    pub device: String,
    /// What the number is.
    pub what: String,
    /// The number; its interval is Student's over the rounds, or what the sentence in `rests_on` says.
    pub value: Estimate,
    /// What it is a number of.
    pub dimension: Dimension,
    /// What was read from the rows for it.
    pub basis: Basis,
    /// How it follows from that.
    pub way: Way,
    /// What it rests on.
    pub rests_on: String,
}

/// What a number is a number of, which says how it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// A part of a whole, 0 to 1.
    Share,
    /// A ratio of two like things.
    Ratio,
    /// A bare number.
    Number,
    /// A count of things.
    Count,
    /// Seconds.
    Second,
    /// Joules.
    Joule,
    /// Joules per byte.
    JoulePerByte,
    /// Kilowatt-hours.
    KilowattHour,
    /// Kilograms of carbon dioxide or of what warms as much.
    KilogramCo2e,
}

/// What was read from the rows. The two energies are never joined in one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Nothing but counts and words: no sensor took part.
    Counted,
    /// Time alone.
    Timed,
    /// Energy of a sensor.
    Measured,
    /// Energy that was made up to try the program: says nothing about a device.
    Simulated,
}

/// How a number follows from what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Sums, ratios and shares of the rows themselves.
    Direct,
    /// Times a factor from outside: a paper's, a table's or the caller's.
    Derived,
    /// By a model fitted to the rows.
    Fitted,
    /// By a trend that was observed elsewhere, far from anything measured here.
    Extrapolated,
}

impl Claim {
    /// A claim without an answer yet.
    pub(super) fn new(name: &str, source: &str, claim: &str, theirs: &str) -> Self {
        Self {
            name: name.into(),
            claim: claim.into(),
            source: source.into(),
            theirs: theirs.into(),
            ours: Outcome::unavailable(""),
        }
    }

    /// With these answers, or, where there are none, with the reason why.
    pub(super) fn answered(self, mut answers: Vec<Answer>, otherwise: impl Into<String>) -> Self {
        // Counts are the same in every round: an interval would say that they had been in doubt.
        for answer in answers.iter_mut().filter(|answer| answer.basis == Basis::Counted) {
            answer.value.ci95 = None;
        }
        let ours = if answers.is_empty() {
            Outcome::unavailable(otherwise)
        } else {
            Outcome::Available(answers)
        };
        Self { ours, ..self }
    }
}

impl Answer {
    /// The number with its interval, for people.
    #[must_use]
    pub fn text(&self) -> String {
        with_interval(&self.value, |value| self.dimension.text(value))
    }

    /// How it came about, for people: `derived from measured joules`.
    #[must_use]
    pub fn origin(&self) -> String {
        let basis = match self.basis {
            Basis::Counted => "counts",
            Basis::Timed => "measured time",
            Basis::Measured => "measured joules",
            Basis::Simulated => "SIMULATED joules",
        };
        match self.way {
            Way::Direct => basis.to_owned(),
            Way::Derived => format!("derived from {basis}"),
            Way::Fitted => format!("fitted to {basis}"),
            Way::Extrapolated => format!("extrapolation from {basis}"),
        }
    }
}

impl Dimension {
    /// A number of this kind, for people.
    #[must_use]
    pub fn text(self, value: f64) -> String {
        match self {
            // Small shares are what some claims are about.
            Self::Share if value.abs() < 0.01 => format!("{}%", significant(100.0 * value)),
            Self::Share => percent(value),
            Self::Ratio => format!("{}×", significant(value)),
            Self::Number => significant(value),
            Self::Count => format!("{value:.0}"),
            Self::Second => si(value, "s"),
            Self::Joule => si(value, "J"),
            Self::JoulePerByte => si(value, "J/B"),
            Self::KilowattHour => si(1e3 * value, "Wh"),
            Self::KilogramCo2e => format!("{} CO₂e", si(1e3 * value, "g")),
        }
    }
}
