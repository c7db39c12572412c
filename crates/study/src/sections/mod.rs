//! What a study tells, in the order of reading: the verdict and four numbers, winners, machines, then the rest, the cases last.
//! In: findings. Out: one document for terminal and page.

mod cases;
pub mod compare;
mod evidence;
mod experiments;
mod facts;
mod figures;
mod lead;
pub mod literature;
mod methods;
mod peaks;
pub mod rank;
mod rule;

use crate::document::markdown;
use crate::document::{Block, Document};
use crate::findings::Findings;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// What one acts on.
    Front,
    /// Everything in words.
    All,
    /// Figures and methods too.
    Page,
}

/// A section, and from which depth it is told; `None` where there is nothing to tell.
type Part = (Depth, fn(&Findings) -> Option<crate::document::Section>);

const PARTS: [Part; 14] = [
    (Depth::Front, lead::verdicts),
    (Depth::Front, facts::read),
    (Depth::Front, lead::winners),
    (Depth::Front, lead::machines),
    (Depth::Page, figures::figures),
    (Depth::All, rule::rule),
    (Depth::All, experiments::experiments),
    (Depth::All, evidence::evidence),
    (Depth::All, peaks::peaks),
    (Depth::All, literature::of_findings),
    (Depth::All, facts::threats),
    (Depth::Page, methods::methods),
    (Depth::All, facts::machines),
    (Depth::Front, cases::cases),
];

/// What the findings say.
#[must_use]
pub fn study(findings: &Findings, depth: Depth) -> Document {
    let told = PARTS.into_iter().filter(|(least, _)| *least <= depth);
    let mut sections: Vec<_> = told.filter_map(|(_, section)| section(findings)).collect();
    if let (Depth::Front, Some(last)) = (depth, sections.last_mut()) {
        last.note("conditions, controls, correlations, predictors, experiments, peaks, papers: --all");
    }
    let devices: Vec<&str> = findings.devices.iter().map(|device| device.name.as_str()).collect();
    Document {
        title: format!("Do FLOPs tell the energy? {}", devices.join(", ")).into(),
        simulated: findings.simulated,
        sections,
    }
}

/// The verdict and a line per scope in Markdown, for somebody's README.
#[must_use]
pub fn summary(findings: &Findings) -> String {
    let mut text = String::new();
    if findings.simulated {
        text += "**Simulated energy: nothing here is about a real device.**\n\n";
    }
    for block in lead::verdicts(findings).into_iter().flat_map(|section| section.blocks) {
        if let Block::Verdict([words, more]) = block {
            text += &format!("**{}** {}\n\n", markdown::escaped(&words), markdown::escaped(&more));
        }
    }
    text + &markdown::table(&evidence::scopes(findings))
}
