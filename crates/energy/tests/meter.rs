//! The meter as the harness uses it, by the clock.

use joulemark_energy::{DeviceClass, DeviceIdentity, Meter, Quality, Request, Role};
use std::thread::sleep;
use std::time::Duration;

fn device(class: DeviceClass) -> DeviceIdentity {
    DeviceIdentity {
        class,
        pci_bus_id: None,
        name: "test device".into(),
    }
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
    sleep(Duration::from_millis(400));
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
    let ticks = meter.drain_ticks();
    assert!(ticks.len() > 18, "{}", ticks.len());
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
    assert_eq!(meter.window_s(0.01), None);
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
