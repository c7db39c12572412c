//! Which cases of the suite are meant. In: a regular expression, as `cargo bench -- FILTER` takes it. Out: cases.

use anyhow::{Context, ensure};
use joulemark_harness::{Case, Options};
use regex::Regex;

/// The cases of the options' suite whose ids match.
///
/// # Errors
/// No such suite, no regular expression, or no such case.
pub(crate) fn cases(options: &mut Options, filter: Option<&str>) -> anyhow::Result<Vec<Case>> {
    let cases = options.cases()?;
    among(cases, options, filter)
}

/// Those of these cases whose ids match.
///
/// # Errors
/// No regular expression, or no such case.
pub(crate) fn among(mut cases: Vec<Case>, options: &Options, filter: Option<&str>) -> anyhow::Result<Vec<Case>> {
    if let Some(filter) = filter {
        let pattern = Regex::new(filter).with_context(|| format!("`{filter}` is not a regular expression"))?;
        let example = cases.first().map(Case::id).unwrap_or_default();
        cases.retain(|case| pattern.is_match(&case.id()));
        ensure!(
            !cases.is_empty(),
            "no case of suite `{}` matches `{filter}`: ids look like {example}, and `joulemark list cases` shows them all",
            options.suite
        );
    }
    Ok(options.share(cases)?)
}
