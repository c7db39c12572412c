//! Sees to it that there is an adapter: looks for one and, where there is none, installs the software driver, or says
//! which line would. The machine and a shell come in; commands run.

use crate::adapter::{self, Adapter};
use crate::failure::{CANNOT_INSTALL, FAILED, Failure};
use crate::invocation::Invocation;
use crate::machine::{Machine, System};
use crate::package_manager::PackageManager;
use crate::shell::Shell;

/// How this user may install packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rights {
    Root,
    Sudo,
}

impl Rights {
    fn of(machine: &Machine, shell: &mut dyn Shell) -> Option<Self> {
        if machine.is_root() {
            return Some(Self::Root);
        }
        // `-n`: sudo fails where it would ask for a password.
        let question = Invocation::new("sudo").with(["-n", "true"]);
        (machine.has_program("sudo") && shell.succeeds(&question)).then_some(Self::Sudo)
    }

    fn given_to(self, command: Invocation) -> Invocation {
        match self {
            Self::Root => command,
            Self::Sudo => Invocation::new("sudo")
                .with(["-n"])
                .with([command.program])
                .with(command.arguments),
        }
    }
}

/// Returns once there is an adapter; says which, and each thing that it did for it.
///
/// # Errors
///
/// Exit status 3 where the driver may not be installed from here (the message holds the line to run), 1 where installing
/// failed or did not help.
pub(crate) fn ensure_adapter(machine: &Machine, shell: &mut dyn Shell) -> Result<(), Failure> {
    let (looked_at, forced_by) = match adapter::find(machine) {
        Adapter::Found { summary } => {
            shell.say(&format!("xtask: adapter: {summary}"));
            return Ok(());
        }
        Adapter::Missing { looked_at, forced_by } => (looked_at, forced_by),
    };
    shell.say("xtask: there is no graphics driver that can be used:");
    for line in &looked_at {
        shell.say(&format!("  {line}"));
    }
    if let Some(name) = forced_by {
        let message = format!("{name} keeps every other driver from being found; this line helps:\n  unset {name}");
        return Err(Failure::new(CANNOT_INSTALL, message));
    }
    let manager = if machine.system == System::Linux {
        PackageManager::of(machine)
    } else {
        None
    };
    let Some(manager) = manager else {
        return Err(Failure::new(
            CANNOT_INSTALL,
            "no package manager that xtask knows (apt-get, dnf, pacman, apk, zypper) is here: install Mesa's software \
             Vulkan driver (lavapipe) and the Vulkan loader by this system's own means.",
        ));
    };
    let line = line_for_person(machine, manager);
    let Some(rights) = Rights::of(machine, shell) else {
        let sudo = if machine.has_program("sudo") {
            "sudo would ask for a password"
        } else {
            "sudo is not here"
        };
        return Err(Failure::new(
            CANNOT_INSTALL,
            format!("this user is not root and {sudo}, so run this line, then try again:\n  {line}"),
        ));
    };
    install(machine, shell, manager, rights).map_err(|failure| {
        Failure::new(
            FAILED,
            format!("{} Set this right, or run it yourself:\n  {line}", failure.message),
        )
    })?;
    match adapter::find(machine) {
        Adapter::Found { summary } => {
            shell.say(&format!("xtask: adapter: {summary}"));
            Ok(())
        }
        Adapter::Missing { looked_at, .. } => Err(Failure::new(
            FAILED,
            format!(
                "the software Vulkan driver was installed but cannot be used:\n  {}",
                looked_at.join("\n  ")
            ),
        )),
    }
}

fn install(machine: &Machine, shell: &mut dyn Shell, manager: PackageManager, rights: Rights) -> Result<(), Failure> {
    let packages = manager.driver_packages();
    shell.say(&format!(
        "xtask: installing the software Vulkan driver with {}: {}",
        manager.program(),
        packages.join(" ")
    ));
    if let Some(refresh) = manager.refresh()
        && let Err(failure) = shell.run(&rights.given_to(refresh))
    {
        // One broken source fails the whole refresh; the lists of the others may well do.
        shell.say(&format!("xtask: going on in spite of this: {}", failure.message));
    }
    shell.run(&rights.given_to(manager.install(machine, &packages)))
}

