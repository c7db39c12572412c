//! How far the rule reaches: controls, calibration, deliberate detours and all but one variant of a kernel are no evidence,
//! in any scope. In: cases. Out: those in scope, and how many are out for which reason.

use std::collections::{BTreeMap, HashMap};

use super::material::Material;
use crate::samples::CaseFacts;

/// The cases in scope, in their order, and those left out by reason.
pub(crate) fn out_of_scope<'r>(material: &Material<'_>, cases: &[usize]) -> (Vec<usize>, BTreeMap<&'r str, usize>) {
    let facts = |case: usize| &material.samples.cases[case].facts;
    let mut excluded: BTreeMap<&str, usize> = BTreeMap::new();
    let mut chosen: HashMap<(usize, usize, usize, &str, &str), usize> = HashMap::new();
    let mut kept = Vec::new();
    for case in cases.iter().copied() {
        match why_out(facts(case)) {
            Some(reason) => *excluded.entry(reason).or_default() += 1,
            None => kept.push(case),
        }
    }
    // A tag or a variant's name says that there are others; the one without either is the default, and of several the
    // fastest is what tuning would have chosen.
    let rank = |case: usize| {
        let time = material.measured[case].time_s.map_or(f64::INFINITY, |time| time.value);
        (facts(case).tag().is_some(), time)
    };
    let key = |case: usize| {
        let CaseFacts {
            device,
            precision,
            input,
            ..
        } = facts(case);
        (
            *device,
            material.problems[case],
            material.kernels[case],
            precision.as_str(),
            input.as_str(),
        )
    };
    for case in kept.iter().copied() {
        let best = chosen.entry(key(case)).or_insert(case);
        let ((tagged, time), (best_tagged, best_time)) = (rank(case), rank(*best));
        if (tagged, time) < (best_tagged, best_time) {
            *best = case;
        }
    }
    let before = kept.len();
    kept.retain(|case| chosen[&key(*case)] == *case);
    if before > kept.len() {
        excluded.insert(
            "it is another variant, or another name, of a kernel on a problem that counts already",
            before - kept.len(),
        );
    }
    (kept, excluded)
}

/// Why a case is no evidence, whatever was measured of it.
fn why_out(facts: &CaseFacts) -> Option<&'static str> {
    match () {
        () if facts.is_control() => Some("it is a control"),
        () if facts.op == "calibration" => Some("it is a calibration kernel"),
        () if facts.algorithm == "depthwise_dense" => Some("it computes a depthwise layer with zeros on purpose"),
        () if facts.has_structured_input() => {
            Some("its inputs are made for kernels that leave out operations of the task")
        }
        () => None,
    }
}
