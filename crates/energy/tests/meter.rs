//! The meter as the harness uses it, by the clock.

use joulemark_base::device_class::DeviceClass;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_energy::{DeviceIdentity, Meter, Recording, Request};
use std::thread::sleep;
use std::time::Duration;

fn device(class: DeviceClass) -> DeviceIdentity {
    DeviceIdentity::named(class, "test device")
}

fn simulated(settings: &str) -> Meter {
    let choice = format!("simulated:{settings}").parse().expect("settings");
    let mut meter = Meter::open(&Request::new(device(DeviceClass::Discrete), choice));
    meter.start();
    meter
}

#[test]
fn a_simulated_window_gives_back_its_joules() {
    let meter = simulated("period=10ms,power=200,idle=50,wrap=30");
    let load = meter.simulated_load().expect("a simulated source has a load");
    sleep(Duration::from_millis(50));
    let start = meter.now();
    load.set_busy(start);
    sleep(Duration::from_millis(700));
    let end = meter.now();
    load.set_idle(end);
    let energy = meter.measure(start, end);
    let truth_j = load.true_energy_j(start, end);
    let (energy_j, u_j) = (
        energy.device.energy_j.expect("joules"),
        energy.device.u_j.expect("uncertainty"),
    );
    assert!(
        (energy_j - truth_j).abs() < 3.0 * u_j + 1e-9,
        "{energy_j} ± {u_j} J, truly {truth_j} J"
    );
    assert!(u_j < 0.05 * truth_j, "{u_j} of {truth_j}");
    assert_eq!(energy.device.quality, Quality::Simulated);
    assert!(energy.device.reason.contains("wrapped"), "{}", energy.device.reason);
    assert!(energy.host.energy_j.is_none() && energy.host.reason.contains("no host"));
    let costs = meter.reading_costs();
    assert!(costs[0].readings > 14 && costs[0].reading_s > 0.0, "{costs:?}");
    assert!(meter.sampler_cpu_s().is_none_or(|cpu_s| cpu_s > 0.0));
    let ticks = meter.drain_ticks();
    assert!(ticks.len() > 14, "{}", ticks.len());
    assert!(ticks.windows(2).all(|pair| pair[0].time_ns <= pair[1].time_ns));
    assert!(meter.drain_ticks().len() <= 2, "drained twice");
}

#[test]
fn nothing_chosen_is_unavailable_with_its_reason() {
    let mut meter = Meter::open(&Request::new(device(DeviceClass::Cpu), "none".parse().expect("none")));
    meter.start();
    let energy = meter.measure(meter.now(), meter.now());
    assert_eq!(energy.device.quality, Quality::Unavailable);
    assert_eq!((energy.device.energy_j, energy.device.u_j), (None, None));
    assert!(
        energy.device.reason.contains("switched off"),
        "{}",
        energy.device.reason
    );
    assert!(
        energy.host.reason.contains("device energy already"),
        "{}",
        energy.host.reason
    );
    assert_eq!(meter.window_s(), None);
    assert!(meter.drain_ticks().is_empty());
}

#[test]
fn auto_never_makes_energy_up() {
    for class in [DeviceClass::Cpu, DeviceClass::Discrete, DeviceClass::Other] {
        let meter = Meter::open(&Request::new(device(class), "auto".parse().expect("auto")));
        let inventory = meter.inventory();
        println!("{class:?}:");
        for entry in &inventory.sources {
            println!(
                "  {} {} {}",
                entry.description.id, entry.description.role, entry.description.note
            );
            assert!(entry.description.quality.is_measured(), "{entry:?}");
        }
        for absence in &inventory.unavailable {
            println!("  {absence}");
        }
        assert!(meter.simulated_load().is_none());
        let counted = |role| inventory.sources.iter().any(|entry| entry.description.role == role);
        let energy = meter.measure(meter.now(), meter.now().plus_s(0.1));
        println!("  device: {:?}\n  host: {:?}", energy.device, energy.host);
        assert!(counted(Role::Device) || energy.device.quality == Quality::Unavailable);
        assert!(energy.device.energy_j.is_none() && !energy.device.reason.is_empty());
    }
}

#[test]
fn recorded_ticks_give_the_same_joules_again() {
    let meter = simulated("period=10ms,power=200,idle=50,wrap=30,noise=0.05");
    sleep(Duration::from_millis(50));
    let start = meter.now();
    meter.simulated_load().expect("a load").set_busy(start);
    sleep(Duration::from_millis(700));
    let end = meter.now();
    let then = meter.measure(start, end).device;
    sleep(Duration::from_millis(120));
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let path = folder.path().join("ticks.csv");
    let mut table = csv::Writer::from_path(&path).expect("a new file");
    for tick in meter.drain_ticks() {
        table.serialize(tick).expect("a row");
    }
    table.flush().expect("written");

    let recording = Recording::open(&path).expect("just written");
    assert_eq!(recording.ids().collect::<Vec<_>>(), ["simulated"]);
    let again = recording.energy("simulated", start, end);
    let (then_j, again_j) = (
        then.energy_j.expect("joules"),
        again.energy_j.unwrap_or_else(|| panic!("{}", again.reason)),
    );
    // The ticks do not tell the sensor's period, only how often it was caught: the edges may be weighted otherwise.
    assert!(
        (then_j - again_j).abs() <= then.u_j.expect("known"),
        "{then_j} J then, {again_j} J again"
    );
    assert_eq!(again.quality, Quality::Simulated);

    let choice = format!("replay:{}", path.display()).parse().expect("a path");
    let mut replay = Meter::open(&Request::new(device(DeviceClass::Discrete), choice));
    replay.start();
    sleep(Duration::from_millis(500));
    let energy = replay
        .measure(replay.now().minus_s(0.4), replay.now().minus_s(0.1))
        .device;
    assert!(energy.energy_j.is_some(), "{}", energy.reason);
    assert_eq!(
        (energy.quality, energy.source.as_str()),
        (Quality::Simulated, "replay:simulated")
    );
}
