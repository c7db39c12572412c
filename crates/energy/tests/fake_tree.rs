//! Machines of all kinds as trees of files: which sensors are found, what they count towards, and what is said where
//! one is missing.
#![cfg(unix)]

use joulemark_base::device_class::DeviceClass;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_energy::{DeviceIdentity, Meter, Request};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

/// A machine under a temporary root.
struct Tree(TempDir);

impl Tree {
    fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    fn with(self, path: &str, text: &str) -> Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("writable");
        fs::write(path, text).expect("writable");
        self
    }

    fn with_zone(self, path: &str, name: &str) -> Self {
        let zone = format!("sys/class/powercap/{path}");
        self.with(&format!("{zone}/name"), name)
            .with(&format!("{zone}/energy_uj"), "123456\n")
            .with(&format!("{zone}/max_energy_range_uj"), "262143328850\n")
    }

    fn with_gpu(self, hwmon: &str, driver: &str, pci: &str) -> Self {
        let tree = self
            .with(&format!("sys/class/hwmon/{hwmon}/name"), driver)
            .with(&format!("sys/devices/pci0000:00/{pci}/vendor"), "0x8086");
        let device = tree.0.path().join("sys/devices/pci0000:00").join(pci);
        symlink(device, tree.0.path().join(format!("sys/class/hwmon/{hwmon}/device"))).expect("a fresh link");
        tree
    }

    fn with_cpu(self, vendor: &str, flags: &str) -> Self {
        self.with(
            "proc/cpuinfo",
            &format!("processor\t: 0\nvendor_id\t: {vendor}\nflags\t\t: fpu {flags}\n"),
        )
    }

    fn open(&self, class: DeviceClass, pci: Option<&str>, choice: &str) -> Meter {
        let device = DeviceIdentity {
            pci_bus_id: pci.map(str::to_owned),
            ..DeviceIdentity::named(class, "Test GPU")
        };
        let choice = choice.parse().expect("a source choice");
        Meter::open(&Request {
            root: self.0.path().to_owned(),
            device,
            choice,
        })
    }
}

fn roles(meter: &Meter) -> BTreeMap<String, Role> {
    let sources = &meter.inventory().sources;
    sources
        .iter()
        .map(|entry| (entry.description.id.clone(), entry.description.role))
        .collect()
}

fn socket_tree() -> Tree {
    Tree::new()
        .with_cpu("GenuineIntel", "")
        .with_zone("intel-rapl/intel-rapl:0", "package-0")
        .with_zone("intel-rapl/intel-rapl:0/intel-rapl:0:0", "core")
        .with_zone("intel-rapl/intel-rapl:0/intel-rapl:0:1", "dram")
        .with_zone("intel-rapl/intel-rapl:1", "package-1")
        .with_zone("intel-rapl/intel-rapl:2", "psys")
        .with_zone("intel-rapl-mmio/intel-rapl-mmio:0", "package-0")
}

#[test]
fn packages_and_their_memory_count_and_nothing_twice() {
    let tree = socket_tree();
    let found = roles(&tree.open(DeviceClass::Cpu, None, "auto"));
    let expected = [
        ("rapl:package-0", Role::Device),
        ("rapl:package-0:core", Role::Listed),
        ("rapl:package-0:dram", Role::Device),
        ("rapl:package-0:mmio", Role::Listed),
        ("rapl:package-1", Role::Device),
        ("rapl:psys", Role::Listed),
    ];
    assert_eq!(found, expected.map(|(id, role)| (id.to_owned(), role)).into());
    let beside = roles(&tree.open(DeviceClass::Discrete, Some("0000:03:00.0"), "rapl"));
    assert_eq!(beside["rapl:package-1"], Role::Host);
    assert!(beside.values().all(|role| *role != Role::Device));
}

#[test]
fn a_counter_that_stands_still_gives_no_joules() {
    let mut meter = socket_tree().open(DeviceClass::Cpu, None, "auto");
    let note = &meter.inventory().sources[0].description.note;
    assert!(note.contains("did not move"), "{note}");
    meter.start();
    let start = meter.now();
    let energy = meter.measure(start, start.plus_s(0.1));
    assert_eq!(
        (energy.device.energy_j, energy.device.quality),
        (None, Quality::Invalid)
    );
}

#[test]
fn two_channels_of_one_chip_stay_two() {
    let tree = Tree::new()
        .with_gpu("hwmon4", "xe", "0000:03:00.0")
        .with("sys/class/hwmon/hwmon4/energy1_input", "5000000")
        .with("sys/class/hwmon/hwmon4/energy1_label", "card")
        .with("sys/class/hwmon/hwmon4/energy2_input", "3000000")
        .with("sys/class/hwmon/hwmon4/energy2_label", "pkg")
        .with_gpu("hwmon5", "i915", "0000:09:00.0")
        .with("sys/class/hwmon/hwmon5/energy1_input", "1000000");
    let meter = tree.open(DeviceClass::Discrete, Some("0000:03:00.0"), "hwmon");
    let expected = [
        ("hwmon:0000:03:00.0:xe:energy1_input", Role::Device),
        ("hwmon:0000:03:00.0:xe:energy2_input", Role::Listed),
        ("hwmon:0000:09:00.0:i915:energy1_input", Role::Listed),
    ];
    assert_eq!(roles(&meter), expected.map(|(id, role)| (id.to_owned(), role)).into());
}

