//! Which cases of a suite are meant. In: a regular expression, as `cargo bench -- FILTER` takes it. Out: cases.

use anyhow::{Context, ensure};
use joulemark_harness::{Case, Suite};
use regex::Regex;

/// The cases of a suite whose ids match.
///
/// # Errors
/// No such suite, no regular expression, or no such case.
pub(crate) fn cases(suite: &str, filter: Option<&str>) -> anyhow::Result<Vec<Case>> {
    let mut cases = Suite::find(suite)?.cases();
    if let Some(filter) = filter {
        let pattern = Regex::new(filter).with_context(|| format!("`{filter}` is not a regular expression"))?;
        cases.retain(|case| pattern.is_match(&case.id()));
        ensure!(
            !cases.is_empty(),
            "no case of suite `{suite}` matches `{filter}`: ids look like {}, and `joulemark list cases` shows them all",
            Suite::find(suite)?.cases().first().map(Case::id).unwrap_or_default()
        );
    }
    Ok(cases)
}
