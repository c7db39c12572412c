//! Options as text. In: `JOULEMARK_*` variables, flags, a manifest's entries. Out: options, or the one that makes no sense; and the
//! manifest's entries.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use joulemark_base::nearest::did_you_mean;

use crate::error::Error;
use crate::option_spec::{self, OptionSpec};
use crate::option_table::{OPTIONS, find};
use crate::options::Options;
use crate::verb::Verb;

impl Options {
    /// The options that the environment sets, of those that this verb takes.
    ///
    /// # Errors
    /// A `JOULEMARK_*` that does not exist, or a value that makes no sense.
    pub fn from_environment(verb: Verb) -> Result<Self, Error> {
        Self::default().with_environment(verb)
    }

    /// The same, over these.
    ///
    /// # Errors
    /// As [`from_environment`](Self::from_environment).
    pub fn with_environment(self, verb: Verb) -> Result<Self, Error> {
        self.with_variables(verb, std::env::vars_os())
    }

    fn with_variables(
        mut self,
        verb: Verb,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Error> {
        for (variable, value) in variables {
            let variable = variable.to_string_lossy().into_owned();
            if !variable.starts_with("JOULEMARK_") {
                continue;
            }
            let is = |name: &str| option_spec::variable(name) == variable;
            let spec = OPTIONS
                .iter()
                .find(|spec| is(spec.name) || spec.old_name.is_some_and(is))
                .ok_or_else(|| {
                    let known: Vec<_> = OPTIONS.iter().map(OptionSpec::variable).collect();
                    let meant = did_you_mean(&variable, known.iter().map(String::as_str));
                    Error::Usage(format!(
                        "unknown variable {variable}{meant}; there are {}",
                        known.join(", ")
                    ))
                })?;
            if spec.old_name.is_some_and(is) {
                note_old_name(&variable, &spec.variable());
            }
            // What another verb's variable says has to make sense too, or it is found out only there.
            let mut elsewhere = Self::default();
            let options = if spec.is_for(verb) { &mut self } else { &mut elsewhere };
            options.apply(spec, &value, &variable)?;
        }
        Ok(self)
    }

    /// Sets one option by its name.
    ///
    /// # Errors
    /// A value that makes no sense.
    pub fn set(&mut self, name: &str, value: impl AsRef<OsStr>) -> Result<(), Error> {
        let spec = find(name).ok_or_else(|| Error::Usage(format!("there is no option --{name}")))?;
        self.apply(spec, value.as_ref(), &format!("--{name}"))
    }

    /// `origin` is what the user wrote, for the message.
    fn apply(&mut self, spec: &OptionSpec, value: &OsStr, origin: &str) -> Result<(), Error> {
        let refuse = |why: &str| Error::Usage(format!("{origin} is `{}`: {why}", value.to_string_lossy()));
        let text = value.to_str().ok_or_else(|| refuse("it must be UTF-8 text"))?;
        (spec.set)(self, text).map_err(|why| refuse(&why))
    }

    /// What was chosen, by name, for the manifest: everything that is not as it would be by default, whoever set it, and
    /// the rounds, the seed and what decides the number of windows in any case. [`from_manifest`](Self::from_manifest) reads it.
    pub(crate) fn to_manifest(&self) -> BTreeMap<String, serde_json::Value> {
        let default = Self::default();
        let changed = OPTIONS.iter().filter(|spec| (spec.get)(self) != (spec.get)(&default));
        let texts = changed.filter_map(|spec| Some((spec.name.to_string(), (spec.get)(self)?.into())));
        let notes = self
            .notes
            .iter()
            .map(|(name, note)| (name.to_string(), note.as_str().into()));
        let numbers = [
            ("rounds".to_string(), self.rounds.into()),
            ("seed".to_string(), self.seed.into()),
        ];
        let rule = match (self.windows, self.asked_precision()) {
            (Some(windows), _) => Some(("windows".to_string(), windows.into())),
            (None, Some(asked)) if self.until.is_none() => Some((
                "until_by_default".to_string(),
                format!("{}%", 100.0 * asked.target).into(),
            )),
            (None, Some(asked)) => Some(("until".to_string(), format!("{}%", 100.0 * asked.target).into())),
            (None, None) => None,
        };
        texts.chain(notes).chain(numbers).chain(rule).collect()
    }

    /// The options that a manifest records.
    ///
    /// # Errors
    /// A value that makes no sense.
    pub(crate) fn from_manifest(recorded: &BTreeMap<String, serde_json::Value>) -> Result<Self, Error> {
        let mut options = Self::default();
        for (name, value) in recorded {
            if find(name).is_none() {
                continue;
            }
            match value {
                serde_json::Value::String(text) => options.set(name, text)?,
                number => options.set(name, number.to_string())?,
            }
        }
        // The window that was derived, where none was asked for.
        options.window_s = recorded.get("window_s").and_then(serde_json::Value::as_f64);
        Ok(options)
    }
}

/// Tells that a name is an old one, which works for now.
pub fn note_old_name(old: &str, new: &str) {
    eprintln!("note: {old} is now called {new}; the old name still works in this version");
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use joulemark_energy::SourceChoice;

    use super::Options;
    use crate::verb::Verb;

    fn read(verb: Verb, pairs: &[(&str, &str)]) -> Result<Options, String> {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let read = Options::default().with_variables(verb, pairs);
        read.map_err(|error| format!("{}: {error}", error.exit_code()))
    }

    #[test]
    fn variables_are_read_strictly() {
        let options = read(
            Verb::Run,
            &[
                ("JOULEMARK_WINDOW", "0.5"),
                ("JOULEMARK_SEED", "7"),
                ("JOULEMARK_ENERGY", "none"),
                ("JOULEMARK_OUT", "there"),
                ("OTHER", "1"),
            ],
        )
        .unwrap();
        assert_eq!((options.window_s, options.seed), (Some(0.5), 7));
        assert_eq!((options.energy, options.out), (SourceChoice::None, "there".into()));
        let refusals = [
            (
                "JOULEMARK_WINDOWW",
                "1",
                "2: unknown variable JOULEMARK_WINDOWW (did you mean `JOULEMARK_WINDOW`?)",
            ),
            (
                "JOULEMARK_WINDOW",
                "-1",
                "2: JOULEMARK_WINDOW is `-1`: it must be a duration from 1ms",
            ),
            ("JOULEMARK_ROUNDS", "0", "it must be a whole number from 1"),
            ("JOULEMARK_SEED", "x", "it must be a whole number from 0"),
            ("JOULEMARK_ENERGY", "nvlm", "nvlm"),
        ];
        for (name, value, message) in refusals {
            for verb in [Verb::Run, Verb::Doctor] {
                let error = read(verb, &[(name, value)]).unwrap_err();
                assert!(error.contains(message), "`{error}` does not say `{message}`");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_is_named() {
        use std::os::unix::ffi::OsStringExt;
        let foreign = || OsString::from_vec(b"a\xff".to_vec());
        let read = |pair| {
            Options::default()
                .with_variables(Verb::Run, [pair].into_iter())
                .unwrap_err()
                .to_string()
        };
        let error = read(("JOULEMARK_OUTPUT".into(), foreign()));
        assert!(
            error.starts_with("JOULEMARK_OUTPUT is `a") && error.ends_with("UTF-8 text"),
            "{error}"
        );
        let mut name = OsString::from("JOULEMARK_");
        name.push(foreign());
        assert!(read((name, "1".into())).contains("unknown variable JOULEMARK_a"));
    }

    #[test]
    fn a_verb_takes_its_own_variables_only() {
        let pairs = [("JOULEMARK_SHARD", "1/2"), ("JOULEMARK_SEED", "3")];
        assert_eq!(read(Verb::Run, &pairs).unwrap().shard.unwrap().to_string(), "1/2");
        let best = read(Verb::Best, &pairs).unwrap();
        assert_eq!((best.shard, best.seed), (None, 3));
        assert!(!best.to_manifest().contains_key("shard"));
    }

    #[test]
    fn options_set_in_code_reach_the_manifest_and_come_back() {
        let mut options = Options {
            suite: "quick".into(),
            shard: Some("2/3".parse().unwrap()),
            rounds: 5,
            budget_s: Some(90.0),
            allow_estimates: true,
            energy: "simulated:period=5ms,power=120".parse().unwrap(),
            thermal_gate: "30s".parse().unwrap(),
            timeout: std::time::Duration::from_secs(7),
            ..Options::default()
        };
        options.notes.insert("peers", "gemm".into());
        let recorded = options.to_manifest();
        assert_eq!((&recorded["suite"], &recorded["rounds"]), (&"quick".into(), &5.into()));
        assert_eq!(recorded["peers"], "gemm");
        assert!(
            !recorded.contains_key("tuning"),
            "what is as by default is not recorded: {recorded:?}"
        );
        let again = Options::from_manifest(&recorded).unwrap();
        options.notes.clear();
        assert_eq!(format!("{again:?}"), format!("{options:?}"));
        // A run of a version before this one.
        let old = [
            ("out".to_string(), "there".into()),
            ("window_s".to_string(), 0.25.into()),
        ]
        .into();
        let old = Options::from_manifest(&old).unwrap();
        assert_eq!((old.out, old.window_s), ("there".into(), Some(0.25)));
    }
}
