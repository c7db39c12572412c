//! An outcome for people. In: an estimate or the reason why there is none. Out: short text.

use joulemark_base::estimate::Estimate;
use joulemark_base::si::with_interval;

use crate::findings::Outcome;

/// `value [low, high]` with a format for each of the three, or a dash.
#[must_use]
pub fn outcome(outcome: &Outcome<Estimate>, format: impl Fn(f64) -> String) -> String {
    outcome
        .value()
        .map_or_else(|| "–".into(), |estimate| with_interval(estimate, format))
}
