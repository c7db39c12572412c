//! Why RAPL is not to be had. In: what the machine looks like. Out: one sentence and the exact fix.

use crate::absence::Absence;
use crate::absence::Lack;
use crate::machine::{Machine, lack};
use std::io;
use std::path::Path;

/// There is no zone at all.
pub(super) fn tell(root: &Path, machine: &Machine) -> Absence {
    let powercap = root.join("sys/class/powercap").is_dir() || root.join("sys/devices/virtual/powercap").is_dir();
    let (lack, reason, fix) = if cfg!(not(target_os = "linux")) {
        (
            Lack::Unsupported,
            "RAPL is read through Linux's powercap, and this system is not Linux.".to_owned(),
            "Measure this CPU under Linux, or a GPU with a sensor of its own.",
        )
    } else if let Some(name) = &machine.virtual_machine {
        (
            Lack::Unsupported,
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
            Lack::Unsupported,
            format!("This CPU ({vendor}) has no RAPL."),
            "Use a CPU of Intel or AMD, or a GPU with a sensor of its own.",
        )
    } else if let Some(name) = &machine.container {
        (
            Lack::Forbidden,
            format!("This is a container ({name}) that does not see the host's powercap folder."),
            machine.let_see_powercap(),
        )
    } else if powercap {
        (
            Lack::Missing,
            "The powercap folder holds no RAPL zone: the kernel module is not loaded.".to_owned(),
            "Run `sudo modprobe intel_rapl_msr` (for AMD too; Linux 5.8 or later).",
        )
    } else {
        (
            Lack::Missing,
            "There is no powercap folder: the kernel module for RAPL is not loaded, or the kernel was built without it."
                .to_owned(),
            "Run `sudo modprobe intel_rapl_msr` (for AMD too; Linux 5.8 or later, CONFIG_INTEL_RAPL).",
        )
    };
    Absence::new(lack, "rapl", reason, fix)
}

/// The zone is there, but its counter cannot be read.
pub(super) fn unreadable(id: &str, path: &Path, error: &io::Error, machine: &Machine) -> Absence {
    let file = path.display();
    match lack(error) {
        Lack::Forbidden => {
            let every = "/sys/class/powercap/intel-rapl:*/energy_uj";
            let every = machine.let_read(Path::new(every));
            let reason = format!("{file} may be read by root only (as on most kernels since 2020, CVE-2020-8694).");
            Absence::new(Lack::Forbidden, id, reason, every)
        }
        Lack::Missing => Absence::new(
            Lack::Missing,
            id,
            format!("{file} is not there."),
            "Run `sudo modprobe -r intel_rapl_msr; sudo modprobe intel_rapl_msr`.",
        ),
        Lack::Broken => Absence::new(
            Lack::Broken,
            id,
            format!("{file} cannot be read ({error})."),
            "Look for RAPL in `sudo dmesg`; in a virtual machine the counters may be visible but dead.",
        ),
        _ => machine.unreadable(id, path, error),
    }
}

/// The zone is there, but something else is wrong with it.
pub(super) fn of_zone(id: &str, reason: &str) -> Absence {
    Absence::new(
        Lack::Broken,
        id,
        format!("{reason}."),
        "Report this kernel's version: powercap promises that file.",
    )
}
