//! How far the rule reaches: controls, calibration, deliberate detours and all but one variant of a kernel are no evidence,
//! in any scope. In: samples. Out: for each case why it is out, if it is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use crate::cases::Measured;
use crate::samples::{CaseFacts, Samples};

/// Why each case is no evidence; `None` if it is.
pub(crate) fn why_out(samples: &Samples, measured: &[Measured]) -> Vec<Option<&'static str>> {
    let facts = |case: usize| &samples.cases[case].facts;
    let mut found: Vec<Option<&'static str>> = samples.cases.iter().map(|case| purpose(&case.facts)).collect();
    let kept: Vec<usize> = (0..found.len())
        .filter(|case| found[*case].is_none() && measured[*case].time_s.is_some())
        .collect();
    let mut inputs: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for case in &kept {
        *inputs.entry((facts(*case).device, &facts(*case).input)).or_default() += 1;
    }
    // Of several kinds of data the usual one stands for a kernel; a tag or a variant's name says that there are others: the
    // one without is the default, and of several the fastest is what tuning would have chosen.
    let rank = |case: usize| {
        let facts = facts(case);
        let time = measured[case].time_s.map_or(f64::INFINITY, |time| time.value);
        let usual = inputs[&(facts.device, facts.input.as_str())];
        (
            Reverse(usual),
            &facts.input,
            facts.tag().is_some(),
            time.to_bits(),
            &facts.case_id,
        )
    };
    let mut chosen: HashMap<_, usize> = HashMap::new();
    let names: Vec<_> = kept
        .iter()
        .map(|case| {
            let CaseFacts {
                device,
                op,
                algorithm,
                precision,
                ..
            } = facts(*case);
            (*device, op, algorithm, precision, facts(*case).task())
        })
        .collect();
    for (case, name) in kept.iter().zip(&names) {
        let best = chosen.entry(name).or_insert(*case);
        if rank(*case) < rank(*best) {
            *best = *case;
        }
    }
    for (case, name) in kept.iter().zip(&names) {
        if chosen[name] != *case {
            found[*case] = Some(ANOTHER);
        }
    }
    found
}

/// Why one that would do by itself does not count.
pub(crate) const ANOTHER: &str =
    "it is another variant, another name or other data of a kernel on a problem that counts already";

/// Why a case is no evidence by itself.
fn purpose(facts: &CaseFacts) -> Option<&'static str> {
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
