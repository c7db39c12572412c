//! What each experiment was expected to show, and what it did. In: findings. Out: a section.

use std::collections::BTreeSet;

use joulemark_base::si::{plural, significant, with_interval};

use crate::document::Section;
use crate::document::words::Words;
use crate::findings::{Findings, Found, Hypothesis, Response};

pub(super) fn experiments(findings: &Findings) -> Option<Section> {
    let mut section = Section::new("experiments", "Expected and found");
    section.note(
        "What each experiment was expected to show, written down before any run, and what it did: geometric means over groups of \
         comparable cases, with 95% intervals.",
    );
    for [suite, hypothesis, direction] in stated(findings) {
        section.text(format!(
            "The suite {suite} said before it ran: {hypothesis} Expected: {direction}."
        ));
    }
    let found = findings.hypotheses.iter();
    section.pairs(found.filter_map(|own| Some(line(own, own.found.value()?))).collect());
    let others = findings.hypotheses.iter().filter(|own| own.found.value().is_none());
    let others: Vec<&str> = others.map(|own| own.experiment.as_str()).collect();
    if !others.is_empty() {
        section.note(format!("Without cases to compare: {}.", others.join(", ")));
    }
    Some(section)
}

/// What the suites that were run said themselves before they ran: name, hypothesis, expected direction.
fn stated(findings: &Findings) -> BTreeSet<[String; 3]> {
    let manifests = findings.inputs.iter().filter_map(|input| input.manifest.as_ref());
    let said = manifests.filter_map(|manifest| {
        let note = |name: &str| Some(manifest.options.get(name)?.as_str()?.to_owned());
        Some([manifest.suite.clone(), note("hypothesis")?, note("direction")?])
    });
    said.collect()
}

fn line(hypothesis: &Hypothesis, found: &Found) -> [Words; 2] {
    // Where there is no energy, time stands in its place, and the words have to say so.
    let on_time = hypothesis.response == Response::Time;
    let (statistic, outcome, of) = match on_time {
        true => {
            let statistic = hypothesis.statistic.replace("gross energy", "time");
            (statistic.replace("energy", "time"), "energy not measured", "of energy ")
        }
        false => (hypothesis.statistic.clone(), found.outcome.words(), ""),
    };
    let name = format!("{}: {outcome}", hypothesis.experiment);
    let words = format!(
        "{} ({of}expected {} {}): {statistic}; {}, {}. {}",
        with_interval(&found.ratio, significant),
        hypothesis.side,
        hypothesis.threshold,
        plural(found.groups, "group"),
        hypothesis.from,
        hypothesis.expected
    );
    [name.into(), words.into()]
}
