//! What is known of an option, from which flags, variables, help texts and the manifest's entries derive. In: its line in the
//! table of options. Out: its names, its default, and who takes it.

use crate::Options;
use crate::option_table::OPTIONS;
use crate::verb::Verb;

/// One option, as the command line, the environment and the manifest know it.
pub struct OptionSpec {
    /// Name: the flag is `--name`, the variable `JOULEMARK_NAME` in capitals, with `_` for `-`.
    pub name: &'static str,
    /// A name that it had before, which still works.
    pub old_name: Option<&'static str>,
    /// The flag's one letter.
    pub letter: Option<char>,
    /// What the value is, for `--help`.
    pub value: &'static str,
    /// What it does, one sentence.
    pub help: &'static str,
    /// What holds where it is not set and has no default value.
    pub(crate) unset: &'static str,
    /// Who takes it.
    pub verbs: &'static [Verb],
    pub(crate) set: fn(&mut Options, &str) -> Result<(), String>,
    /// Its text, which `set` reads again; `None` if it has no value.
    pub(crate) get: fn(&Options) -> Option<String>,
}

impl OptionSpec {
    /// The option of this name, or of this old name.
    pub fn find(name: &str) -> Option<&'static Self> {
        let is = |spec: &&Self| spec.name == name || spec.old_name == Some(name);
        OPTIONS.iter().find(is)
    }

    /// The environment variable of this option.
    pub fn variable(&self) -> String {
        variable(self.name)
    }

    /// Whether this verb takes it.
    pub fn is_for(&self, verb: Verb) -> bool {
        self.verbs.contains(&verb)
    }

    /// What holds where it is not set.
    pub fn default(&self) -> String {
        (self.get)(&Options::default()).unwrap_or_else(|| self.unset.into())
    }
}

/// The environment variable of an option's name.
pub(crate) fn variable(name: &str) -> String {
    format!("JOULEMARK_{}", name.to_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::OptionSpec;
    use crate::Options;
    use crate::option_table::OPTIONS;

    #[test]
    fn each_option_reads_its_own_text() {
        for spec in OPTIONS {
            let mut options = Options::default();
            if let Some(text) = (spec.get)(&options) {
                (spec.set)(&mut options, &text).unwrap();
                assert_eq!((spec.get)(&options), Some(text), "{}", spec.name);
            }
            assert!(!spec.default().is_empty() && !spec.verbs.is_empty(), "{}", spec.name);
        }
    }

    #[test]
    fn absurd_numbers_are_refused_with_the_range() {
        for (name, values, range) in [
            (
                "window",
                &["0", "-1", "NaN", "1e300", "31 years", "1e-9", "9h", ""][..],
                "from 1ms to 1h",
            ),
            (
                "windows",
                &["0", "-1", "4294967295", "18446744073709551615", "1.5"],
                "from 1 to 10000",
            ),
            ("rounds", &["0", "4294967295", "x"], "from 1 to 10000"),
            ("budget", &["0", "inf", "1e300", "10ms"], "from 1s to 720h"),
            ("timeout", &["0", "1e300", "-5"], "from 100ms to 24h"),
            ("seed", &["-1", "1e3", "18446744073709551616"], "from 0 to 2^64 - 1"),
            ("thermal-gate", &["11m", "soon", "1e300"], "at most 10m"),
        ] {
            let spec = OptionSpec::find(name).unwrap();
            for value in values {
                let refusal = (spec.set)(&mut Options::default(), value).unwrap_err();
                assert!(refusal.contains(range), "{name} {value}: {refusal}");
            }
        }
    }

    #[test]
    fn durations_have_one_grammar() {
        let mut options = Options::default();
        for (name, text) in [
            ("window", "50ms"),
            ("budget", "9m"),
            ("timeout", "5"),
            ("thermal-gate", "1m"),
        ] {
            (OptionSpec::find(name).unwrap().set)(&mut options, text).unwrap();
        }
        assert_eq!((options.window_s, options.budget_s), (Some(0.05), Some(540.0)));
        assert_eq!(
            (options.timeout.as_secs(), options.thermal_gate.to_string()),
            (5, "60s".into())
        );
    }
}
