//! The literature's claims beside what the rows say. In: claims. Out: a section; claims with answers first, then those that wait for
//! rows, each with the reason.

use crate::document::words::Words;
use crate::document::{Document, Section};
use crate::findings::Findings;
use crate::literature::claim::Claim;
use crate::outcome::Outcome;

/// The claims as a document of their own.
#[must_use]
pub fn literature(claims: &[Claim], simulated: bool) -> Document {
    Document {
        simulated,
        sections: vec![section(claims)],
        ..Document::default()
    }
}

pub(super) fn of_findings(findings: &Findings) -> Option<Section> {
    Some(section(&findings.literature))
}

fn section(claims: &[Claim]) -> Section {
    let mut section = Section::new("literature", "The literature's claims on this machine");
    section.note(
        "Theirs as the papers tell it; here: computed from the rows, gross joules of the device, 95% intervals over the rounds. Derived \
         numbers take a factor from outside, extrapolations a trend.",
    );
    let mut waiting: Vec<[Words; 2]> = Vec::new();
    for claim in claims {
        let theirs = format!("{}. Theirs: {}.", claim.source, claim.theirs);
        match &claim.ours {
            Outcome::Available(answers) => {
                section.heading(&claim.claim);
                section.note(theirs);
                let line = |answer: &crate::literature::claim::Answer| {
                    let words = format!(
                        "{}; {}: {}; {}",
                        answer.what,
                        answer.device,
                        answer.origin(),
                        answer.rests_on
                    );
                    [answer.text().into(), words.into()]
                };
                section.pairs(answers.iter().map(line).collect());
            }
            Outcome::Unavailable { unavailable } => {
                let words = format!("{theirs} Not measured here, because {unavailable}.");
                waiting.push([claim.claim.as_str().into(), words.into()]);
            }
        }
    }
    if !waiting.is_empty() {
        section.heading("Not measured here");
        section.pairs(waiting);
    }
    section
}
