//! A command that is measured. In: its words, or a line for the shell. Out: runs of it, and why one did not end well.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::signal::Signal;

/// What is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A program and its arguments.
    Words(Vec<OsString>),
    /// A line for the system's shell.
    Shell(String),
}

/// What becomes of what a program writes, and of its exit status.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manners {
    pub(crate) show_output: bool,
    pub(crate) ignore_failure: bool,
}

impl Line {
    /// As a person would write it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Words(words) => words
                .iter()
                .map(|word| word.to_string_lossy())
                .collect::<Vec<_>>()
                .join(" "),
            Self::Shell(line) => line.clone(),
        }
    }

    fn command(&self) -> Command {
        match self {
            Self::Words(words) => {
                let mut command = Command::new(&words[0]);
                command.args(&words[1..]);
                command
            }
            Self::Shell(line) if cfg!(windows) => {
                let mut command = Command::new("cmd");
                command.args(["/C", line]);
                command
            }
            Self::Shell(line) => {
                let mut command = Command::new("sh");
                command.args(["-c", line]);
                command
            }
        }
    }
}

/// Starts programs, waits for them, and ends them when a signal has come.
#[derive(Clone)]
pub(crate) struct Runner {
    manners: Manners,
    signal: Signal,
    /// Process id of the program that runs.
    running: Arc<Mutex<Option<u32>>>,
}

impl Runner {
    /// A runner that listens to this signal.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn new(manners: Manners, signal: Signal) -> anyhow::Result<Self> {
        let runner = Self {
            manners,
            signal,
            running: Arc::default(),
        };
        let own = runner.clone();
        std::thread::Builder::new()
            .name("joulemark-stopper".into())
            .spawn(move || own.stop_when_asked())
            .context("no thread to stop the program with")?;
        Ok(runner)
    }

    /// Whether a signal has come.
    pub(crate) fn is_stopped(&self) -> bool {
        self.signal.has_come()
    }

    /// Runs a program once and waits for its end.
    ///
    /// # Errors
    /// It cannot be started, it failed, or it was stopped.
    pub(crate) fn run(&self, line: &Line) -> anyhow::Result<()> {
        let status = self
            .wait(line)
            .with_context(|| format!("cannot start `{}`", line.text()))?;
        if self.is_stopped() {
            bail!("stopped by a signal");
        }
        if !status.success() && !self.manners.ignore_failure {
            bail!(
                "`{}` failed ({status}); --ignore-failure measures it all the same",
                line.text()
            );
        }
        Ok(())
    }

    fn wait(&self, line: &Line) -> std::io::Result<ExitStatus> {
        let output = || {
            if self.manners.show_output {
                Stdio::inherit()
            } else {
                Stdio::null()
            }
        };
        let mut command = line.command();
        command.stdin(Stdio::null()).stdout(output()).stderr(output());
        // A group of its own: what it starts is stopped with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = self.start(&mut command)?;
        let status = child.wait();
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        status
    }

    fn start(&self, command: &mut Command) -> std::io::Result<Child> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        // The signal may have come while nothing ran.
        if self.is_stopped() {
            return Err(ErrorKind::Interrupted.into());
        }
        let child = command.spawn()?;
        *running = Some(child.id());
        Ok(child)
    }

    fn stop_when_asked(&self) {
        while !self.is_stopped() {
            std::thread::sleep(Duration::from_millis(50));
        }
        for patience in [Duration::ZERO, Duration::from_secs(2)] {
            std::thread::sleep(patience);
            if let Some(id) = *self.running.lock().unwrap_or_else(PoisonError::into_inner) {
                stop(id, patience.is_zero());
            }
        }
    }
}

/// Asks the program's group to end, or ends it.
#[cfg(unix)]
fn stop(id: u32, gently: bool) {
    let signal = if gently { libc::SIGTERM } else { libc::SIGKILL };
    // SAFETY: no memory is involved. The program is not waited for yet, so the number is its own.
    unsafe { libc::kill(-(id.cast_signed()), signal) };
}

#[cfg(not(unix))]
fn stop(_id: u32, _gently: bool) {}
