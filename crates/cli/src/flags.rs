//! The harness's options as flags. In: the table of options in the harness. Out: clap's arguments for one verb, and the
//! options that environment and command line set together.

use std::ffi::OsString;
use std::marker::PhantomData;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use joulemark_harness::{Error, OPTIONS, OptionSpec, Options, Verb, note_old_name};

/// A verb that takes options.
pub(crate) trait Takes {
    /// Its name in the table of options.
    const VERB: Verb;
}

/// Options that a short help shows too.
const COMMON: [&str; 6] = ["suite", "window", "budget", "output", "adapter", "energy"];

/// The options given on the command line, of those that `T` takes.
pub(crate) struct Flags<T> {
    given: Vec<(&'static str, OsString)>,
    verb: PhantomData<T>,
}

impl<T: Takes> Flags<T> {
    /// Everything that steers the measurement: the environment, and the flags over it.
    ///
    /// # Errors
    /// A `JOULEMARK_*` that does not exist, or a value that makes no sense.
    pub(crate) fn options(&self) -> Result<Options, Error> {
        let mut options = Options::from_environment(T::VERB)?;
        for (name, value) in &self.given {
            options.set(name, value)?;
        }
        Ok(options)
    }

    /// Whether none was given.
    pub(crate) fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    fn specs() -> impl Iterator<Item = &'static OptionSpec> {
        OPTIONS.iter().filter(|spec| spec.is_for(T::VERB))
    }
}

/// A flag's value under its name, or under the one that it had, with a note.
pub(crate) fn renamed<'a, T>(name: &str, value: &'a Option<T>, old_name: &str, old: &'a Option<T>) -> Option<&'a T> {
    if old.is_some() {
        note_old_name(old_name, name);
    }
    value.as_ref().or(old.as_ref())
}

/// The option as an argument under one of its names.
fn arg(spec: &'static OptionSpec, name: &'static str) -> Arg {
    let arg = Arg::new(name).long(name).value_name(spec.value).action(ArgAction::Set);
    let arg = arg
        .value_parser(clap::value_parser!(OsString))
        .allow_hyphen_values(true);
    // A switch may stand alone.
    let arg = if spec.value == "true|false" {
        arg.num_args(0..=1).require_equals(true).default_missing_value("true")
    } else {
        arg
    };
    arg.help(format!(
        "{} [default: {}] [env: {}]",
        spec.help,
        spec.default(),
        spec.variable()
    ))
    .help_heading("Measurement")
}

impl<T: Takes> Args for Flags<T> {
    fn augment_args(command: Command) -> Command {
        Self::specs().fold(command, |command, spec| {
            let current = arg(spec, spec.name).hide_short_help(!COMMON.contains(&spec.name));
            let current = spec.letter.into_iter().fold(current, Arg::short);
            let old = spec
                .old_name
                .map(|name| arg(spec, name).hide(true).conflicts_with(spec.name));
            command.arg(current).args(old)
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: Takes> FromArgMatches for Flags<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Vec::new();
        for spec in Self::specs() {
            let old = spec
                .old_name
                .and_then(|name| Some((name, matches.get_one::<OsString>(name)?)));
            if let Some((name, _)) = old {
                note_old_name(&format!("--{name}"), &format!("--{}", spec.name));
            }
            let current = matches.get_one::<OsString>(spec.name).map(|value| (spec.name, value));
            if let Some((name, value)) = current.or(old) {
                // Found here, it is told before anything is opened.
                Options::default()
                    .set(name, value)
                    .map_err(|error| clap::Error::raw(ErrorKind::ValueValidation, format!("{error}\n")))?;
                given.push((spec.name, value.clone()));
            }
        }
        Ok(Self {
            given,
            verb: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
