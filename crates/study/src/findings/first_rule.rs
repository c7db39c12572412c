//! The rule, version 1: it never said "shown" on a device that obeys a roofline, so version 2 replaced it before any measured
//! row. It stays beside that, labelled. In: estimands. Out: its verdict.

use super::condition::{Asks, Condition, Judgement, Unit};
use super::controls::Controls;
use super::draws::Bounded;
use super::rule::{Verdict, conclude};
use super::scope::Estimands;
use crate::outcome::Outcome;
use joulemark_base::estimate::Estimate;

const MIN_CASES: f64 = 20.0;
const MIN_FAMILIES: f64 = 4.0;
const CONTROL_R2: f64 = 0.99;
/// (i) Lower bound of most over least at equal FLOPs.
const MIN_SPREAD: f64 = 2.0;
/// (ii) Lower bound of the share of inverted pairs, of all that differ 1.5-fold or more.
const MIN_INVERSIONS: f64 = 0.10;
/// (iii) How much worse the log-log fit on FLOPs is than the energy roofline, surely above 0.
const MIN_GAP: f64 = 0.20;

pub(crate) fn judge(estimands: &Outcome<Estimands>, controls: &Controls) -> Verdict {
    match estimands {
        Outcome::Available(estimands) => conclude(conditions(estimands, controls), estimands.response.name()),
        Outcome::Unavailable { unavailable } => Verdict {
            verdict: Judgement::CannotBeJudged,
            sentence: format!("It cannot be judged whether FLOPs track energy: {unavailable}."),
            conditions: Vec::new(),
        },
    }
}

fn conditions(estimands: &Estimands, controls: &Controls) -> Vec<Condition> {
    let need = |name, asks, what, unit, threshold| Asks {
        name,
        asks,
        what,
        unit,
        threshold,
    };
    let gap_asks = "FLOPs' log-log fit errs by over 20 points more than the energy roofline for an unseen family, surely by more than 0";
    let mut gap = need(
        "lofo_mape_gap",
        gap_asks,
        "the gap of the log-log fit",
        Unit::Points,
        0.0,
    )
    .lower_bound(&estimands.loglog_gap.map(two_sided));
    gap.threshold = MIN_GAP;
    gap.met = gap
        .met
        .map(|sure| sure && gap.value.value().is_some_and(|gap| *gap > MIN_GAP));
    let evidence = &estimands.evidence;
    vec![
        need(
            "cases",
            "there are at least 20 cases",
            "the number of cases",
            Unit::Count,
            MIN_CASES,
        )
        .at_least(Outcome::Available(evidence.cases as f64)),
        need(
            "families",
            "there are at least 4 families",
            "the number of families",
            Unit::Count,
            MIN_FAMILIES,
        )
        .at_least(Outcome::Available(evidence.families as f64)),
        need(
            "sweep_r2",
            "a size sweep of one kernel follows its operations with R² above 0.99",
            "the sweep's R²",
            Unit::Ratio,
            CONTROL_R2,
        )
        .at_least(controls.sweep.map(|sweep| sweep.r2_loglog)),
        need(
            "iso_flop_spread",
            "at equal FLOPs the energy differs by a factor above 2, most over least",
            "most over least at equal FLOPs",
            Unit::Ratio,
            MIN_SPREAD,
        )
        .lower_bound(&evidence.iso_flop.map(|found| two_sided(&found.spread))),
        need(
            "inversions",
            "in more than 10% of all pairs the side with clearly fewer FLOPs takes clearly more energy",
            "the share of inverted pairs",
            Unit::Share,
            MIN_INVERSIONS,
        )
        .lower_bound(&estimands.all_pairs.map(|found| two_sided(&found.share.estimate))),
        gap,
    ]
}

/// Version 1 compared the lower end of the two-sided interval.
fn two_sided(estimate: &Estimate) -> Bounded {
    Bounded {
        estimate: *estimate,
        lower95: estimate.ci95.map(|[low, _]| low),
    }
}
