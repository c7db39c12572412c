//! How the command ends. In: a verb's result. Out: one sentence on standard error and the exit status.

use std::io::Write;
use std::process::ExitCode;

use joulemark_harness::Error;

use crate::output::Closed;
use crate::signal::{self, Stopped};

/// Prints the error, if there is one, and gives the exit status: 3 where something needed is missing, 130
/// where a signal stopped it, 1 otherwise.
pub(crate) fn exit(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    // Whoever reads the output has read enough: `joulemark list | head -1`.
    if error.is::<Closed>() {
        return ExitCode::SUCCESS;
    }
    // Nobody is left to tell if this fails too.
    let _ = writeln!(std::io::stderr(), "error: {}", sentence(&error));
    if error.is::<Stopped>() {
        return ExitCode::from(signal::EXIT_STATUS);
    }
    ExitCode::from(error.downcast_ref::<Error>().map_or(1, Error::exit_code))
}

/// The error and its causes, each told once: some repeat their cause in their own words.
fn sentence(error: &anyhow::Error) -> String {
    error
        .chain()
        .map(ToString::to_string)
        .fold(String::new(), |told, cause| {
            if told.is_empty() {
                cause
            } else if told.ends_with(&cause) {
                told
            } else {
                format!("{told}: {cause}")
            }
        })
}
