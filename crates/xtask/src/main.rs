//! `cargo xtask setup|bench|test`: what a fresh machine needs, then the work. Arguments and the environment come in;
//! commands run, each printed first, and an exit status goes out: 0 done, 1 failed (or the failed command's own status),
//! 2 wrong usage, 3 a driver is missing and may not be installed from here.

mod adapter;
mod apt_sources;
mod cargo;
mod cooperative;
mod driver;
mod failure;
mod invocation;
mod library;
mod machine;
mod mesa_root;
mod package_manager;
mod request;
mod setup;
mod shell;
mod tools;

#[cfg(all(test, unix))]
mod fake;

use std::process::ExitCode;

use failure::Failure;
use machine::Machine;
use request::Request;
use shell::{Shell, SystemShell};

fn main() -> ExitCode {
    let machine = Machine::this();
    let mut shell = SystemShell;
    let outcome = Request::parse(std::env::args_os().skip(1)).and_then(|request| serve(&request, &machine, &mut shell));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            shell.say(&format!("xtask: {}", failure.message));
            ExitCode::from(failure.exit_status)
        }
    }
}

/// Does what was asked for.
fn serve(request: &Request, machine: &Machine, shell: &mut dyn Shell) -> Result<(), Failure> {
    match request {
        Request::Help => {
            shell.print(request::HELP);
            Ok(())
        }
        Request::Setup => setup::ensure_adapter(machine, shell),
        Request::Bench { arguments } => {
            setup::ensure_adapter(machine, shell)?;
            shell.run(&cargo::bench(machine, arguments))
        }
        Request::Test { arguments } => {
            setup::ensure_adapter(machine, shell)?;
            shell.run(&cargo::test(machine, arguments))
        }
        Request::Cooperative { arguments } => cooperative::test(machine, shell, arguments),
        Request::Tools { arguments } => tools::test(machine, shell, arguments),
        Request::RunInMesaRoot { program, arguments } => {
            cooperative::run_in_mesa_root(machine, shell, program, arguments)
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::fake::{FakeRoot, FakeShell};

    #[test]
    fn bench_and_test_hand_their_arguments_to_cargo_as_they_stand() {
        let root = FakeRoot::with_lavapipe();
        let machine = root.machine();
        for (arguments, expected) in [
            (&["bench", "--", "matmul/naive"][..], "cargo bench -- matmul/naive"),
            (
                &["bench", "--bench", "conv2d", "--", "--list"],
                "cargo bench --bench conv2d -- --list",
            ),
            (&["test"], "cargo test --workspace"),
            (
                &["test", "small", "--", "--nocapture"],
                "cargo test --workspace small -- --nocapture",
            ),
            (
                &["test", "--", "--cooperative"],
                "cargo test --workspace -- --cooperative",
            ),
        ] {
            let mut shell = FakeShell::default();
            let request = Request::parse(arguments.iter().map(Into::into)).expect("a good request");
            serve(&request, &machine, &mut shell).expect("the commands succeed");
            let ran = shell.commands.join("\n");
            assert!(ran.ends_with(expected), "{arguments:?} ran `{ran}`, not `… {expected}`");
            assert_eq!(
                shell.commands.len(),
                1,
                "a machine with a driver needs nothing installed: {ran}"
            );
        }
    }

    #[test]
    fn the_exit_status_of_cargo_comes_through() {
        let root = FakeRoot::with_lavapipe();
        let mut shell = FakeShell::default();
        shell.fail("cargo test", 101);
        let failure =
            serve(&Request::Test { arguments: Vec::new() }, &root.machine(), &mut shell).expect_err("cargo failed");
        assert_eq!(failure.exit_status, 101);
        assert!(
            failure.message.contains("cargo test --workspace"),
            "{}",
            failure.message
        );
    }

    #[test]
    fn no_work_starts_where_no_driver_can_be_had() {
        let root = FakeRoot::new();
        let mut shell = FakeShell::default();
        let failure = serve(&Request::Bench { arguments: Vec::new() }, &root.machine(), &mut shell)
            .expect_err("no driver and no package manager");
        assert_eq!(failure.exit_status, failure::CANNOT_INSTALL);
        assert!(shell.commands.is_empty(), "{:?}", shell.commands);
    }
}
