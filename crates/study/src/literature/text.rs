//! The claims on a terminal. In: claims. Out: one paragraph each.

use super::claim::Claim;
use crate::outcome::Outcome;

/// The claims with answers in full, then those that wait for rows, each with the reason.
#[must_use]
pub fn render(claims: &[Claim], simulated: bool) -> String {
    let mut text = String::from("The literature's claims on this machine\n");
    if simulated {
        text += "SIMULATED energy is among this: nothing made of it is about a real device.\n";
    }
    let mut waiting = String::new();
    for claim in claims {
        match &claim.ours {
            Outcome::Available(answers) => {
                text += &format!("\n{}\n  {}\n  theirs  {}\n", claim.claim, claim.source, claim.theirs);
                for answer in answers {
                    text += &format!("  here    {}  {}\n", answer.text(), answer.what);
                    text += &format!(
                        "          {}: {}; {}\n",
                        answer.device,
                        answer.origin(),
                        answer.rests_on
                    );
                }
            }
            Outcome::Unavailable { unavailable } => {
                waiting += &format!("\n{}\n  {}\n  theirs  {}\n", claim.claim, claim.source, claim.theirs);
                waiting += &format!("  here    not measured, because {unavailable}\n");
            }
        }
    }
    text + &waiting
}
