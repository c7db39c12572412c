//! The report's section on the literature's claims. In: claims. Out: what the template prints, those with answers apart from those
//! that wait for rows.

use crate::literature::claim::Claim;
use crate::outcome::Outcome;

/// A claim with its answers.
pub(super) struct Answered {
    pub(super) claim: String,
    pub(super) source: String,
    pub(super) theirs: String,
    /// The number, what it is, on which device, how it came about and what it rests on.
    pub(super) answers: Vec<[String; 4]>,
}

/// A claim without answers: what it says, where, and why nothing is said here.
pub(super) struct Waiting {
    pub(super) claim: String,
    pub(super) source: String,
    pub(super) theirs: String,
    pub(super) reason: String,
}

/// Parts the claims.
pub(super) fn parted(claims: &[Claim]) -> (Vec<Answered>, Vec<Waiting>) {
    let (mut answered, mut waiting) = (Vec::new(), Vec::new());
    for claim in claims {
        let (words, source, theirs) = (claim.claim.clone(), claim.source.clone(), claim.theirs.clone());
        match &claim.ours {
            Outcome::Available(answers) => answered.push(Answered {
                claim: words,
                source,
                theirs,
                answers: answers
                    .iter()
                    .map(|answer| {
                        let basis = format!("{}; {}", answer.origin(), answer.rests_on);
                        [answer.text(), answer.what.clone(), answer.device.clone(), basis]
                    })
                    .collect(),
            }),
            Outcome::Unavailable { unavailable } => waiting.push(Waiting {
                claim: words,
                source,
                theirs,
                reason: unavailable.clone(),
            }),
        }
    }
    (answered, waiting)
}
