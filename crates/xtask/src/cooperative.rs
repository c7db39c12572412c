//! `cargo xtask test --cooperative`: runs the tests with `cooperative` in their name on a Mesa that has cooperative
//! matrices, with subgroups of 8 and of 32. Where that Mesa cannot be had, it says so loudly and succeeds; likewise what
//! that Mesa cannot run.

use std::ffi::OsString;

use crate::cargo;
use crate::failure::{FAILED, Failure};
use crate::invocation::Invocation;
use crate::machine::{Machine, System};
use crate::mesa_root::MesaRoot;
use crate::request::RUN_IN_MESA_ROOT;
use crate::shell::{Shell, announce_untested};

/// The part of a test's name that puts it here.
const NAME: &str = "cooperative";

/// The SIMD width in bits that makes Mesa's software driver use subgroups of 8 (32 bits a lane), named because
/// processors differ in their default.
const WIDTH: &str = "256";

/// Why subgroups of 32 are not among the runs. The adapter layer hides the matrices where this would happen.
const ONLY_EIGHT: &str = "subgroups of 32 (LP_NATIVE_VECTOR_WIDTH=1024): Mesa's software driver takes the number of lanes \
                          for the size of its 8x8 matrices, and its compiler ends the process (seen in 26.1, with any \
                          cooperative store); an interpreter in joulemark-kernels' tests runs the kernels with them instead";

/// Runs the tests, or says what was skipped and why.
///
/// # Errors
///
/// The tests do not build, or some of them failed.
pub(crate) fn test(machine: &Machine, shell: &mut dyn Shell, arguments: &[OsString]) -> Result<(), Failure> {
    let listed = shell.capture(&tests(cargo::cargo(machine), arguments, &["--list"]))?;
    let count = match listed.lines().filter(|line| line.ends_with(": test")).count() {
        0 => {
            let message = format!("no test has `{NAME}` in its name: the kernels that need this are untested.");
            return Err(Failure::new(FAILED, message));
        }
        1 => "1 cooperative-matrix test".to_owned(),
        count => format!("{count} cooperative-matrix tests"),
    };
    if machine.system != System::Linux {
        return skipped(shell, &format!("{count}: their software driver is for Linux only"));
    }
    let mesa = match MesaRoot::obtain(machine, shell) {
        Ok(mesa) => mesa,
        Err(reason) => return skipped(shell, &format!("{count}: {reason}")),
    };
    let runner = runner()?;
    shell.say(&format!("xtask: {count} on Mesa {} with subgroups of 8", mesa.version));
    let command = cargo::cargo(machine)
        .set("LP_NATIVE_VECTOR_WIDTH", WIDTH)
        .with(["--config", &runner]);
    shell.run(&tests(command, arguments, &[])).map_err(|failure| {
        Failure::new(
            failure.exit_status,
            format!("cooperative-matrix tests failed: {}", failure.message),
        )
    })?;
    shell.say(&format!("xtask: passed: {count}, with subgroups of 8"));
    announce_untested(
        shell,
        "some cooperative-matrix kernels were NOT tested on a driver.",
        ONLY_EIGHT,
    );
    Ok(())
}

/// Replaces this process's work by `program`, on the private Mesa. Cargo calls it for each test program.
///
/// # Errors
///
/// The Mesa is missing (exit status 1), or the program's own failure.
pub(crate) fn run_in_mesa_root(
    machine: &Machine,
    shell: &mut dyn Shell,
    program: &OsString,
    arguments: &[OsString],
) -> Result<(), Failure> {
    let mesa = MesaRoot::find(machine)
        .map_err(|reason| Failure::new(FAILED, format!("{reason}; run `cargo xtask test --cooperative` first.")))?;
    shell.run(&mesa.invocation(machine, program, arguments))
}

/// `cargo test` for these tests: ignored ones too, since they may be ignored for want of exactly this driver. Not those
/// of xtask itself, whose names hold the word too.
fn tests(cargo: Invocation, arguments: &[OsString], harness: &[&str]) -> Invocation {
    let split = arguments
        .iter()
        .position(|argument| argument == "--")
        .unwrap_or(arguments.len());
    let (own, rest) = arguments.split_at(split);
    cargo
        .with(["test", "--workspace", "--exclude", "xtask", "--tests"])
        .with(own)
        .with([NAME, "--", "--include-ignored"])
        .with(rest.iter().skip(1))
        .with(harness)
}

