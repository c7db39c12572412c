//! The results inside somebody's README, between two markers. In: a text with the markers, findings. Out: the text with
//! what stands between them replaced.

use crate::findings::Findings;
use crate::overview;

const BEGIN: &str = "<!-- joulemark:results -->";
const END: &str = "<!-- /joulemark:results -->";

/// A text without the two markers.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the text has no place for results; put the lines {BEGIN} and {END} where they should stand")]
pub struct SpliceError;

/// Replaces what stands between `<!-- joulemark:results -->` and `<!-- /joulemark:results -->`.
///
/// # Errors
/// One of the markers is missing, or they stand in the wrong order.
pub fn splice(text: &str, results: &str) -> Result<String, SpliceError> {
    let (before, rest) = text.split_once(BEGIN).ok_or(SpliceError)?;
    let (_, after) = rest.split_once(END).ok_or(SpliceError)?;
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", results.trim()))
}

/// The findings in a few lines of Markdown: the verdict, and one row per scope.
#[must_use]
pub fn markdown(findings: &Findings) -> String {
    let mut text = String::new();
    if findings.simulated {
        text += "**Simulated energy: nothing here is about a real device.**\n\n";
    }
    if let Some(scope) = findings.scopes.first() {
        let verdict = &scope.verdict.active;
        let devices: Vec<&str> = findings.devices.iter().map(|device| device.name.as_str()).collect();
        text += &format!(
            "**\"FLOPs do not track energy\" on {}: {}.** {}\n\n",
            devices.join(", "),
            verdict.verdict.words(),
            verdict.sentence
        );
    }
    text += &format!("| {} |\n", overview::SCOPE_COLUMNS.join(" | "));
    text += "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
    for row in overview::scopes(findings) {
        text += &format!("| {} |\n", row.join(" | "));
    }
    text
}
