//! The scenarios, each in a process of its own: rapl-energy remembers its place for the life of a process.

mod scenarios;
mod tree;

use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Set in the processes inside the private namespace: the scenario's name.
const SCENARIO: &str = "RAPL_SCENARIO";
const NAME: &str = "rapl_through_rapl_energy";
const NOBODY: u32 = 65_534;

/// Like libtest's: lists, filters, runs.
pub(crate) fn main() -> ExitCode {
    if let Ok(scenario) = env::var(SCENARIO) {
        scenarios::run(&scenario);
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        println!("{NAME}: test");
        return ExitCode::SUCCESS;
    }
    let filters: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    if !filters.is_empty() && !filters.iter().any(|filter| NAME.contains(filter.as_str())) {
        return ExitCode::SUCCESS;
    }
    if let Err(reason) = may_mount() {
        println!("test {NAME} ... ignored, needs root and a private mount namespace ({reason})");
        return ExitCode::SUCCESS;
    }
    let failed: Vec<&str> = scenarios::NAMES
        .into_iter()
        .filter(|scenario| !passes(scenario))
        .collect();
    if failed.is_empty() {
        println!("test {NAME} ... ok");
        ExitCode::SUCCESS
    } else {
        println!("test {NAME} ... FAILED: {failed:?}");
        ExitCode::FAILURE
    }
}

/// Whether a file system can be mounted over `/sys` for a child process only.
fn may_mount() -> Result<(), String> {
    let output = Command::new("unshare")
        .args(["--mount", "mount", "-t", "tmpfs", "tmpfs", "/sys"])
        .output()
        .map_err(|error| format!("no `unshare`: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// Runs one scenario over a fresh `/sys`.
fn passes(scenario: &str) -> bool {
    let this = env::current_exe().expect("a running program has a path");
    // The copy can be executed by any user, wherever the build's folder lies.
    let script =
        "mount -t tmpfs -o mode=755 tmpfs /sys && cp \"$0\" /sys/test && chmod 755 /sys/test && exec /sys/test";
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-c", script])
        .arg(this)
        .env(SCENARIO, scenario);
    let passed = command.status().is_ok_and(|status| status.success());
    println!("scenario {scenario} ... {}", if passed { "ok" } else { "FAILED" });
    passed
}

/// This very program again, as a user without rights, in the namespace that it is in.
pub(crate) fn as_nobody(scenario: &str) -> bool {
    let mut command = Command::new("/sys/test");
    command.env(SCENARIO, scenario).uid(NOBODY).gid(NOBODY);
    command.status().expect("the copy can be executed").success()
}
