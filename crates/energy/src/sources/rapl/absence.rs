//! Why RAPL is not to be had. Comes in: what the machine looks like. Goes out: one sentence and the exact fix.

use super::zone::Zone;
use crate::Absence;
use crate::machine::Machine;
use std::io;
use std::path::Path;

/// There is no zone at all.
pub(crate) fn tell(root: &Path, machine: &Machine) -> Absence {
    let powercap = root.join("sys/class/powercap").is_dir() || root.join("sys/devices/virtual/powercap").is_dir();
    let (reason, fix) = if cfg!(not(target_os = "linux")) {
        (
            "RAPL is read through Linux's powercap, and this system is not Linux.".to_owned(),
            "Measure this CPU under Linux, or a GPU with a sensor of its own.",
        )
    } else if let Some(name) = &machine.virtual_machine {
        (
            format!("This is {name}, and hypervisors hide the CPU's energy counters."),
            "Run on the host or on bare metal; no setting inside the guest can bring the counters in.",
        )
    } else if !machine.may_have_rapl() {
        let vendor = if machine.cpu_vendor.is_empty() {
            "not an x86 CPU"
        } else {
            &machine.cpu_vendor
        };
        (
            format!("This CPU ({vendor}) has no RAPL."),
            "Use a CPU of Intel or AMD, or a GPU with a sensor of its own.",
        )
    } else if let Some(name) = &machine.container {
        (
            format!("This is a container ({name}) that does not see the host's powercap folder."),
            "On the host run `sudo modprobe intel_rapl_msr`, then start the container with \
             `--security-opt systempaths=unconfined -v /sys/class/powercap:/sys/class/powercap:ro -v \
             /sys/devices/virtual/powercap:/sys/devices/virtual/powercap:ro`.",
        )
    } else if powercap {
        (
            "The powercap folder holds no RAPL zone: the kernel module is not loaded.".to_owned(),
            "Run `sudo modprobe intel_rapl_msr` (for AMD too; Linux 5.8 or later).",
        )
    } else {
        (
            "There is no powercap folder: the kernel module for RAPL is not loaded, or the kernel was built without it."
                .to_owned(),
            "Run `sudo modprobe intel_rapl_msr` (for AMD too; Linux 5.8 or later, CONFIG_INTEL_RAPL).",
        )
    };
    Absence::new("rapl", reason, fix)
}

/// The zone is there, but its counter cannot be read.
pub(super) fn unreadable(id: &str, zone: &Zone, error: &io::Error) -> Absence {
    let file = zone.energy_file();
    let file = file.display();
    if error.kind() == io::ErrorKind::PermissionDenied {
        Absence::new(
            id,
            format!("{file} may be read by root only (as on most kernels since 2020, CVE-2020-8694)."),
            "Run `sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj` (until the next boot), or as root.",
        )
    } else if error.kind() == io::ErrorKind::NotFound {
        Absence::new(
            id,
            format!("{file} is not there."),
            "Run `sudo modprobe -r intel_rapl_msr; sudo modprobe intel_rapl_msr`.",
        )
    } else {
        Absence::new(
            id,
            format!("{file} cannot be read ({error})."),
            "Look for RAPL in `sudo dmesg`; in a virtual machine the counters may be visible but dead.",
        )
    }
}

/// The zone is there, but something else is wrong with it.
pub(super) fn of_zone(id: &str, reason: &str) -> Absence {
    Absence::new(
        id,
        format!("{reason}."),
        "Report this kernel's version: powercap promises that file.",
    )
}
