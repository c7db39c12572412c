//! What kind of machine this is, as far as it explains missing sensors. In: files of procfs and sysfs, under a
//! root that tests replace. Out: virtual or not, container or not, which CPU.

use crate::absence::Absence;
use crate::absence::Lack;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What Kubernetes calls its containers.
pub(crate) const POD: &str = "kubepods";

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

    /// Why a sensor's file cannot be read, with what mends just that, on this kind of machine.
    pub(crate) fn unreadable(&self, id: impl Into<String>, path: &Path, error: &io::Error) -> Absence {
        let file = path.display();
        let lack = lack(error);
        let (reason, fix) = match lack {
            Lack::Missing => (
                format!("{file} is not there."),
                "Use a kernel whose driver shows it, and look whether the driver is loaded (`lsmod`).".to_owned(),
            ),
            Lack::Forbidden => (format!("{file} may not be read by this user."), self.let_read(path)),
            Lack::Unsupported => (
                format!("{file} is there, but this device or its driver does not support it ({error})."),
                "Use a newer kernel; if that does not help, the device has no such sensor.".to_owned(),
            ),
            Lack::NotYet => (
                format!("{file} cannot be read yet ({error}): the device is asleep, busy or starting."),
                "Wake the device by some work, then start again.".to_owned(),
            ),
            Lack::Broken | Lack::Unwanted => (
                format!("{file} cannot be read ({error})."),
                "Look for the driver's complaint in `sudo dmesg`.".to_owned(),
            ),
        };
        Absence::new(lack, id, reason, fix)
    }

    /// How this user is let read a file of sysfs here.
    pub(crate) fn let_read(&self, path: &Path) -> String {
        let file = path.display();
        match self.container.as_deref() {
            None => format!("Run `sudo chmod a+r {file}` (until the next boot), or as root."),
            Some(POD) => format!(
                "Let the pod run as root (`securityContext: {{runAsUser: 0}}`), or run `sudo chmod a+r {file}` on its node \
                 (until the next boot)."
            ),
            Some(_) => format!(
                "Run `sudo chmod a+r {file}` on the container's host (until the next boot), or start the container with \
                 `--user 0`."
            ),
        }
    }

    /// How the host's powercap folders are brought into the container or pod.
    pub(crate) fn let_see_powercap(&self) -> &'static str {
        if self.container.as_deref() == Some(POD) {
            "On the node run `sudo modprobe intel_rapl_msr`, then mount /sys/class/powercap and \
             /sys/devices/virtual/powercap into the pod as read-only `hostPath` volumes, with `securityContext: \
             {procMount: Unmasked}` or `privileged: true`."
        } else {
            "On the host run `sudo modprobe intel_rapl_msr`, then start the container with \
             `--security-opt systempaths=unconfined -v /sys/class/powercap:/sys/class/powercap:ro -v \
             /sys/devices/virtual/powercap:/sys/devices/virtual/powercap:ro`."
        }
    }

    /// Whether the CPU is of a make that has RAPL.
    pub(crate) fn may_have_rapl(&self) -> bool {
        ["GenuineIntel", "AuthenticAMD", "HygonGenuine"].contains(&self.cpu_vendor.as_str())
    }
}

fn container(root: &Path) -> Option<String> {
    let text = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let service_account = ["var/run/secrets/kubernetes.io", "run/secrets/kubernetes.io"];
    let (cgroup, mounts) = (text("proc/1/cgroup"), text("proc/self/mountinfo"));
    // With cgroup v2 the path says nothing inside, but the files that the runtime mounts still tell.
    if service_account.iter().any(|path| root.join(path).is_dir())
        || cgroup.contains("kubepods")
        || mounts.contains("/kubelet/pods/")
    {
        return Some(POD.to_owned());
    }
    if root.join(".dockerenv").exists() || mounts.contains("/docker/containers/") {
        return Some("Docker".to_owned());
    }
    if root.join("run/.containerenv").exists() {
        return Some("Podman".to_owned());
    }
    ["docker", "lxc", "containerd"]
        .into_iter()
        .find(|name| cgroup.contains(name))
        .map(str::to_owned)
}

/// What is lacking where a file gives this error.
pub(crate) fn lack(error: &io::Error) -> Lack {
    // Linux: EAGAIN, EBUSY and ENODATA mean later; ENOSYS, ENOTTY, EINVAL and EOPNOTSUPP never.
    match (error.kind(), error.raw_os_error()) {
        (io::ErrorKind::NotFound, _) | (_, Some(6 | 19)) => Lack::Missing,
        (io::ErrorKind::PermissionDenied, _) => Lack::Forbidden,
        (_, Some(11 | 16 | 61 | 110)) => Lack::NotYet,
        (io::ErrorKind::Unsupported, _) | (_, Some(22 | 25 | 38 | 95)) => Lack::Unsupported,
        _ => Lack::Broken,
    }
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

/// The number in a file of the kernel, in units of `scale`.
pub(crate) fn scaled(path: &Path, scale: f64) -> Option<f64> {
    number(path).map(|value| value as f64 * scale)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_a_file_is_its_own_lack_with_its_own_fix() {
        let machine = |container: Option<&str>| Machine {
            virtual_machine: None,
            container: container.map(str::to_owned),
            cpu_vendor: "AuthenticAMD".into(),
        };
        for (error, expected, word, fix) in [
            (2, Lack::Missing, "is not there", "lsmod"),
            (19, Lack::Missing, "is not there", "lsmod"),
            (13, Lack::Forbidden, "may not be read by this user", "chmod a+r /sys/x"),
            (1, Lack::Forbidden, "may not be read by this user", "chmod a+r /sys/x"),
            (95, Lack::Unsupported, "does not support it", "newer kernel"),
            (22, Lack::Unsupported, "does not support it", "newer kernel"),
            (11, Lack::NotYet, "cannot be read yet", "Wake the device"),
            (61, Lack::NotYet, "cannot be read yet", "Wake the device"),
            (5, Lack::Broken, "cannot be read", "dmesg"),
        ] {
            let error = io::Error::from_raw_os_error(error);
            let absence = machine(None).unreadable("x", Path::new("/sys/x"), &error);
            assert_eq!((absence.lack, lack(&error)), (expected, expected), "{error}");
            assert!(absence.reason.contains(word) && absence.fix.contains(fix), "{absence}");
        }
        let forbidden = io::Error::from_raw_os_error(13);
        for (container, fix) in [("Docker", "container's host"), (POD, "on its node")] {
            let absence = machine(Some(container)).unreadable("x", Path::new("/sys/x"), &forbidden);
            assert!(absence.fix.contains(fix), "{absence}");
        }
    }
}
