//! The way out of the process: prints lines and runs commands. Everything that decides takes a `&mut dyn Shell`, so that
//! tests decide on made-up answers.

use std::io::{self, Write};
use std::process::{Command, ExitStatus, Stdio};

use crate::failure::{FAILED, Failure};
use crate::invocation::Invocation;

/// Prints and runs.
pub(crate) trait Shell {
    /// A line for the user, on standard error: standard output belongs to the commands that run.
    fn say(&mut self, line: &str);

    /// Text that was asked for, on standard output.
    fn print(&mut self, text: &str);

    /// Prints the command, runs it with this terminal's input and output, and waits.
    ///
    /// # Errors
    ///
    /// It could not be started (exit status 1), or it failed (its own exit status).
    fn run(&mut self, command: &Invocation) -> Result<(), Failure>;

    /// The same, but what it writes to standard output comes back.
    ///
    /// # Errors
    ///
    /// As for `run`.
    fn capture(&mut self, command: &Invocation) -> Result<String, Failure>;

    /// Whether the command succeeds: a question, so neither it nor what it writes is shown.
    fn succeeds(&mut self, command: &Invocation) -> bool;
}

/// Says what was not tested and why, framed so that nobody takes it for a pass.
pub(crate) fn announce_untested(shell: &mut dyn Shell, what: &str, reason: &str) {
    let frame = "!".repeat(100);
    shell.say(&frame);
    shell.say(&format!("xtask: {what}"));
    shell.say(&frame);
    shell.say(&format!("skipped: {reason}"));
}

/// The real one.
pub(crate) struct SystemShell;

impl Shell for SystemShell {
    // A closed pipe (`cargo xtask --help | head -1`) is no reason to panic, as `println!` would.
    fn say(&mut self, line: &str) {
        let _ = writeln!(io::stderr(), "{line}");
    }

    fn print(&mut self, text: &str) {
        let _ = io::stdout().write_all(text.as_bytes());
    }

    fn run(&mut self, command: &Invocation) -> Result<(), Failure> {
        self.say(&format!("$ {command}"));
        let status = prepared(command)
            .status()
            .map_err(|error| cannot_start(command, &error))?;
        judged(command, status)
    }

    fn capture(&mut self, command: &Invocation) -> Result<String, Failure> {
        self.say(&format!("$ {command}"));
        let output = prepared(command)
            .stdin(Stdio::inherit())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| cannot_start(command, &error))?;
        judged(command, output.status)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn succeeds(&mut self, command: &Invocation) -> bool {
        prepared(command)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

fn prepared(command: &Invocation) -> Command {
    let mut prepared = Command::new(&command.program);
    prepared
        .args(&command.arguments)
        .envs(command.environment.iter().map(|(name, value)| (name, value)));
    if let Some(folder) = &command.folder {
        prepared.current_dir(folder);
    }
    prepared
}

fn cannot_start(command: &Invocation, error: &io::Error) -> Failure {
    Failure::new(FAILED, format!("`{command}` could not be started: {error}."))
}

fn judged(command: &Invocation, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    let exit_status = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .filter(|code| *code != 0);
    Err(Failure::new(
        exit_status.unwrap_or(FAILED),
        format!("`{command}` failed ({status})."),
    ))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn script(text: &str) -> Invocation {
        Invocation::new("sh").with(["-c", text]).set("GREETING", "hello")
    }

    #[test]
    fn commands_get_their_environment_and_their_status_comes_back() {
        let mut shell = SystemShell;
        assert_eq!(
            shell.capture(&script("printf %s \"$GREETING\"")).expect("it runs"),
            "hello"
        );
        assert_eq!(shell.run(&script("exit 7")).expect_err("it fails").exit_status, 7);
        assert!(shell.succeeds(&script("exit 0")) && !shell.succeeds(&script("exit 1")));
        let missing = shell
            .run(&Invocation::new("no-such-program-anywhere"))
            .expect_err("there is none");
        assert_eq!(missing.exit_status, FAILED);
        assert!(
            missing.message.contains("no-such-program-anywhere"),
            "{}",
            missing.message
        );
    }

    #[test]
    fn a_command_killed_by_a_signal_failed() {
        assert_eq!(
            SystemShell
                .run(&script("kill -9 $$"))
                .expect_err("it was killed")
                .exit_status,
            FAILED
        );
    }
}
