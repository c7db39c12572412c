//! Every source at a known wattage. In: random watts. Out: the same watts, within 0.1%, through each
//! source's own files or calls, units and timeline. A fake sysfs tree stands for the machine.

use crate::choice::SourceChoice;
use crate::request::{DeviceIdentity, Request};
use crate::source::Source;
use crate::sources::nvml::board::NvmlFault;
use crate::sources::nvml::fake::{FakeBoard, FakeLibrary};
use crate::sources::perf::find_with;
use crate::sources::perf_event::PerfCounter;
use crate::sources::{self, Found, nvml};
use crate::timeline::Timeline;
use joulemark_base::device_class::DeviceClass;
use joulemark_base::role::Role;
use joulemark_base::timestamp::Timestamp;
use joulemark_base::unit::Unit;
use proptest::prelude::*;
use std::cell::Cell;
use std::fs;
use std::io;
use std::os::unix::fs::{FileExt, symlink};
use std::path::Path;
use tempfile::TempDir;

/// Writes a file below the root, with its folders.
fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a temporary folder is writable");
    fs::write(path, text).expect("a temporary folder is writable");
}

/// Overwrites a number in place, as sysfs does: no half-written file, and no wait for the disk.
fn show_number(root: &Path, path: &str, number: u64) {
    let path = root.join(path);
    let file = fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(path)
        .expect("writable");
    file.write_all_at(format!("{number:>24}\n").as_bytes(), 0)
        .expect("writable");
}

fn request(root: &TempDir, class: DeviceClass, choice: SourceChoice) -> Request {
    Request {
        root: root.path().to_owned(),
        device: DeviceIdentity {
            pci_bus_id: Some("0000:03:00.0".into()),
            ..DeviceIdentity::named(class, "test GPU")
        },
        choice,
    }
}

/// Drives a source for half a minute: `show` puts the reading of each moment in its place. Returns the joules of a
/// window whose edges lie inside ticks.
fn watts(source: &mut dyn Source, show: impl Fn(f64)) -> f64 {
    let mut timeline = Timeline::new(source.description().clone());
    let period_s = source.description().update_period_s;
    for update in 0..150_u32 {
        let at_s = f64::from(update) * period_s;
        for (moment_s, shown_s) in [
            (at_s - 1e-3 * period_s, at_s - period_s),
            (at_s + 1e-3 * period_s, at_s),
        ] {
            show(shown_s.max(0.0));
            let now = Timestamp::from_s(moment_s);
            timeline.observe(now, now, source.read(now));
        }
    }
    let (start, end) = (Timestamp::from_s(20.3 * period_s), Timestamp::from_s(140.6 * period_s));
    let measured = timeline.energy(start, end).expect("a steady source");
    measured.energy_j / end.seconds_since(start)
}

fn device_source(found: Found) -> Box<dyn Source> {
    let absences = found.absences;
    found
        .sources
        .into_iter()
        .find(|source| source.description().role == Role::Device)
        .unwrap_or_else(|| panic!("{absences:?}"))
}

fn close(measured_w: f64, true_w: f64) -> Result<(), TestCaseError> {
    prop_assert!(
        (measured_w / true_w - 1.0).abs() < 1e-3,
        "{measured_w} W, truly {true_w} W"
    );
    Ok(())
}

thread_local! {
    static PERF_COUNT: Cell<u64> = const { Cell::new(0) };
}

struct FakePerf;

