//! What kind of machine this is, as far as it explains missing sensors. Comes in: files of procfs and sysfs, under a
//! root that tests replace. Goes out: virtual or not, container or not, which CPU.

use std::fs;
use std::path::{Path, PathBuf};

/// The facts that explain why a sensor is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Machine {
    /// "a virtual machine", with its product's name where it tells one, if the CPU says that it is virtual.
    pub(crate) virtual_machine: Option<String>,
    /// The container runtime's name, if this is a container.
    pub(crate) container: Option<String>,
    /// `GenuineIntel`, `AuthenticAMD` …; empty on other architectures.
    pub(crate) cpu_vendor: String,
}

impl Machine {
    pub(crate) fn look(root: &Path) -> Self {
        let cpuinfo = fs::read_to_string(root.join("proc/cpuinfo")).unwrap_or_default();
        let field = |name: &str| {
            let line = cpuinfo
                .lines()
                .find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let flags = field("flags").unwrap_or_default();
        let virtual_machine = flags.split_whitespace().any(|flag| flag == "hypervisor").then(|| {
            let name = first_line(&root.join("sys/class/dmi/id/product_name"))
                .or_else(|| first_line(&root.join("sys/hypervisor/type")));
            name.map_or_else(
                || "a virtual machine".to_owned(),
                |name| format!("a virtual machine ({name})"),
            )
        });
        Self {
            virtual_machine,
            container: container(root),
            cpu_vendor: field("vendor_id").unwrap_or_default(),
        }
    }

    /// Whether the CPU is of a make that has RAPL.
    pub(crate) fn may_have_rapl(&self) -> bool {
        ["GenuineIntel", "AuthenticAMD", "HygonGenuine"].contains(&self.cpu_vendor.as_str())
    }
}

fn container(root: &Path) -> Option<String> {
    if root.join(".dockerenv").exists() {
        return Some("Docker".to_owned());
    }
    if root.join("run/.containerenv").exists() {
        return Some("Podman".to_owned());
    }
    let cgroup = fs::read_to_string(root.join("proc/1/cgroup")).unwrap_or_default();
    ["kubepods", "docker", "lxc", "containerd"]
        .into_iter()
        .find(|name| cgroup.contains(name))
        .map(str::to_owned)
}

/// The first line of a small file, trimmed; `None` if it cannot be read or is empty.
pub(crate) fn first_line(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// The whole number in a small file.
pub(crate) fn number(path: &Path) -> Option<u64> {
    first_line(path)?.parse().ok()
}

/// The folders in a folder whose names start so, sorted by name; empty if there is no such folder.
pub(crate) fn folders(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}
