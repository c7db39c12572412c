//! `cargo xtask test --tools`: runs the ignored tests that need a program of another project: Slurm, gnuplot, R, pandas,
//! DuckDB. Gets what is missing, Python's wheels into the user's cache folder, Debian's packages where this process is root;
//! what cannot be had is said loudly, and is no failure.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::cargo;
use crate::failure::{FAILED, Failure};
use crate::invocation::Invocation;
use crate::machine::Machine;
use crate::package_manager::PackageManager;
use crate::shell::{Shell, announce_untested};

/// A program that some ignored tests need.
struct Tool {
    /// The part of those tests' names.
    test: &'static str,
    /// A command that succeeds where the program is.
    probe: &'static [&'static str],
    /// Where it comes from.
    origin: Origin,
}

enum Origin {
    /// Debian's packages.
    Debian(&'static [&'static str]),
    /// The same, and its tests need root.
    DebianAsRoot(&'static [&'static str]),
    /// Wheels of the Python package index.
    Wheels(&'static [&'static str]),
}

const TOOLS: [Tool; 6] = [
    Tool {
        test: "slurm",
        probe: &["slurmd", "-V"],
        origin: Origin::DebianAsRoot(&["slurm-wlm", "munge"]),
    },
    Tool {
        test: "radv",
        probe: &["sh", "-c", "ls /usr/share/vulkan/icd.d/radeon_icd*"],
        origin: Origin::Debian(&["mesa-vulkan-drivers"]),
    },
    Tool {
        test: "gnuplot",
        probe: &["gnuplot", "--version"],
        origin: Origin::Debian(&["gnuplot-nox"]),
    },
    Tool {
        test: "r_reads",
        probe: &["Rscript", "--version"],
        origin: Origin::Debian(&["r-base-core"]),
    },
    Tool {
        test: "pandas",
        probe: &["python3", "-c", "import pandas, matplotlib"],
        origin: Origin::Wheels(&["pandas", "matplotlib"]),
    },
    Tool {
        test: "duckdb",
        probe: &["duckdb", "--version"],
        origin: Origin::Wheels(&["duckdb-cli"]),
    },
];

/// Runs the tests of each tool that is here or can be had.
///
/// # Errors
///
/// The tests do not build, none has a tool's name, or some of them failed.
pub(crate) fn test(machine: &Machine, shell: &mut dyn Shell, arguments: &[OsString]) -> Result<(), Failure> {
    let mut places = Places::new(machine);
    let mut names = Vec::new();
    let mut missing = Vec::new();
    for tool in &TOOLS {
        match places.provide(tool, shell) {
            Ok(()) => names.push(tool.test),
            Err(reason) => missing.push(format!("{}: {reason}", tool.test)),
        }
    }
    if !names.is_empty() {
        let cargo = cargo::cargo(machine).with(["test", "-p", "joulemark-cli", "--tests"]);
        let tests = places.set(cargo).with(arguments).with(["--", "--ignored"]).with(&names);
        let listed = shell.capture(&tests.clone().with(["--list"]))?;
        let is_there = |name: &&str| {
            listed
                .lines()
                .any(|line| line.contains(*name) && line.ends_with(": test"))
        };
        if let Some(name) = names.iter().find(|name| !is_there(name)) {
            let message = format!("no ignored test has `{name}` in its name.");
            return Err(Failure::new(FAILED, message));
        }
        shell.run(&tests)?;
    }
    if !missing.is_empty() {
        let what = "some tests with programs of other projects did NOT run.";
        announce_untested(shell, what, &missing.join("; "));
    }
    Ok(())
}

/// Where programs are looked for and put.
struct Places<'a> {
    machine: &'a Machine,
    /// The folder of the wheels.
    wheels: Option<PathBuf>,
    /// Whether the lists of packages are fresh.
    refreshed: bool,
}

impl<'a> Places<'a> {
    fn new(machine: &'a Machine) -> Self {
        Self {
            machine,
            wheels: machine.cache_folder().map(|cache| cache.join("joulemark/python")),
            refreshed: false,
        }
    }

    /// The command with the folder of the wheels among its paths.
    fn set(&self, command: Invocation) -> Invocation {
        let Some(wheels) = &self.wheels else { return command };
        let joined = |variable: &str, folder: &Path| {
            let mut list = folder.as_os_str().to_owned();
            if let Some(rest) = self.machine.variable(variable) {
                list.push(":");
                list.push(rest);
            }
            list
        };
        let path = joined("PATH", &wheels.join("bin"));
        command
            .set("PATH", path)
            .set("PYTHONPATH", joined("PYTHONPATH", wheels))
    }

    fn is_here(&self, tool: &Tool, shell: &mut dyn Shell) -> bool {
        // `env` looks its program up in the path that it is given.
        shell.succeeds(&self.set(Invocation::new("env").with(tool.probe)))
    }

