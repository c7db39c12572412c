//! The way out of the process. In: lines to say and commands to run. Out: the terminal, and why xtask has to stop.

use std::io::{self, Write};
use std::process::{Command, Stdio};

/// A reason to stop.
#[derive(Debug)]
pub(crate) struct Failure {
    /// One sentence: what was wrong and what to do.
    pub(crate) message: String,
    /// The exit status of the process.
    pub(crate) exit_status: u8,
}

impl Failure {
    /// Something failed.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            exit_status: 1,
        }
    }

    /// The arguments make no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            exit_status: 2,
        }
    }

    /// A driver is missing and xtask may not install it.
    pub(crate) fn cannot_install(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            exit_status: 3,
        }
    }
}

/// A line for the user, on standard error: standard output belongs to the commands that run.
pub(crate) fn say(line: &str) {
    // A closed pipe is no reason to panic, as `eprintln!` would.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Text that was asked for, on standard output.
pub(crate) fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Prints the command, runs it with this terminal's input and output, and waits.
///
/// # Errors
/// It could not be started (exit status 1), or it failed (its own exit status).
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let line = line(command);
    say(&format!("$ {line}"));
    let status = command
        .status()
        .map_err(|error| Failure::new(format!("`{line}` could not be started: {error}.")))?;
    if status.success() {
        return Ok(());
    }
    let own = status.code().and_then(|code| u8::try_from(code).ok());
    Err(Failure {
        message: format!("`{line}` failed ({status})."),
        exit_status: own.filter(|code| *code != 0).unwrap_or(1),
    })
}

/// Whether the command succeeds: a question, so neither it nor what it writes is shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// The command as a line for a POSIX shell.
fn line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    // Cargo hands its full path down to what it starts; its name says the same.
    let program = program
        .file_stem()
        .filter(|name| *name == "cargo")
        .unwrap_or(program.as_os_str());
    let words = std::iter::once(program).chain(command.get_args());
    words
        .map(|word| quoted(&word.to_string_lossy()))
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |symbol: char| symbol.is_ascii_alphanumeric() || "_@%+=:,./-".contains(symbol);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_line_can_be_pasted_into_a_shell() {
        let mut command = Command::new("/opt/rust/bin/cargo");
        command.args(["bench", "--", "it's 1*2", ""]);
        assert_eq!(line(&command), r"cargo bench -- 'it'\''s 1*2' ''");
    }

    #[cfg(unix)]
    #[test]
    fn the_status_of_a_command_comes_back() {
        let script = |text: &str| run(Command::new("sh").args(["-c", text])).map_err(|failure| failure.exit_status);
        assert_eq!(script("exit 0"), Ok(()));
        assert_eq!(script("exit 7"), Err(7));
        assert_eq!(script("kill -9 $$"), Err(1));
        let missing = run(&mut Command::new("no-such-program-anywhere")).expect_err("there is none");
        assert!(
            missing.message.contains("no-such-program-anywhere"),
            "{}",
            missing.message
        );
    }
}
