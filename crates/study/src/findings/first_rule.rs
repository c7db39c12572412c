//! The rule, version 1: it never said "shown" on a device that obeys a roofline, so version 2 replaced it before any measured
//! row. It stays beside that, labelled. In: estimands. Out: its verdict.

use super::condition::{Condition, Unit, asks};
use super::controls::Controls;
use super::estimands::Estimands;
use super::rule::{Verdict, conclude};
use crate::outcome::Outcome;

const MIN_CASES: f64 = 20.0;
const MIN_FAMILIES: f64 = 4.0;
const CONTROL_R2: f64 = 0.99;
/// (i) Lower bound of most over least at equal FLOPs.
const MIN_SPREAD: f64 = 2.0;
/// (ii) Lower bound of the share of inverted pairs, of all that differ 1.5-fold or more.
const MIN_INVERSIONS: f64 = 0.10;
/// (iii) How much worse the log-log fit on FLOPs is than the energy roofline, surely above 0.
const MIN_GAP: f64 = 0.20;

pub(crate) fn judge(estimands: &Estimands, controls: &Controls) -> Verdict {
    let evidence = &estimands.evidence;
    let mut gap = asks(
        "lofo_mape_gap",
        "FLOPs' log-log fit errs by over 20 points more than the energy roofline for an unseen family, surely by more than 0",
        "the gap of the log-log fit",
        Unit::Points,
        0.0,
    )
    .lower_end(&estimands.loglog_gap);
    gap.threshold = MIN_GAP;
    gap.says.push_str(", and itself above 20 points");
    gap.met = gap
        .met
        .map(|sure| sure && gap.value.value().is_some_and(|gap| *gap > MIN_GAP));
    let conditions: Vec<Condition> = vec![
        asks(
            "cases",
            "there are at least 20 cases",
            "the number of cases",
            Unit::Count,
            MIN_CASES,
        )
        .at_least(Outcome::Available(evidence.cases as f64)),
        asks(
            "families",
            "there are at least 4 families",
            "the number of families",
            Unit::Count,
            MIN_FAMILIES,
        )
        .at_least(Outcome::Available(evidence.families as f64)),
        asks(
            "sweep_r2",
            "a size sweep of one kernel follows its operations with R² above 0.99",
            "the sweep's R²",
            Unit::Ratio,
            CONTROL_R2,
        )
        .at_least(controls.sweep.map(|sweep| sweep.r2_loglog)),
        asks(
            "iso_flop_spread",
            "at equal FLOPs the energy differs by a factor above 2, most over least",
            "most over least at equal FLOPs",
            Unit::Ratio,
            MIN_SPREAD,
        )
        .lower_end(&evidence.iso_flop.map(|found| found.spread)),
        asks(
            "inversions",
            "in more than 10% of all pairs the side with clearly fewer FLOPs takes clearly more energy",
            "the share of inverted pairs",
            Unit::Share,
            MIN_INVERSIONS,
        )
        .lower_end(&estimands.all_pairs.map(|found| found.share.estimate)),
        gap,
    ];
    conclude(conditions, estimands.response.name())
}