    /// Sees to it that the tool is here.
    fn provide(&mut self, tool: &Tool, shell: &mut dyn Shell) -> Result<(), String> {
        if matches!(tool.origin, Origin::DebianAsRoot(_)) && !self.machine.is_root() {
            return Err("its tests need root, and this user is not".into());
        }
        if self.is_here(tool, shell) {
            return Ok(());
        }
        match tool.origin {
            Origin::Debian(packages) | Origin::DebianAsRoot(packages) => self.install(packages, shell)?,
            Origin::Wheels(wheels) => self.download(wheels, shell)?,
        }
        if self.is_here(tool, shell) {
            Ok(())
        } else {
            Err(format!("it was installed, but `{}` fails", tool.probe.join(" ")))
        }
    }

    fn install(&mut self, packages: &[&str], shell: &mut dyn Shell) -> Result<(), String> {
        let manager = PackageManager::Apt;
        if !self.machine.is_root() || PackageManager::of(self.machine) != Some(manager) {
            return Err("it is not here, and xtask installs it as root on Debian only".into());
        }
        if !self.refreshed
            && let Some(refresh) = manager.refresh()
            && let Err(failure) = shell.run(&refresh)
        {
            // One broken source fails the whole refresh; the lists of the others may well do.
            shell.say(&format!("xtask: going on in spite of this: {}", failure.message));
        }
        self.refreshed = true;
        shell
            .run(&manager.install(self.machine, packages))
            .map_err(|failure| failure.message)
    }

    fn download(&self, wheels: &[&str], shell: &mut dyn Shell) -> Result<(), String> {
        let folder = self.wheels.as_ref().ok_or("neither XDG_CACHE_HOME nor HOME is set")?;
        let pip = Invocation::new("python3")
            .with([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--upgrade",
                "--only-binary",
                ":all:",
                "--target",
            ])
            .with([folder])
            .with(wheels);
        shell.run(&pip).map_err(|failure| failure.message)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::fake::{FakeRoot, FakeShell};

    const LIST: &str = "radv: test\non_slurm: test\ngnuplot: test\nr_reads: test\npandas: test\nduckdb: test\n\n5 tests, 0 benchmarks\n";

    fn debian() -> FakeRoot {
        let root = FakeRoot::new();
        root.file("/etc/os-release", "ID=debian\n");
        root.programs(&["apt-get"]);
        root
    }

    #[test]
    fn the_ignored_tests_run_with_the_tools_that_are_here() {
        let root = debian();
        root.as_root();
        let mut shell = FakeShell::default();
        shell.captured = LIST.to_owned();
        test(&root.machine(), &mut shell, &["--locked".into()]).expect("all pass");
        let line = "--tests --locked -- --ignored slurm radv gnuplot r_reads pandas duckdb";
        let last = shell.commands.last().unwrap();
        assert!(last.ends_with(line), "{last}");
        assert!(
            last.contains("PATH=/home/someone/.cache/joulemark/python/bin:/usr/local/bin:/usr/bin"),
            "{last}"
        );
        assert_eq!(shell.said.len(), 0, "{}", shell.spoken());

        let mut shell = FakeShell::default();
        shell.captured = "gnuplot: test\n".into();
        let failure = test(&root.machine(), &mut shell, &[]).expect_err("a tool has no test");
        assert!(
            failure.message.contains("no ignored test has `slurm`"),
            "{}",
            failure.message
        );
    }

    #[test]
    fn what_is_missing_is_got_and_what_cannot_be_had_is_said_loudly() {
        let root = debian();
        let mut shell = FakeShell::default();
        shell.captured = LIST.to_owned();
        shell.fail("gnuplot --version", 1);
        shell.fail("duckdb --version", 1);
        test(&root.machine(), &mut shell, &[]).expect("skipping is no failure");
        assert!(
            shell
                .commands
                .last()
                .unwrap()
                .ends_with("--ignored radv r_reads pandas")
        );
        let spoken = shell.spoken();
        for part in [
            "did NOT run",
            "slurm: its tests need root",
            "gnuplot: it is not here",
            "duckdb: it was installed",
        ] {
            assert!(spoken.contains(part), "{spoken}");
        }
        let pip = shell.commands.iter().find(|line| line.contains("pip")).unwrap();
        assert!(
            pip.ends_with("--target /home/someone/.cache/joulemark/python duckdb-cli"),
            "{pip}"
        );
    }

    #[test]
    fn debians_packages_are_installed_by_root_after_one_refresh() {
        let root = debian();
        root.as_root();
        let installs = Cell::new(0);
        let mut shell = FakeShell::default();
        shell.effect("apt-get install", || installs.set(installs.get() + 1));
        shell.fail("--version", 1);
        test(&root.machine(), &mut shell, &[]).expect_err("nothing is listed");
        let refreshes = shell
            .commands
            .iter()
            .filter(|line| line.contains("apt-get update"))
            .count();
        drop(shell);
        assert_eq!((installs.get(), refreshes), (2, 1));
    }
}