/// The setting that has cargo start test programs through this program. In a configuration the path may hold spaces, which
/// an environment variable would split; `cfg(all())` holds for every target, so that none need be named.
fn runner() -> Result<String, Failure> {
    let own = std::env::current_exe()
        .map_err(|error| Failure::new(FAILED, format!("the path of xtask itself cannot be had: {error}.")))?;
    let own = own.to_string_lossy().replace('\\', r"\\").replace('"', "\\\"");
    Ok(format!(
        "target.'cfg(all())'.runner = [\"{own}\", \"{RUN_IN_MESA_ROOT}\"]"
    ))
}

/// A run that tested nothing.
fn skipped(shell: &mut dyn Shell, reason: &str) -> Result<(), Failure> {
    announce_untested(shell, "the cooperative-matrix kernels were NOT tested.", reason);
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::fake::{FakeRoot, FakeShell};

    const LIST: &str =
        "matmul::cooperative_f16: test\n\n1 test, 0 benchmarks\n\nstrassen_cooperative: test\n2 benchmarks\n";

    fn ready() -> FakeRoot {
        let root = FakeRoot::new();
        root.file("/home/someone/.cache/joulemark/mesa-testing/version", "26.1.2-1");
        root
    }

    fn listing<'a>(list: &str) -> FakeShell<'a> {
        let mut shell = FakeShell::default();
        shell.captured = list.to_owned();
        shell
    }

    #[test]
    #[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), ignore = "no recipe here")]
    fn subgroups_of_8_run_and_those_of_32_are_said_to_be_missing() {
        let root = ready();
        let mut shell = listing(LIST);
        test(&root.machine(), &mut shell, &[]).expect("all pass");
        assert_eq!(shell.commands.len(), 2, "{:?}", shell.commands);
        let line = &shell.commands[1];
        assert!(line.contains("LP_NATIVE_VECTOR_WIDTH=256"), "{line}");
        assert!(line.contains(RUN_IN_MESA_ROOT), "{line}");
        assert!(
            line.ends_with("test --workspace --exclude xtask --tests cooperative -- --include-ignored"),
            "{line}"
        );
        let spoken = shell.spoken();
        assert!(
            spoken.contains("passed: 2 cooperative-matrix tests, with subgroups of 8"),
            "{spoken}"
        );
        assert!(spoken.contains("skipped: subgroups of 32"), "{spoken}");

        let mut shell = listing(LIST);
        shell.fail("LP_NATIVE_VECTOR_WIDTH=256", 101);
        let failure = test(&root.machine(), &mut shell, &[]).expect_err("the run fails");
        assert_eq!(failure.exit_status, 101);
        assert!(failure.message.contains("tests failed"), "{}", failure.message);
    }

    #[test]
    fn further_arguments_reach_cargo_and_the_harness() {
        let command = tests(
            Invocation::new("cargo"),
            &["-p".into(), "a".into(), "--".into(), "-q".into()],
            &["--list"],
        );
        let line = "cargo test --workspace --exclude xtask --tests -p a cooperative -- --include-ignored -q --list";
        assert_eq!(command.to_string(), line);
    }

    #[test]
    fn what_cannot_run_is_skipped_loudly_and_is_no_failure() {
        let root = FakeRoot::new();
        let mut shell = listing(LIST);
        test(&root.machine(), &mut shell, &[]).expect("skipping is no failure");
        let last = shell.said.last().expect("something was said");
        assert!(last.starts_with("skipped: 2 cooperative-matrix tests: "), "{last}");
        assert!(shell.spoken().contains("NOT tested"), "{}", shell.spoken());
    }

    #[test]
    fn having_no_such_test_is_a_failure() {
        let root = ready();
        let mut shell = listing("0 tests, 0 benchmarks\n");
        let failure = test(&root.machine(), &mut shell, &[]).expect_err("nothing was tested");
        assert!(
            failure.message.contains("no test has `cooperative`"),
            "{}",
            failure.message
        );
        assert_eq!(
            shell.commands.len(),
            1,
            "nothing is downloaded for nothing: {:?}",
            shell.commands
        );
    }

    #[test]
    fn tests_that_do_not_build_are_a_failure() {
        let root = ready();
        let mut shell = FakeShell::default();
        shell.fail("--list", 101);
        assert_eq!(
            test(&root.machine(), &mut shell, &[])
                .expect_err("no build")
                .exit_status,
            101
        );
    }

    #[test]
    fn a_program_needs_the_mesa_to_be_there() {
        let root = FakeRoot::new();
        let failure = run_in_mesa_root(&root.machine(), &mut FakeShell::default(), &"a".into(), &[]);
        assert!(
            failure
                .expect_err("no Mesa")
                .message
                .contains("xtask test --cooperative")
        );
    }
}
