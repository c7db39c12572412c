//! `cargo xtask test --slurm`: runs the ignored tests with `slurm` in their name, which start a Slurm of one node. Installs
//! Slurm where this process may; elsewhere it says loudly what was not tested and succeeds.

use std::ffi::OsString;

use crate::cargo;
use crate::failure::{FAILED, Failure};
use crate::machine::Machine;
use crate::package_manager::PackageManager;
use crate::shell::{Shell, announce_untested};

/// The part of a test's name that puts it here.
const NAME: &str = "slurm";

/// Debian's packages.
const PACKAGES: [&str; 2] = ["slurm-wlm", "munge"];

/// The programs that the tests start.
const PROGRAMS: [&str; 4] = ["munged", "slurmctld", "slurmd", "sbatch"];

/// Runs the tests, or says why not.
///
/// # Errors
///
/// The tests do not build, none has the name, or some of them failed.
pub(crate) fn test(machine: &Machine, shell: &mut dyn Shell, arguments: &[OsString]) -> Result<(), Failure> {
    if let Err(reason) = provide(machine, shell) {
        announce_untested(shell, "the array script was NOT tested under a real Slurm.", &reason);
        return Ok(());
    }
    let tests = cargo::cargo(machine)
        .with(["test", "-p", "joulemark", "--test", "fleet"])
        .with(arguments)
        .with([NAME, "--", "--ignored"]);
    let listed = shell.capture(&tests.clone().with(["--list"]))?;
    if !listed.lines().any(|line| line.ends_with(": test")) {
        return Err(Failure::new(
            FAILED,
            format!("no ignored test has `{NAME}` in its name."),
        ));
    }
    shell.run(&tests)
}

/// Sees to it that Slurm's programs are here.
fn provide(machine: &Machine, shell: &mut dyn Shell) -> Result<(), String> {
    if !machine.is_root() {
        return Err("Slurm's daemons need root, and this user is not".into());
    }
    let here = |machine: &Machine| PROGRAMS.iter().all(|program| machine.has_program(program));
    if here(machine) {
        return Ok(());
    }
    if PackageManager::of(machine) != Some(PackageManager::Apt) {
        return Err(format!(
            "{} are not all here, and xtask knows how to install them on Debian only",
            PROGRAMS.join(", ")
        ));
    }
    let manager = PackageManager::Apt;
    if let Some(refresh) = manager.refresh()
        && let Err(failure) = shell.run(&refresh)
    {
        // One broken source fails the whole refresh; the lists of the others may well do.
        shell.say(&format!("xtask: going on in spite of this: {}", failure.message));
    }
    shell
        .run(&manager.install(machine, &PACKAGES))
        .map_err(|failure| failure.message)?;
    here(machine).then_some(()).ok_or_else(|| {
        format!(
            "{} were installed, but not all programs are here",
            PACKAGES.join(" and ")
        )
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::fake::{FakeRoot, FakeShell};

    const LIST: &str = "an_array_runs_on_slurm: test\n\n1 test, 0 benchmarks\n";

    fn debian() -> FakeRoot {
        let root = FakeRoot::new();
        root.file("/etc/os-release", "ID=debian\n");
        root.programs(&["apt-get"]);
        root
    }

    #[test]
    fn slurm_is_installed_and_the_ignored_tests_run() {
        let root = debian();
        root.as_root();
        let mut shell = FakeShell::default();
        shell.captured = LIST.to_owned();
        shell.effect("install", || root.programs(&PROGRAMS));
        test(&root.machine(), &mut shell, &["--locked".into()]).expect("all pass");
        let line = "test -p joulemark --test fleet --locked slurm -- --ignored";
        assert!(shell.commands[1].ends_with("slurm-wlm munge"), "{:?}", shell.commands);
        assert!(shell.commands[3].ends_with(line), "{:?}", shell.commands);

        let mut shell = FakeShell::default();
        let failure = test(&root.machine(), &mut shell, &[]).expect_err("nothing was tested");
        assert!(
            failure.message.contains("no ignored test has `slurm`"),
            "{}",
            failure.message
        );
    }

    #[test]
    fn without_rights_or_packages_it_is_skipped_loudly() {
        for (is_root, reason) in [(false, "need root"), (true, "not all programs are here")] {
            let root = debian();
            if is_root {
                root.as_root();
            }
            let mut shell = FakeShell::default();
            test(&root.machine(), &mut shell, &[]).expect("skipping is no failure");
            assert!(shell.spoken().contains("NOT tested"), "{}", shell.spoken());
            assert!(shell.said.last().unwrap().contains(reason), "{}", shell.spoken());
        }
    }
}
