//! Sees to it that there is an adapter: looks for one and, where there is none, installs the software driver, or says which
//! line would.

use std::process::Command;

use crate::adapter;
use crate::command::{Failure, run, say, succeeds};
use crate::package_manager::PackageManager;

/// The variables that, where set, keep the Vulkan loader from its own search for drivers.
const OVERRIDES: [&str; 2] = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];

/// Returns once there is an adapter; says which, and each thing that it did for it.
///
/// # Errors
/// Exit status 3 where the driver may not be installed from here (the message holds the line to run), 1 where installing
/// failed or did not help.
pub(crate) fn ensure_adapter() -> Result<(), Failure> {
    let why = match adapter::find() {
        Ok(adapter) => return found(&adapter),
        Err(why) => why,
    };
    say(&format!("xtask: there is no graphics driver that can be used: {why}"));
    if let Some(name) = OVERRIDES
        .iter()
        .find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
    {
        return Err(Failure::cannot_install(format!(
            "{name} keeps every other driver from being found; this line helps:\n  unset {name}"
        )));
    }
    let manager = manager().ok_or_else(|| {
        Failure::cannot_install(
            "no package manager that xtask knows (apt-get, dnf, pacman, apk, zypper) is here: install Mesa's software \
             Vulkan driver (lavapipe) and the Vulkan loader by this system's own means.",
        )
    })?;
    let (root, has_sudo) = (is_root(), is_on_path("sudo"));
    let line = manager.line(root, has_sudo);
    let may_install = root || (has_sudo && succeeds(Command::new("sudo").args(["-n", "true"])));
    if !may_install {
        let sudo = if has_sudo {
            "sudo would ask for a password"
        } else {
            "sudo is not here"
        };
        return Err(Failure::cannot_install(format!(
            "this user is not root and {sudo}, so run this line, then try again:\n  {line}"
        )));
    }
    say(&format!(
        "xtask: installing the software Vulkan driver with {}: {}",
        manager.program, manager.packages
    ));
    if let Some(mut refresh) = manager.refresh(!root)
        && let Err(failure) = run(&mut refresh)
    {
        // One broken source fails the whole refresh; the lists of the others may well do.
        say(&format!("xtask: going on in spite of this: {}", failure.message));
    }
    run(&mut manager.install(!root)).map_err(|failure| {
        Failure::new(format!(
            "{} Set this right, or run it yourself:\n  {line}",
            failure.message
        ))
    })?;
    match adapter::find() {
        Ok(adapter) => found(&adapter),
        Err(why) => Err(Failure::new(format!(
            "the software Vulkan driver was installed but cannot be used: {why}"
        ))),
    }
}

fn found(adapter: &str) -> Result<(), Failure> {
    say(&format!("xtask: adapter: {adapter}"));
    Ok(())
}

fn manager() -> Option<&'static PackageManager> {
    let read = |path| std::fs::read_to_string(path).ok();
    let release = read("/etc/os-release").or_else(|| read("/usr/lib/os-release"));
    PackageManager::of(&release.unwrap_or_default(), is_on_path)
}

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Whether this process has root rights (its effective user id, as Linux tells it).
fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ids = status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))
        .unwrap_or_default();
    ids.split_whitespace().nth(1) == Some("0")
}
