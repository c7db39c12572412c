//! The rule, condition by condition, and the other verdicts beside it. In: findings. Out: a section.

use joulemark_base::si::plural;

use crate::document::Section;
use crate::document::table::{Column, Table};
use crate::document::words::Words;
use crate::findings::{Findings, Scope};

pub(super) fn rule(findings: &Findings) -> Option<Section> {
    let mut section = Section::new("rule", "The rule, version 2");
    section.note(
        "Fixed on 2026-11-25, before any measured row, on active energy (above idle) of kernels that saturate the device. Shown only if all \
         conditions are met.",
    );
    let devices = findings
        .scopes
        .iter()
        .filter(|scope| scope.precision.is_none() && scope.device.is_some());
    for scope in devices {
        device(&mut section, scope);
    }
    Some(section)
}

fn device(section: &mut Section, scope: &Scope) {
    let verdicts = &scope.verdict;
    section.heading(scope.device.as_deref().unwrap_or_default());
    let mut table = Table::new("Every kernel", ["outcome", "asks", "found"].map(Column::words));
    for condition in &verdicts.active.conditions {
        let outcome = match condition.met {
            Some(true) => "met",
            Some(false) => "not met",
            None => "not known",
        };
        table.row_of_words([outcome, &condition.asks, &condition.says]);
    }
    section.table(table);
    let mut others = vec![
        ("among each problem's fastest kernel", &verdicts.fastest),
        (
            "by version 1 of the rule, which version 2 replaced",
            &verdicts.version_1.active,
        ),
    ];
    if scope.gross.value().is_some() {
        others.insert(1, ("on gross energy, idle power included", &verdicts.gross));
    }
    if verdicts.active.conditions.is_empty() {
        others.insert(0, ("every kernel", &verdicts.active));
    }
    let mut pairs: Vec<[Words; 2]> = others
        .into_iter()
        .map(|(name, verdict)| {
            let words = format!("{}. {}", verdict.verdict.words(), verdict.sentence);
            [name.into(), words.into()]
        })
        .collect();
    pairs.extend(verdicts.active_if_saturated_meant.iter().map(|other| {
        let name = format!(
            "had saturated meant {:.0}% of what the device can draw",
            100.0 * other.power_share
        );
        let words = format!("{}, of {}", other.verdict.words(), plural(other.cases, "case"));
        [name.into(), words.into()]
    }));
    section.pairs(pairs);
}
