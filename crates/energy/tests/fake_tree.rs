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

/// A chip of hwmon with these files beside its name.
fn with_chip(tree: Tree, hwmon: &str, driver: &str, files: &[(&str, &str)]) -> Tree {
    let folder = format!("sys/class/hwmon/{hwmon}");
    files
        .iter()
        .fold(tree.with(&format!("{folder}/name"), driver), |tree, (file, text)| {
            tree.with(&format!("{folder}/{file}"), text)
        })
}

#[test]
fn sensors_that_people_have_count_once_and_their_parts_never() {
    let arm = || Tree::new().with("proc/cpuinfo", "CPU part : 0xd4f\n");
    let grace = ["Module", "Grace", "CPU", "SysIO"]
        .iter()
        .enumerate()
        .fold(arm(), |tree, (index, meter)| {
            let label = format!("{meter} Power Socket 0");
            let files = [
                ("device/power1_average", "95000000"),
                ("device/power1_oem_info", label.as_str()),
                ("device/power1_average_interval", "50"),
            ];
            with_chip(tree, &format!("hwmon{index}"), "power_meter", &files)
        });
    let rail = |label: &'static str, index: u8| {
        let name = |what: &str| format!("{what}{index}_{}", if what == "label" { "" } else { "input" });
        [
            (format!("in{index}_label"), label),
            (name("in"), "5000"),
            (name("curr"), "1200"),
        ]
    };
    let jetson = |labels: [&'static str; 3]| {
        let files: Vec<(String, &str)> = (1..=3)
            .zip(labels)
            .flat_map(|(index, label)| rail(label, index))
            .collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (file.as_str(), *text)).collect();
        with_chip(arm(), "hwmon1", "ina3221", &files)
    };
    let epyc = with_chip(
        Tree::new().with_cpu("AuthenticAMD", ""),
        "hwmon2",
        "amd_energy",
        &[
            ("energy1_input", "5000"),
            ("energy1_label", "Ecore000"),
            ("energy2_input", "9000"),
            ("energy2_label", "Esocket0"),
            ("energy3_input", "9100"),
            ("energy3_label", "Esocket1"),
        ],
    );
    for (tree, class, counted, listed) in [
        (
            grace,
            DeviceClass::Cpu,
            vec!["hwmon:power_meter:Grace_Power_Socket_0"],
            3,
        ),
        (
            jetson(["VDD_IN", "VDD_CPU_GPU_CV", "VDD_SOC"]),
            DeviceClass::Integrated,
            vec!["hwmon:ina3221:VDD_IN"],
            2,
        ),
        (
            jetson(["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"]),
            DeviceClass::Integrated,
            vec![
                "hwmon:ina3221:VDD_CPU_CV",
                "hwmon:ina3221:VDD_GPU_SOC",
                "hwmon:ina3221:VIN_SYS_5V0",
            ],
            0,
        ),
        (
            epyc,
            DeviceClass::Cpu,
            vec!["hwmon:hwmon2:amd_energy:Esocket0", "hwmon:hwmon2:amd_energy:Esocket1"],
            1,
        ),
    ] {
        let meter = tree.open(class, None, "auto");
        let roles = roles(&meter);
        let of = |wanted: Role| {
            roles
                .iter()
                .filter(|(_, role)| **role == wanted)
                .map(|(id, _)| id.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (of(Role::Device), of(Role::Listed).len()),
            (counted, listed),
            "{roles:?}"
        );
    }
}

#[test]
fn rails_are_volts_times_amperes_and_averages_have_their_own_interval() {
    let tree = with_chip(
        Tree::new(),
        "hwmon1",
        "ina3221",
        &[
            ("in1_label", "VDD_IN"),
            ("in1_input", "5008"),
            ("curr1_input", "1496"),
            ("update_interval", "10"),
        ],
    );
    let meter = tree.open(DeviceClass::Integrated, None, "hwmon");
    let rail = &meter.inventory().sources[0].description;
    assert!(
        (rail.unit.to_base(5008 * 1496) - 7.492).abs() < 1e-3 && (rail.update_period_s - 0.01).abs() < 1e-9,
        "{rail:?}"
    );
    let files = [
        ("device/power1_average", "95000000"),
        ("device/power1_oem_info", "Grace Power Socket 0"),
        ("device/power1_average_interval", "1000"),
    ];
    let meter = with_chip(Tree::new(), "hwmon1", "power_meter", &files).open(DeviceClass::Cpu, None, "hwmon");
    let grace = &meter.inventory().sources[0].description;
    assert_eq!((grace.update_period_s, grace.lag_s), (1.0, 1.0));
    assert!(
        grace.part_of.as_deref() == Some("hwmon:power_meter:Module_Power_Socket_0"),
        "{grace:?}"
    );
    // Twelve ticks, after the time by which it lags.
    assert!(
        (meter.window_s().expect("a source") - 13.0).abs() < 0.5,
        "{:?}",
        meter.window_s()
    );
}

