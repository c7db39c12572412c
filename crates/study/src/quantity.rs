//! An outcome for people. In: an estimate or the reason why there is none. Out: short text.

use joulemark_base::estimate::Estimate;
use joulemark_base::si::with_interval;

use crate::outcome::Outcome;

/// `value [low, high]` with a format for each of the three, or a dash.
#[must_use]
pub fn outcome(outcome: &Outcome<Estimate>, format: impl Fn(f64) -> String) -> String {
    outcome
        .value()
        .map_or_else(|| "–".into(), |estimate| with_interval(estimate, format))
}

/// A prediction's error in percent; beyond ten times the value the number says nothing more.
#[must_use]
pub fn error(share: f64) -> String {
    if share.abs() >= 10.0 {
        return "over 10×".into();
    }
    joulemark_base::si::percent(share)
}
