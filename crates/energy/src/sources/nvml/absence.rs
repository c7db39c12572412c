//! Why NVML is not to be had. In: what failed and what the machine looks like. Out: one sentence and the fix.

use super::board::NvmlFault;
use crate::absence::Absence;
use crate::absence::Lack;
use crate::machine::{Machine, POD, first_line, folders};
use std::path::Path;

/// Whether the PCI bus has a display device of NVIDIA (vendor 10de, class 03xxxx).
pub(super) fn has_nvidia_gpu(root: &Path) -> bool {
    folders(&root.join("sys/bus/pci/devices"), "").iter().any(|device| {
        first_line(&device.join("vendor")).as_deref() == Some("0x10de")
            && first_line(&device.join("class")).is_some_and(|class| class.starts_with("0x03"))
    })
}

/// How an NVIDIA GPU is brought into the container or pod.
pub(super) fn let_see_nvidia(machine: &Machine) -> &'static str {
    if machine.container.as_deref() == Some(POD) {
        "Ask for `resources: {limits: {nvidia.com/gpu: 1}}` with `runtimeClassName: nvidia` and the environment \
         `NVIDIA_DRIVER_CAPABILITIES=all`."
    } else {
        "Start the container with `--gpus all -e NVIDIA_DRIVER_CAPABILITIES=all`."
    }
}

/// The library could not be opened.
pub(super) fn of_library(fault: &NvmlFault, root: &Path, machine: &Machine) -> Absence {
    let here = has_nvidia_gpu(root);
    match fault {
        NvmlFault::NoLibrary(_) | NvmlFault::NoDriver if !here && cfg!(target_os = "linux") => Absence::new(
            Lack::Missing,
            "nvml",
            "There is no NVIDIA GPU on the PCI bus, and no NVIDIA driver.",
            "Nothing to mend, unless a GPU should be here: then look for it in `lspci`.",
        ),
        NvmlFault::NoLibrary(_) if machine.container.is_some() => Absence::new(
            Lack::Missing,
            "nvml",
            "There is an NVIDIA GPU, but this container does not have the NVML library (libnvidia-ml.so.1).",
            let_see_nvidia(machine),
        ),
        NvmlFault::NotYet(text) => Absence::new(
            Lack::NotYet,
            "nvml",
            format!("NVML is not ready yet ({text})."),
            "Wait for the driver (`sudo nvidia-smi -pm 1` keeps it awake), then start again.",
        ),
        NvmlFault::Mismatch => Absence::new(
            Lack::Broken,
            "nvml",
            "The NVML library and the NVIDIA kernel driver are of two versions, as after an update.",
            "Restart the machine, or reload the driver (`sudo rmmod nvidia_uvm nvidia; sudo modprobe nvidia`).",
        ),
        NvmlFault::NoLibrary(_) => Absence::new(
            Lack::Missing,
            "nvml",
            "There is an NVIDIA GPU, but not the NVML library (libnvidia-ml.so.1, nvml.dll on Windows).",
            "Install NVIDIA's own driver, on Debian and Ubuntu the package libnvidia-ml1 or libnvidia-compute-NNN of the \
             driver's version; the open nouveau driver has no energy sensor.",
        ),
        NvmlFault::NoDriver => Absence::new(
            Lack::Missing,
            "nvml",
            "The NVML library is here, but the NVIDIA kernel driver is not loaded.",
            "Run `sudo modprobe nvidia`; if that fails, the driver's version and the kernel's do not fit.",
        ),
        NvmlFault::NoPermission => Absence::new(
            Lack::Forbidden,
            "nvml",
            "NVML may not be used by this user.",
            "Run as a user who can open /dev/nvidiactl (`ls -l /dev/nvidia*` shows the group).",
        ),
        other => Absence::new(
            Lack::Broken,
            "nvml",
            format!("NVML could not be started ({other:?})."),
            "Look whether `nvidia-smi` works; if it does not, the driver needs a restart.",
        ),
    }
}

/// One query of one board was refused: which lack it is, and what mends just that.
pub(super) fn of_query(id: &str, what: &str, fault: &NvmlFault, machine: &Machine) -> Absence {
    let (lack, reason, fix) = match fault {
        NvmlFault::Unsupported => (
            Lack::Unsupported,
            format!("This GPU or its driver has no {what}."),
            "Use a GPU of the Volta generation or later with a driver of version 530 or later; some laptop boards have no \
             power sensor at all."
                .to_owned(),
        ),
        NvmlFault::NoPermission => (
            Lack::Forbidden,
            format!("This user may not read the {what}."),
            match machine.container {
                Some(_) => let_see_nvidia(machine).to_owned(),
                None => "Run as root, or as a user who can open /dev/nvidiactl and /dev/nvidia0 (`ls -l /dev/nvidia*`)."
                    .to_owned(),
            },
        ),
        NvmlFault::NotYet(text) => (
            Lack::NotYet,
            format!("The {what} cannot be read yet ({text})."),
            "Wake the GPU by some work (`sudo nvidia-smi -pm 1` keeps it awake), then start again.".to_owned(),
        ),
        NvmlFault::Lost | NvmlFault::NotFound | NvmlFault::NoDriver | NvmlFault::NoLibrary(_) => (
            Lack::Missing,
            format!("The GPU fell off the bus, and its {what} with it."),
            "Look at `sudo dmesg | grep -i xid`; the machine needs a restart.".to_owned(),
        ),
        NvmlFault::Mismatch | NvmlFault::Other(_) => (
            Lack::Broken,
            format!("The {what} cannot be read ({fault:?})."),
            "Look whether `nvidia-smi -q -d POWER` works.".to_owned(),
        ),
    };
    Absence::new(lack, id, reason, fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn each_failure_has_its_own_sentence() {
        let bare = tempfile::TempDir::new().expect("a temporary folder");
        let with_gpu = tempfile::TempDir::new().expect("a temporary folder");
        let device = with_gpu.path().join("sys/bus/pci/devices/0000:65:00.0");
        fs::create_dir_all(&device).expect("writable");
        fs::write(device.join("vendor"), "0x10de\n").expect("writable");
        fs::write(device.join("class"), "0x030200\n").expect("writable");
        let host = Machine {
            virtual_machine: None,
            container: None,
            cpu_vendor: "GenuineIntel".into(),
        };
        let inside = Machine {
            container: Some("Docker".into()),
            ..host.clone()
        };
        let missing = NvmlFault::NoLibrary("cannot open".into());
        let cases = [
            (of_library(&missing, bare.path(), &host), "no NVIDIA GPU", "lspci"),
            (
                of_library(&missing, with_gpu.path(), &host),
                "not the NVML library",
                "driver",
            ),
            (
                of_library(&missing, with_gpu.path(), &inside),
                "this container",
                "--gpus all",
            ),
            (
                of_library(&NvmlFault::NoDriver, with_gpu.path(), &host),
                "not loaded",
                "modprobe nvidia",
            ),
            (
                of_library(&NvmlFault::NoPermission, with_gpu.path(), &host),
                "this user",
                "/dev/nvidiactl",
            ),
            (
                of_library(&NvmlFault::Other("odd".into()), with_gpu.path(), &host),
                "odd",
                "nvidia-smi",
            ),
        ];
        for (absence, reason, fix) in cases {
            assert!(
                absence.reason.contains(reason) && absence.fix.contains(fix),
                "{absence}"
            );
        }
    }
}