impl PerfCounter for FakePerf {
    fn count(&mut self) -> io::Result<u64> {
        Ok(PERF_COUNT.get())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rapl(power_w in 1.0..400.0_f64, offset_uj in 0_u64..262_000_000_000) {
        let root = TempDir::new().expect("a temporary folder");
        let zone = "sys/class/powercap/intel-rapl/intel-rapl:0";
        let range_uj = 262_143_328_850_u64;
        write(root.path(), &format!("{zone}/name"), "package-0\n");
        write(root.path(), &format!("{zone}/max_energy_range_uj"), &format!("{range_uj}\n"));
        let show = |at_s: f64| {
            let uj = (offset_uj + (power_w * at_s * 1e6) as u64) % range_uj;
            show_number(root.path(), &format!("{zone}/energy_uj"), uj);
        };
        show(0.0);
        let mut source = device_source(sources::find(&request(&root, DeviceClass::Cpu, SourceChoice::Rapl)));
        close(watts(source.as_mut(), show), power_w)?;
    }

    #[test]
    fn intel_gpu(power_w in 1.0..400.0_f64) {
        let root = TempDir::new().expect("a temporary folder");
        let show = |at_s: f64| {
            show_number(root.path(), "sys/class/hwmon/hwmon2/energy1_input", (power_w * at_s * 1e6) as u64);
        };
        hwmon_of(&root, "hwmon2", "xe", "0000:03:00.0");
        show(0.0);
        let mut source = device_source(sources::find(&request(&root, DeviceClass::Discrete, SourceChoice::Hwmon)));
        close(watts(source.as_mut(), show), power_w)?;
    }

    #[test]
    fn amd_gpu(power_w in 1.0..400.0_f64, file in prop::sample::select(vec!["power1_average", "power1_input"])) {
        let root = TempDir::new().expect("a temporary folder");
        hwmon_of(&root, "hwmon5", "amdgpu", "0000:03:00.0");
        // A living sensor's last digit moves.
        let show = |at_s: f64| {
            let lively_uw = (power_w * 1e6) as u64 + (at_s * 10.0).round() as u64 % 2;
            show_number(root.path(), &format!("sys/class/hwmon/hwmon5/{file}"), lively_uw);
        };
        show(0.0);
        let mut source = device_source(sources::find(&request(&root, DeviceClass::Discrete, SourceChoice::Hwmon)));
        close(watts(source.as_mut(), show), power_w)?;
    }

    #[test]
    fn perf(power_w in 1.0..400.0_f64) {
        let root = TempDir::new().expect("a temporary folder");
        let pmu = "sys/bus/event_source/devices/power";
        for (file, text) in [
            ("type", "24"),
            ("cpumask", "0"),
            ("events/energy-pkg", "event=0x02"),
            ("events/energy-pkg.scale", "2.3283064365386962890625e-10"),
        ] {
            write(root.path(), &format!("{pmu}/{file}"), text);
        }
        let request = request(&root, DeviceClass::Cpu, SourceChoice::Perf);
        let machine = crate::machine::Machine::look(root.path());
        let mut source = device_source(find_with(&request, &machine, |_, _, _| Ok(Box::new(FakePerf))));
        let show = |at_s: f64| PERF_COUNT.set((power_w * at_s * 4_294_967_296.0) as u64);
        close(watts(source.as_mut(), show), power_w)?;
    }

    #[test]
    fn nvidia(power_w in 1.0..700.0_f64, has_counter in any::<bool>()) {
        let root = TempDir::new().expect("a temporary folder");
        let board = FakeBoard::at("00000000:03:00.0");
        board.set(|answers| answers.no_counter = (!has_counter).then_some(NvmlFault::Unsupported));
        let request = request(&root, DeviceClass::Discrete, SourceChoice::Nvml);
        let mut source = device_source(nvml::fake::find(&FakeLibrary(vec![board.clone()]), &request));
        prop_assert_eq!(source.description().unit, if has_counter { Unit::Millijoule } else { Unit::Milliwatt });
        let show = |at_s: f64| board.set(|answers| {
            answers.energy_mj = (power_w * at_s * 1e3) as u64;
            answers.power_mw = (power_w * 1e3) as u64 + (at_s * 10.0).round() as u64 % 2;
        });
        show(0.0);
        close(watts(source.as_mut(), show), power_w)?;
    }

    #[test]
    fn simulated(power_w in 1.0..700.0_f64, kind in prop::sample::select(vec!["counter", "power"])) {
        let root = TempDir::new().expect("a temporary folder");
        let choice = format!("simulated:period=20ms,idle={power_w},kind={kind}").parse().expect("settings");
        let mut source = device_source(sources::find(&request(&root, DeviceClass::Discrete, choice)));
        close(watts(source.as_mut(), |_| ()), power_w)?;
    }
}

/// A hwmon folder of a GPU at a PCI address.
fn hwmon_of(root: &TempDir, folder: &str, driver: &str, pci: &str) {
    write(root.path(), &format!("sys/class/hwmon/{folder}/name"), driver);
    write(root.path(), &format!("sys/devices/pci0000:00/{pci}/vendor"), "0x1002");
    let device = root.path().join("sys/devices/pci0000:00").join(pci);
    symlink(device, root.path().join(format!("sys/class/hwmon/{folder}/device"))).expect("a fresh folder");
}
