//! The calls of cargo that xtask makes, always from the workspace's root.

use std::ffi::OsString;
use std::path::Path;

use crate::invocation::Invocation;
use crate::machine::{Machine, System};

/// `cargo bench ARGUMENTS`.
pub(crate) fn bench(machine: &Machine, arguments: &[OsString]) -> Invocation {
    cargo(machine).with(["bench"]).with(arguments)
}

/// `cargo test --workspace ARGUMENTS`.
pub(crate) fn test(machine: &Machine, arguments: &[OsString]) -> Invocation {
    cargo(machine).with(["test", "--workspace"]).with(arguments)
}

/// Cargo itself, in the workspace's root.
pub(crate) fn cargo(machine: &Machine) -> Invocation {
    // Cargo sets both variables for what `cargo run` starts.
    let command = Invocation::new(machine.variable("CARGO").unwrap_or("cargo"));
    let package = machine
        .variable("CARGO_MANIFEST_DIR")
        .unwrap_or(env!("CARGO_MANIFEST_DIR"));
    let workspace = Path::new(package).ancestors().nth(2).unwrap_or(Path::new("."));
    quiet_vulkan(machine, command.within(workspace))
}

/// Software Vulkan complains on standard error, again and again, where `XDG_RUNTIME_DIR` is not set (containers, CI).
fn quiet_vulkan(machine: &Machine, command: Invocation) -> Invocation {
    if machine.system == System::Linux && machine.variable("XDG_RUNTIME_DIR").is_none() {
        command.set("XDG_RUNTIME_DIR", std::env::temp_dir())
    } else {
        command
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::fake::FakeRoot;

    #[test]
    fn cargo_runs_in_the_workspace_that_holds_xtask() {
        let root = FakeRoot::new();
        let machine = root.machine_with(&[
            ("CARGO", "/rust/cargo"),
            ("CARGO_MANIFEST_DIR", "/src/joulemark/crates/xtask"),
        ]);
        let command = bench(&machine, &[]);
        assert_eq!(command.program, "/rust/cargo");
        assert_eq!(command.folder.as_deref(), Some(Path::new("/src/joulemark")));
    }

    #[test]
    fn the_runtime_folder_is_set_on_linux_only_and_only_if_missing() {
        let root = FakeRoot::new();
        let variable = |machine: &Machine| test(machine, &[]).environment.first().map(|(name, _)| name.clone());
        assert_eq!(variable(&root.machine()).as_deref(), Some("XDG_RUNTIME_DIR"));
        assert_eq!(
            variable(&root.machine_with(&[("XDG_RUNTIME_DIR", "/run/user/1000")])),
            None
        );
        assert_eq!(variable(&Machine::fake(System::MacOs, root.path(), &[])), None);
    }
}
