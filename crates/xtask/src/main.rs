//! `cargo xtask setup|bench|test`: what a fresh machine needs, then the work. In: arguments. Out: commands that run, each
//! printed first, and an exit status: 0 done, 1 failed (or the failed command's own status), 2 wrong usage, 3 a driver is
//! missing and may not be installed from here.

mod adapter;
mod command;
mod package_manager;
mod setup;

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

use command::{Failure, run};

const HELP: &str = "\
Usage: cargo xtask <COMMAND> [ARGUMENTS]

Everything that a fresh machine with Rust on it needs, then the work.

Commands:
  setup              Look for a Vulkan, Metal or DX12 driver; where there is none, install the software driver with the
                     system's package manager
  bench [ARGUMENTS]  setup, then `cargo bench ARGUMENTS`:  cargo xtask bench -- matmul/naive
  test [ARGUMENTS]   setup, then `cargo test --workspace ARGUMENTS`

Environment: JOULEMARK_* variables and cargo's own are passed on.
Exit status: 0 done; 1 failed, or the status of the command that failed; 2 wrong usage; 3 a driver is missing and may not
be installed from here (the line to run is printed).
";

fn main() -> ExitCode {
    match serve(std::env::args_os().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            command::say(&format!("xtask: {}", failure.message));
            ExitCode::from(failure.exit_status)
        }
    }
}

/// Does what was asked for. Options of xtask count before the first `--` only.
fn serve(mut arguments: Vec<OsString>) -> Result<(), Failure> {
    if arguments.is_empty() {
        return Err(Failure::usage(format!("no command was given.\n\n{HELP}")));
    }
    let word = arguments.remove(0);
    let asks_for_help = arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--help" || argument == "-h");
    match word.to_str() {
        Some("--help" | "-h" | "help") => command::print(HELP),
        Some("setup" | "bench" | "test") if asks_for_help => command::print(HELP),
        Some("setup") => match arguments.first() {
            None => setup::ensure_adapter()?,
            Some(extra) => {
                let extra = extra.display();
                return Err(Failure::usage(format!(
                    "`setup` takes no arguments, but `{extra}` was given."
                )));
            }
        },
        Some("bench") => {
            setup::ensure_adapter()?;
            run(cargo().arg("bench").args(arguments))?;
        }
        Some("test") => {
            setup::ensure_adapter()?;
            run(cargo().args(["test", "--workspace"]).args(arguments))?;
        }
        _ => {
            let word = word.display();
            return Err(Failure::usage(format!(
                "there is no command `{word}`: use setup, bench or test (see --help)."
            )));
        }
    }
    Ok(())
}

/// The cargo that started xtask, in the workspace's root.
fn cargo() -> Command {
    // Cargo sets both variables for what `cargo run` starts.
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    command.current_dir(Path::new(&package).ancestors().nth(2).unwrap_or(Path::new(".")));
    // Software Vulkan complains on standard error, again and again, where this is not set (containers, CI).
    if cfg!(target_os = "linux") && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    }
    command
}
