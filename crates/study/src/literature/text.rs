//! The claims on a terminal. In: claims. Out: one paragraph each.

use super::claim::Claim;
use crate::findings::Outcome;

/// All claims, those with answers first told in full, the rest with the reason why there is none.
#[must_use]
pub fn render(claims: &[Claim], simulated: bool) -> String {
    let mut text = String::from("The literature's claims on this machine\n");
    if simulated {
        text += "SIMULATED energy was let in: nothing below is about a real device.\n";
    }
    for claim in claims {
        text += &format!("\n{}\n  {}\n  theirs  {}\n", claim.claim, claim.source, claim.theirs);
        match &claim.ours {
            Outcome::Available(answers) => {
                for answer in answers {
                    text += &format!(
                        "  here    {}  {}\n          {}: {}; {}\n",
                        answer.text(),
                        answer.what,
                        answer.device,
                        answer.origin(),
                        answer.rests_on
                    );
                }
            }
            Outcome::Unavailable { unavailable } => text += &format!("  here    not measured, because {unavailable}\n"),
        }
    }
    text
}
