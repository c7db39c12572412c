//! What the user asks xtask to do: the command line comes in, a `Request` or a usage error goes out.

use std::ffi::OsString;

use crate::failure::{Failure, USAGE};

/// The text of `cargo xtask --help`.
pub(crate) const HELP: &str = "\
Usage: cargo xtask <COMMAND> [ARGUMENTS]

Everything that a fresh machine with Rust on it needs, then the work.

Commands:
  setup                     Look for a Vulkan, Metal or DX12 driver; where there is none, install the software driver
                            with the system's package manager
  bench [ARGUMENTS]         setup, then `cargo bench ARGUMENTS`:  cargo xtask bench -- matmul/naive
  test [ARGUMENTS]          setup, then `cargo test --workspace ARGUMENTS`
  test --cooperative [ARGUMENTS]
                            Only the tests with `cooperative` in their name, on a software Vulkan that has cooperative
                            matrices: once with subgroups of 8, once with subgroups of 32. That driver (Mesa 26 or
                            later, from Debian testing) is unpacked into the user's cache folder and changes nothing
                            else; where it cannot be had, the last line says `skipped:` and why
  test --tools [ARGUMENTS]  Only the ignored tests that need a program of another project (Slurm, gnuplot, R, pandas,
                            DuckDB): what is missing is installed where this user is root on Debian, Python's wheels go
                            into the user's cache folder; what cannot be had is listed on the last line

Environment: JOULEMARK_* variables and cargo's own are passed on.
Exit status: 0 done; 1 failed, or the status of the command that failed; 2 wrong usage; 3 a driver is missing and may not
be installed from here (the line to run is printed).
";

/// Runs one test program on the private Mesa; cargo calls it, so the help does not list it.
pub(crate) const RUN_IN_MESA_ROOT: &str = "run-in-mesa-root";

/// One call of xtask.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Print the help.
    Help,
    /// See to it that there is a graphics driver.
    Setup,
    /// `setup`, then `cargo bench` with these arguments.
    Bench {
        /// Handed to `cargo bench` as they stand.
        arguments: Vec<OsString>,
    },
    /// `setup`, then `cargo test --workspace` with these arguments.
    Test {
        /// Handed to `cargo test` as they stand.
        arguments: Vec<OsString>,
    },
    /// The cooperative-matrix tests, on a Mesa that can run them.
    Cooperative {
        /// Handed to `cargo test` as they stand, without `--cooperative`.
        arguments: Vec<OsString>,
    },
    /// The tests with programs of other projects.
    Tools {
        /// Handed to `cargo test` as they stand, without `--tools`.
        arguments: Vec<OsString>,
    },
    /// One program on the private Mesa.
    RunInMesaRoot {
        /// The program.
        program: OsString,
        /// Its arguments.
        arguments: Vec<OsString>,
    },
}

impl Request {
    /// Reads the arguments after the program's name. Options of xtask count before the first `--` only.
    ///
    /// # Errors
    ///
    /// An unknown command, or arguments where a command takes none: exit status 2.
    pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, Failure> {
        let mut arguments = arguments.peekable();
        let Some(command) = arguments.next() else {
            return Err(Failure::new(USAGE, format!("no command was given.\n\n{HELP}")));
        };
        let mut rest: Vec<OsString> = arguments.collect();
        let options = rest.iter().position(|argument| argument == "--").unwrap_or(rest.len());
        let asks_for_help = rest[..options]
            .iter()
            .any(|argument| argument == "--help" || argument == "-h");
        match command.to_str() {
            Some("--help" | "-h" | "help") => Ok(Self::Help),
            Some("setup" | "bench" | "test") if asks_for_help => Ok(Self::Help),
            Some("setup") => match rest.first() {
                None => Ok(Self::Setup),
                Some(extra) => Err(Failure::new(
                    USAGE,
                    format!("`setup` takes no arguments, but `{}` was given.", extra.display()),
                )),
            },
            Some("bench") => Ok(Self::Bench { arguments: rest }),
            Some("test") => {
                let own = |argument: &OsString| argument == "--cooperative" || argument == "--tools";
                match rest[..options].iter().position(own).map(|index| rest.remove(index)) {
                    Some(option) if option == "--tools" => Ok(Self::Tools { arguments: rest }),
                    Some(_) => Ok(Self::Cooperative { arguments: rest }),
                    None => Ok(Self::Test { arguments: rest }),
                }
            }
            Some(RUN_IN_MESA_ROOT) if !rest.is_empty() => Ok(Self::RunInMesaRoot {
                program: rest.remove(0),
                arguments: rest,
            }),
            _ => Err(Failure::new(
                USAGE,
                format!(
                    "there is no command `{}`: use setup, bench or test (see --help).",
                    command.display()
                ),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Request, Failure> {
        Request::parse(arguments.iter().map(Into::into))
    }

    #[test]
    fn xtask_reads_its_own_options_before_the_double_dash_only() {
        let arguments = |words: &[&str]| words.iter().map(Into::into).collect();
        for (line, expected) in [
            (&["setup"][..], Request::Setup),
            (&["--help"], Request::Help),
            (&["bench", "--help"], Request::Help),
            (
                &["bench", "--", "--help"],
                Request::Bench {
                    arguments: arguments(&["--", "--help"]),
                },
            ),
            (
                &["test", "-q"],
                Request::Test {
                    arguments: arguments(&["-q"]),
                },
            ),
            (
                &["test", "--cooperative"],
                Request::Cooperative { arguments: Vec::new() },
            ),
            (
                &["test", "--tools", "-q"],
                Request::Tools {
                    arguments: arguments(&["-q"]),
                },
            ),
            (
                &["test", "-q", "--cooperative"],
                Request::Cooperative {
                    arguments: arguments(&["-q"]),
                },
            ),
        ] {
            assert_eq!(parse(line).expect("a good request"), expected, "{line:?}");
        }
    }

    #[test]
    fn wrong_usage_has_exit_status_2_and_names_the_word() {
        for (line, word) in [
            (&[][..], "no command"),
            (&["benhc"], "`benhc`"),
            (&["setup", "now"], "`now`"),
            (&[RUN_IN_MESA_ROOT], RUN_IN_MESA_ROOT),
        ] {
            let failure = parse(line).expect_err("wrong usage");
            assert_eq!(failure.exit_status, USAGE);
            assert!(failure.message.contains(word), "{line:?}: {}", failure.message);
        }
    }
}
