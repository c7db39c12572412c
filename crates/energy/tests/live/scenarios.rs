//! What may happen to RAPL on a machine.

use super::as_nobody;
use super::tree::{COUNTED_W, Tree, WRAP_S, folder};
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_energy::{DeviceIdentity, EnergyReading, Meter, Request};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::thread::sleep;
use std::time::Duration;

pub(crate) const NAMES: [&str; 4] = ["measure", "vanish", "permission", "no_range"];

pub(crate) fn run(scenario: &str) {
    match scenario {
        "measure" => measure(),
        "vanish" => vanish(),
        "permission" => permission(),
        "permission_as_nobody" => permission_as_nobody(),
        "no_range" => no_range(),
        other => panic!("no scenario {other}"),
    }
}

fn open() -> Meter {
    let mut meter = Meter::open(&Request::new(DeviceIdentity::cpu(), "rapl".parse().expect("a source")));
    meter.start();
    meter
}

fn window(meter: &Meter, duration: Duration) -> (EnergyReading, f64) {
    let start = meter.now();
    sleep(duration);
    let end = meter.now();
    (meter.measure(start, end).device, end.seconds_since(start))
}

/// Two packages and memory, one of which wraps; psys and cores beside them.
fn measure() {
    let tree = Tree::start();
    let meter = open();
    let roles: Vec<Role> = meter
        .inventory()
        .sources
        .iter()
        .map(|entry| entry.description.role)
        .collect();
    assert_eq!(
        roles,
        [Role::Device, Role::Listed, Role::Device, Role::Device, Role::Listed],
        "{:?}",
        meter.inventory()
    );
    let until_wrapped_s = WRAP_S + 0.3 - tree.elapsed_s();
    assert!(until_wrapped_s > 0.3, "opening took until the counter had wrapped");
    let (energy, duration_s) = window(&meter, Duration::from_secs_f64(until_wrapped_s.max(1.8)));
    let (energy_j, u_j) = (
        energy.energy_j.unwrap_or_else(|| panic!("{}", energy.reason)),
        energy.u_j.expect("an uncertainty"),
    );
    let truth_j = COUNTED_W * duration_s;
    // The tree's own thread writes late now and then, which no reader can know.
    let late_s = tree.latest_s().max(0.005);
    assert!(
        (energy_j - truth_j).abs() < u_j + late_s * COUNTED_W,
        "{energy_j} ± {u_j} J, truly {truth_j} J, shown up to {late_s} s late"
    );
    assert_eq!(energy.quality, Quality::Counter);
    assert_eq!(energy.source, "rapl:package-0+rapl:package-0:dram+rapl:package-1");
    assert!(energy.reason.contains("wrapped 1x"), "{}", energy.reason);
    let sampler_s = meter.sampler_cpu_s().expect("Linux tells");
    let readings: u64 = meter.reading_costs().iter().map(|cost| cost.readings).sum();
    let share = sampler_s / meter.now().seconds();
    println!(
        "{readings} readings of 5 zones in {:.2} s took {:.2}% of a core",
        meter.now().seconds(),
        100.0 * share
    );
}

/// A file goes away while it is being read; rapl-energy panics then.
fn vanish() {
    let tree = Tree::start();
    let meter = open();
    let (energy, _) = window(&meter, Duration::from_millis(500));
    assert!(energy.energy_j.is_some(), "{}", energy.reason);
    drop(tree);
    fs::write(folder("intel-rapl:1").join("energy_uj"), "no number\n").expect("root may write");
    sleep(Duration::from_millis(300));
    let (energy, _) = window(&meter, Duration::from_millis(300));
    assert_eq!(
        (energy.energy_j, energy.quality),
        (None, Quality::Invalid),
        "{}",
        energy.reason
    );
    fs::remove_dir_all(folder("intel-rapl:1")).expect("root may remove");
    sleep(Duration::from_millis(300));
    let (energy, _) = window(&meter, Duration::from_millis(300));
    assert_eq!(
        (energy.energy_j, energy.quality),
        (None, Quality::Invalid),
        "{}",
        energy.reason
    );
    let flags: Vec<&str> = meter.drain_ticks().iter().map(|tick| tick.flag.as_str()).collect();
    assert!(
        flags.contains(&"read_error") && flags.contains(&"vanished"),
        "{flags:?}"
    );
}

/// Root-only counters, as on most machines: the reason is the permission, not the absence.
fn permission() {
    let _tree = Tree::start();
    for zone in ["intel-rapl:0", "intel-rapl:1", "intel-rapl:2"] {
        let file = folder(zone).join("energy_uj");
        fs::set_permissions(file, Permissions::from_mode(0o400)).expect("root may");
    }
    assert!(as_nobody("permission_as_nobody"));
}

fn permission_as_nobody() {
    let meter = open();
    let absences = &meter.inventory().unavailable;
    assert!(absences[0].reason.contains("root only"), "{absences:?}");
    assert!(absences[0].fix.contains("chmod a+r"), "{absences:?}");
    let (energy, _) = window(&meter, Duration::from_millis(10));
    assert_eq!((energy.energy_j, energy.quality), (None, Quality::Unavailable));
    assert!(energy.reason.contains("root only"), "{}", energy.reason);
}

/// Without the counter's range rapl-energy panics, and no wrap could be told.
fn no_range() {
    let _tree = Tree::start();
    fs::remove_file(folder("intel-rapl:1").join("max_energy_range_uj")).expect("root may remove");
    let meter = open();
    assert!(
        meter.inventory().unavailable[0].reason.contains("max_energy_range_uj"),
        "{:?}",
        meter.inventory()
    );
}