/// The one line that somebody with the rights can run.
fn line_for_person(machine: &Machine, manager: PackageManager) -> String {
    let line = manager.line();
    if machine.is_root() {
        line
    } else if machine.has_program("sudo") {
        format!("sudo {}", line.replace("&& ", "&& sudo "))
    } else {
        format!("su -c '{line}'")
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::fake::{FakeRoot, FakeShell};

    const INSTALL: &str =
        "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends mesa-vulkan-drivers libvulkan1";

    fn debian(programs: &[&str]) -> FakeRoot {
        let root = FakeRoot::new();
        root.file("/etc/os-release", "ID=debian\n");
        root.programs(&["apt-get"]);
        root.programs(programs);
        root
    }

    fn installing<'a>(root: &'a FakeRoot, part: &str) -> FakeShell<'a> {
        let mut shell = FakeShell::default();
        shell.effect(part, || {
            root.loader();
            root.driver("lvp_icd.json", "libvulkan_lvp.so");
        });
        shell
    }

    #[test]
    fn a_driver_that_is_there_is_left_alone() {
        let root = FakeRoot::with_lavapipe();
        let mut shell = FakeShell::default();
        ensure_adapter(&root.machine(), &mut shell).expect("lavapipe is there");
        assert!(shell.commands.is_empty(), "{:?}", shell.commands);
        assert!(shell.spoken().contains("lvp_icd.json"), "{}", shell.spoken());
    }

    #[test]
    fn root_installs_directly() {
        let root = debian(&["sudo"]);
        root.as_root();
        let mut shell = installing(&root, "apt-get install");
        ensure_adapter(&root.machine(), &mut shell).expect("the driver gets installed");
        assert_eq!(shell.commands, ["apt-get update", INSTALL]);
        assert!(
            shell
                .spoken()
                .contains("installing the software Vulkan driver with apt-get"),
            "{}",
            shell.spoken()
        );
    }

    #[test]
    fn others_install_through_sudo_without_a_password() {
        let root = debian(&["sudo"]);
        let mut shell = installing(&root, "apt-get install");
        ensure_adapter(&root.machine(), &mut shell).expect("the driver gets installed");
        let expected = ["sudo -n true", "sudo -n apt-get update", &format!("sudo -n {INSTALL}")];
        assert_eq!(shell.commands, expected);
    }

    #[test]
    fn sudo_that_wants_a_password_leaves_the_line_to_the_user() {
        let root = debian(&["sudo"]);
        let mut shell = FakeShell::default();
        shell.fail("sudo -n true", 1);
        let failure = ensure_adapter(&root.machine(), &mut shell).expect_err("no rights");
        assert_eq!(failure.exit_status, CANNOT_INSTALL);
        let line = "\n  sudo apt-get update && sudo apt-get install -y mesa-vulkan-drivers libvulkan1";
        assert!(failure.message.ends_with(line), "{}", failure.message);
        assert_eq!(shell.commands, ["sudo -n true"]);
    }

    #[test]
    fn without_sudo_the_line_uses_su() {
        let root = FakeRoot::new();
        root.file("/etc/os-release", "ID=alpine\n");
        root.programs(&["apk"]);
        let failure = ensure_adapter(&root.machine(), &mut FakeShell::default()).expect_err("no rights");
        assert_eq!(failure.exit_status, CANNOT_INSTALL);
        assert!(
            failure
                .message
                .ends_with("\n  su -c 'apk add mesa-vulkan-swrast vulkan-loader'"),
            "{}",
            failure.message
        );
    }

    #[test]
    fn no_known_package_manager_has_exit_status_3_too() {
        let root = FakeRoot::new();
        root.as_root();
        let failure = ensure_adapter(&root.machine(), &mut FakeShell::default()).expect_err("nothing to install with");
        assert_eq!(failure.exit_status, CANNOT_INSTALL);
        assert!(failure.message.contains("lavapipe"), "{}", failure.message);
    }

    #[test]
    fn a_failed_refresh_does_not_end_it_but_a_failed_install_does() {
        let root = debian(&[]);
        root.as_root();
        let mut shell = installing(&root, "apt-get install");
        shell.fail("apt-get update", 100);
        ensure_adapter(&root.machine(), &mut shell).expect("the lists that are there do");

        let root = debian(&[]);
        root.as_root();
        let mut shell = FakeShell::default();
        shell.fail("apt-get install", 100);
        let failure = ensure_adapter(&root.machine(), &mut shell).expect_err("it cannot be installed");
        assert_eq!(failure.exit_status, FAILED);
        assert!(
            failure.message.contains("\n  apt-get update && apt-get install"),
            "{}",
            failure.message
        );
    }

    #[test]
    fn an_install_that_does_not_help_is_a_failure() {
        let root = debian(&[]);
        root.as_root();
        let failure = ensure_adapter(&root.machine(), &mut FakeShell::default()).expect_err("nothing was installed");
        assert_eq!(failure.exit_status, FAILED);
        assert!(failure.message.contains("no libvulkan.so.1"), "{}", failure.message);
    }

    #[test]
    fn a_variable_that_hides_the_drivers_is_the_users_to_unset() {
        let root = debian(&[]);
        root.as_root();
        let mut shell = FakeShell::default();
        let machine = root.machine_with(&[("PATH", "/usr/bin"), ("VK_DRIVER_FILES", "/gone.json")]);
        let failure = ensure_adapter(&machine, &mut shell).expect_err("installing would not help");
        assert_eq!(failure.exit_status, CANNOT_INSTALL);
        assert!(
            failure.message.ends_with("\n  unset VK_DRIVER_FILES"),
            "{}",
            failure.message
        );
        assert!(shell.commands.is_empty(), "{:?}", shell.commands);
    }
}
