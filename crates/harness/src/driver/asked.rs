//! Which cases Criterion will run, and how: it tells nobody. In: the arguments that it reads. Out: its filter, the number of
//! samples, and whether it tests.

use regex::Regex;

/// Criterion's options that take a value.
const WITH_VALUE: [&str; 17] = [
    "-c",
    "--color",
    "--colour",
    "-s",
    "--save-baseline",
    "-b",
    "--baseline",
    "--baseline-lenient",
    "--format",
    "--load-baseline",
    "--warm-up-time",
    "--measurement-time",
    "--nresamples",
    "--noise-threshold",
    "--confidence-level",
    "--significance-level",
    "--plotting-backend",
];

/// What was asked of Criterion.
#[derive(Debug, Default)]
pub(super) struct Asked {
    filter: Option<String>,
    exact: bool,
    /// Samples per benchmark, if somebody said so.
    pub(super) samples: Option<u32>,
    /// Whether each case is to run once and be verified.
    pub(super) tests: bool,
    /// Whether the cases are to be named only.
    pub(super) lists: bool,
    /// Whether they are to run for somebody's profiler: nothing is measured.
    pub(super) profiles: bool,
    /// Whether Criterion takes as few samples as it can, without a warm-up.
    pub(super) is_quick: bool,
}

impl Asked {
    pub(super) fn of(arguments: impl IntoIterator<Item = String>) -> Self {
        let mut asked = Self::default();
        let (mut benches, mut tests) = (false, false);
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with('-') => (name, Some(value.to_string())),
                _ => (argument.as_str(), None),
            };
            match name {
                "--bench" => benches = true,
                "--test" => tests = true,
                "--exact" => asked.exact = true,
                "--list" => asked.lists = true,
                "--quick" => asked.is_quick = true,
                "--profile-time" => {
                    asked.profiles = true;
                    drop(value.or_else(|| arguments.next()));
                }
                "--sample-size" => {
                    let value = value.or_else(|| arguments.next());
                    asked.samples = value.and_then(|text| text.parse().ok());
                }
                "--output-format" => drop(value.or_else(|| arguments.next())),
                name if WITH_VALUE.contains(&name) => drop(value.or_else(|| arguments.next())),
                name if name.starts_with('-') => {}
                _ => asked.filter = Some(argument),
            }
        }
        asked.tests = tests || !benches;
        asked
    }

    /// Whether Criterion will run the benchmark of this id. It refuses itself what is no regular expression.
    pub(super) fn runs(&self, id: &str) -> bool {
        match &self.filter {
            None => true,
            Some(filter) if self.exact => filter == id,
            Some(filter) => Regex::new(filter).is_ok_and(|regex| regex.is_match(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Asked;

    #[test]
    fn filters_are_told_from_values() {
        let asked = |text: &str| Asked::of(text.split(' ').map(str::to_string));
        let one = asked("--bench --save-baseline naive tiled/f32 --sample-size 20 -n");
        assert!(one.runs("matmul/tiled/f32/8x8x8") && !one.runs("matmul/naive/f32/8x8x8"));
        assert_eq!((one.samples, one.tests, one.is_quick), (Some(20), false, false));
        let profiled = asked("--bench --profile-time 5 naive");
        assert!(profiled.profiles && profiled.runs("a/naive") && !profiled.runs("5"));
        let exact = asked("--bench --exact a/b --sample-size=12");
        assert!(exact.runs("a/b") && !exact.runs("a/b/c"));
        assert_eq!(exact.samples, Some(12));
        assert!(asked("--list").lists && asked("--list").tests && asked("--bench --test").tests);
        assert!(asked("--bench").runs("anything"));
    }
}
