//! What is known of an option, from which flags, variables, help texts and the manifest's entries derive. In: its line in the
//! table of options. Out: its names, its default, and who takes it.

use crate::options::Options;
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