#[test]
fn an_amd_gpu_shows_power_and_state() {
    let tree = Tree::new()
        .with_gpu("hwmon1", "amdgpu", "0000:0a:00.0")
        .with("sys/class/hwmon/hwmon1/power1_average", "61000000")
        .with("sys/class/hwmon/hwmon1/power1_input", "64000000")
        .with("sys/class/hwmon/hwmon1/power1_cap", "303000000")
        .with("sys/class/hwmon/hwmon1/temp1_input", "47000")
        .with("sys/class/hwmon/hwmon1/freq1_input", "2304000000");
    let meter = tree.open(DeviceClass::Discrete, Some("0000:0a:00.0"), "auto");
    assert_eq!(roles(&meter)["hwmon:0000:0a:00.0:amdgpu:power1_average"], Role::Device);
    assert_eq!(
        roles(&meter)["hwmon:0000:0a:00.0:amdgpu:power1_input"],
        Role::CrossCheck
    );
    let state = meter.state();
    assert_eq!(
        (state.temperature_c, state.clock_mhz, state.power_limit_w),
        (Some(47.0), Some(2304.0), Some(303.0))
    );
    assert_eq!((state.utilisation, state.throttled), (None, None));
}

/// What is said of a source, and how it is mended, on one kind of machine.
fn absence(tree: &Tree, class: DeviceClass, pci: Option<&str>, choice: &str) -> (String, String) {
    let meter = tree.open(class, pci, choice);
    assert!(meter.inventory().sources.is_empty(), "{:?}", meter.inventory());
    let absence = meter.inventory().unavailable.last().expect("an absence").clone();
    let energy = meter.measure(meter.now(), meter.now().plus_s(0.001));
    assert_eq!(
        (energy.device.energy_j, energy.device.quality),
        (None, Quality::Unavailable)
    );
    assert!(
        energy.device.reason.contains(&absence.reason),
        "{} / {}",
        energy.device.reason,
        absence.reason
    );
    (absence.reason, absence.fix)
}

#[test]
fn each_absence_has_its_own_sentence_and_fix() {
    let bare = || Tree::new().with_cpu("AuthenticAMD", "");
    let virtual_machine = || Tree::new().with_cpu("GenuineIntel", "hypervisor");
    let cpu = (DeviceClass::Cpu, None);
    let board = (DeviceClass::Discrete, Some("0000:03:00.0"));
    let cases = [
        (bare(), cpu, "rapl", "no powercap folder", "modprobe intel_rapl_msr"),
        (
            bare().with("sys/class/powercap/x", ""),
            cpu,
            "rapl",
            "holds no RAPL zone",
            "modprobe intel_rapl_msr",
        ),
        (virtual_machine(), cpu, "rapl", "virtual machine", "on the host"),
        (
            virtual_machine().with("sys/class/dmi/id/product_name", "KVM\n"),
            cpu,
            "rapl",
            "a virtual machine (KVM)",
            "on the host",
        ),
        (
            bare().with(".dockerenv", ""),
            cpu,
            "rapl",
            "container (Docker)",
            "-v /sys/class/powercap",
        ),
        (
            bare().with("proc/1/cgroup", "0::/kubepods/x"),
            cpu,
            "rapl",
            "container (kubepods)",
            "hostPath",
        ),
        (
            bare().with("run/secrets/kubernetes.io/serviceaccount/token", "x"),
            cpu,
            "rapl",
            "container (kubepods)",
            "hostPath",
        ),
        (
            bare().with(
                "proc/self/mountinfo",
                "1 2 0:1 / /etc/hosts rw - ext4 /var/lib/docker/containers/x\n",
            ),
            cpu,
            "rapl",
            "container (Docker)",
            "systempaths=unconfined",
        ),
        (
            Tree::new().with("proc/cpuinfo", "CPU part : 0xd0c\n"),
            cpu,
            "rapl",
            "has no RAPL",
            "Intel or AMD",
        ),
        (
            bare()
                .with("sys/class/powercap/intel-rapl/intel-rapl:0/name", "package-0")
                .with("sys/class/powercap/intel-rapl/intel-rapl:0/energy_uj", "1"),
            cpu,
            "rapl",
            "max_energy_range_uj is missing",
            "kernel",
        ),
        (bare(), cpu, "perf", "no RAPL perf events", "modprobe rapl"),
        (
            virtual_machine(),
            cpu,
            "perf",
            "This is a virtual machine",
            "on the host",
        ),
        (bare(), board, "hwmon", "No AMD or Intel GPU", "amdgpu, i915 or xe"),
        (bare(), cpu, "nvml", "no NVIDIA board", "adapter"),
        (
            bare(),
            (DeviceClass::Virtual, None),
            "nvml",
            "virtual GPU",
            "pass the whole GPU",
        ),
        (bare(), cpu, "none", "switched off", "auto"),
        (
            bare(),
            cpu,
            "replay:nowhere/ticks.csv",
            "nowhere/ticks.csv",
            "ticks.csv",
        ),
    ];
    for (tree, (class, pci), choice, reason, fix) in cases {
        let (told, mended) = absence(&tree, class, pci, choice);
        println!("{choice}: {told} {mended}");
        assert!(told.contains(reason), "{choice}: `{told}` does not say `{reason}`");
        assert!(mended.contains(fix), "{choice}: `{mended}` does not say `{fix}`");
        assert!(told.ends_with('.') && mended.ends_with('.'), "{told} {mended}");
    }
}