#[test]
fn what_is_seen_and_not_used_is_listed_with_its_reason() {
    let tree = with_chip(
        Tree::new().with_cpu("AuthenticAMD", ""),
        "hwmon0",
        "nvme",
        &[("power1_input", "1")],
    );
    let tree = with_chip(
        tree,
        "hwmon1",
        "corsairpsu",
        &[("power1_input", "1"), ("power2_input", "1")],
    );
    let tree = with_chip(
        tree,
        "hwmon2",
        "ina3221",
        &[("in1_label", "RAIL_X"), ("in1_input", "1"), ("curr1_input", "1")],
    );
    let tree = with_chip(tree, "hwmon3", "power_meter", &[("device/power1_average", "300000000")]);
    let tree = tree.with("sys/bus/event_source/devices/power_core/type", "23");
    let meter = tree.open(DeviceClass::Cpu, None, "auto");
    let unused = &meter.inventory().unused;
    for (place, reason) in [
        ("hwmon0:nvme:power1_input", "Nobody says"),
        ("hwmon1:corsairpsu:power2_input", "--energy file:"),
        ("hwmon2:ina3221:curr1_input", "rail"),
        ("hwmon3:power_meter:power1_average", "whole machine"),
        ("perf:power_core", "never added"),
    ] {
        let found = unused
            .iter()
            .find(|unused| unused.source.contains(place))
            .unwrap_or_else(|| panic!("{place}: {unused:?}"));
        assert!(found.reason.contains(reason), "{found:?}");
    }
}

#[test]
fn an_amd_accumulator_comes_before_power_and_a_slice_gets_nothing() {
    let mut table = vec![0xff_u8; 120];
    table[..4].copy_from_slice(&[120, 0, 1, 3]);
    table[24..32].copy_from_slice(&(65_536_u64 * 1_234).to_le_bytes());
    let tree = || {
        Tree::new()
            .with_gpu("hwmon1", "amdgpu", "0000:0a:00.0")
            .with("sys/class/hwmon/hwmon1/power1_average", "61000000")
            .with("sys/class/hwmon/hwmon1/power1_cap", "303000000")
    };
    let with_table = tree();
    fs::write(
        with_table
            .0
            .path()
            .join("sys/devices/pci0000:00/0000:0a:00.0/gpu_metrics"),
        &table,
    )
    .expect("writable");
    let meter = with_table.open(DeviceClass::Discrete, Some("0000:0a:00.0"), "auto");
    assert_eq!(roles(&meter)["hwmon:0000:0a:00.0:amdgpu:gpu_metrics"], Role::Device);
    assert_eq!(
        roles(&meter)["hwmon:0000:0a:00.0:amdgpu:power1_average"],
        Role::CrossCheck
    );
    let counter = &meter.inventory().sources[0].description;
    assert_eq!(
        (counter.quality, counter.power_limit_w),
        (Quality::Counter, Some(303.0))
    );
    assert_eq!(counter.tied_by.as_deref(), Some("PCI address 0000:0a:00.0"));
    // An APU's table has no accumulator: its power counts, and the table's absence is told.
    table[2] = 2;
    let apu = tree();
    fs::write(
        apu.0.path().join("sys/devices/pci0000:00/0000:0a:00.0/gpu_metrics"),
        &table,
    )
    .expect("writable");
    let meter = apu.open(DeviceClass::Discrete, Some("0000:0a:00.0"), "auto");
    assert_eq!(roles(&meter)["hwmon:0000:0a:00.0:amdgpu:power1_average"], Role::Device);
    for (tree, class, word) in [
        (
            tree().with("sys/bus/pci/devices/0000:0a:00.0/physfn/vendor", "0x1002"),
            DeviceClass::Discrete,
            "SR-IOV",
        ),
        (tree(), DeviceClass::Virtual, "virtual GPU"),
    ] {
        let meter = tree.open(class, Some("0000:0a:00.0"), "hwmon");
        assert!(
            roles(&meter).values().all(|role| *role == Role::Listed),
            "{word}: {:?}",
            roles(&meter)
        );
        assert!(
            meter.inventory().unavailable[0].reason.contains(word),
            "{:?}",
            meter.inventory().unavailable
        );
    }
}

#[test]
fn several_meters_are_open_at_once() {
    let tree = socket_tree()
        .with_gpu("hwmon4", "xe", "0000:03:00.0")
        .with("sys/class/hwmon/hwmon4/energy1_input", "5000000")
        .with_gpu("hwmon5", "xe", "0000:09:00.0")
        .with("sys/class/hwmon/hwmon5/energy1_input", "1000000");
    let mut meters = [
        tree.open(DeviceClass::Cpu, None, "auto"),
        tree.open(DeviceClass::Discrete, Some("0000:03:00.0"), "auto"),
        tree.open(DeviceClass::Discrete, Some("0000:09:00.0"), "auto"),
    ];
    meters.iter_mut().for_each(Meter::start);
    for (meter, device) in meters
        .iter()
        .zip(["rapl:package-0", "03:00.0:xe:energy1", "09:00.0:xe:energy1"])
    {
        let found = roles(meter)
            .into_iter()
            .find(|(_, role)| *role == Role::Device)
            .expect("a device");
        assert!(found.0.contains(device), "{found:?}");
    }
}
