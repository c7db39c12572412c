//! The harness's options as flags. In: the table of options in the harness. Out: clap's arguments, and the options that
//! environment and command line set together.

use std::marker::PhantomData;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use joulemark_harness::{Error, OPTIONS, OptionSpec, Options};

/// Which options a verb takes.
pub(crate) trait Takes {
    /// Whether it takes this one.
    fn takes(name: &str) -> bool;
}

/// The options given on the command line, of those that `T` takes.
pub(crate) struct Flags<T> {
    given: Vec<(&'static str, String)>,
    verb: PhantomData<T>,
}

impl<T: Takes> Flags<T> {
    /// Everything that steers the measurement: the environment, and the flags over it.
    ///
    /// # Errors
    /// A `JOULEMARK_*` that does not exist, or a value that makes no sense.
    pub(crate) fn options(&self) -> Result<Options, Error> {
        let mut options = Options::from_environment()?;
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
        OPTIONS.iter().filter(|spec| T::takes(spec.name))
    }
}

impl<T: Takes> Args for Flags<T> {
    fn augment_args(command: Command) -> Command {
        command.args(Self::specs().map(|spec| {
            let arg = Arg::new(spec.name).long(spec.name).value_name(spec.value);
            // A switch may stand alone.
            let arg = if spec.value == "true|false" {
                arg.num_args(0..=1).require_equals(true).default_missing_value("true")
            } else {
                arg
            };
            arg.help(format!("{} [env: {}]", spec.help, spec.variable()))
                .help_heading("Measurement")
                .allow_hyphen_values(true)
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: Takes> FromArgMatches for Flags<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Vec::new();
        for spec in Self::specs() {
            if let Some(value) = matches.get_one::<String>(spec.name) {
                Options::default()
                    .set(spec.name, value)
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
