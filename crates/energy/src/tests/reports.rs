//! Situations from public bug reports, and others of their kinds. In: fake files and a made-up NVML. Out: the
//! joules of a window, or the facts of the sentence that stands in their place.

use crate::choice::SourceChoice;
use crate::meter::Meter;
use crate::poller::Poller;
use crate::reading::EnergyReading;
use crate::request::{DeviceIdentity, Request};
use crate::schedule::{Attention, Pace, Schedule, share};
use crate::source::Source;
use crate::sources::nvml::fake::{FakeBoard, FakeLibrary};
use crate::sources::{self, nvml};
use crate::sum::{Part, Sum};
use crate::window_energy::WindowEnergy;
use joulemark_base::device_class::DeviceClass;
use joulemark_base::quality::Quality;
use joulemark_base::role::Role;
use joulemark_base::timestamp::Timestamp;
use std::fs;
use std::os::unix::fs::{FileExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PCI: &str = "0000:65:00.0";

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a file has a folder")).expect("writable");
    fs::write(path, text).expect("writable");
}

/// Overwrites a number in place, as sysfs does: no reader sees half of it.
fn show_number(path: &Path, number: u64) {
    let file = fs::OpenOptions::new().write(true).open(path).expect("the file exists");
    file.write_all_at(format!("{number:>24}\n").as_bytes(), 0)
        .expect("writable");
}

/// Numbers in files that follow the clock.
struct Running(Arc<AtomicBool>, Option<JoinHandle<()>>);

impl Running {
    /// Each file shows base + watts × seconds in microjoules, every millisecond.
    fn start(files: Vec<(PathBuf, u64, f64)>) -> Self {
        for (path, base, _) in &files {
            fs::write(path, format!("{base:>24}\n")).expect("writable");
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let begin = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                let at_s = begin.elapsed().as_secs_f64();
                for (path, base, power_w) in &files {
                    show_number(path, base + (power_w * 1e6 * at_s) as u64);
                }
                sleep(Duration::from_millis(1));
            }
        });
        Self(stop, Some(thread))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.take().expect("once").join().expect("the numbers do not panic");
    }
}

fn request(root: &Path, class: DeviceClass, choice: SourceChoice) -> Request {
    Request {
        root: root.to_owned(),
        device: DeviceIdentity {
            pci_bus_id: Some(PCI.into()),
            ..DeviceIdentity::named(class, "Test GPU")
        },
        choice,
    }
}

/// What powercap zones with these names, first values and watts amount to, as a share of what the first of them shows, how
/// many count, and what is noted of them.
fn rapl(zones: &[(&str, u64, f64)]) -> (f64, usize, String) {
    let root = TempDir::new().expect("a temporary folder");
    let files = zones.iter().enumerate().map(|(index, (name, base, power_w))| {
        let zone = format!("sys/class/powercap/intel-rapl/intel-rapl:{index}");
        for (file, text) in [
            ("name", *name),
            ("max_energy_range_uj", "65532610987"),
            ("enabled", "1"),
        ] {
            write(root.path(), &format!("{zone}/{file}"), text);
        }
        (root.path().join(zone).join("energy_uj"), *base, *power_w)
    });
    let files: Vec<(PathBuf, u64, f64)> = files.collect();
    let first = files[0].0.clone();
    let shown_j = || {
        fs::read_to_string(&first)
            .expect("readable")
            .trim()
            .parse::<f64>()
            .expect("a number")
            * 1e-6
    };
    let _running = Running::start(files);
    let mut meter = Meter::open(&request(root.path(), DeviceClass::Cpu, SourceChoice::Rapl));
    meter.start();
    let (start, start_j) = (meter.now(), shown_j());
    sleep(Duration::from_millis(900));
    let (end, end_j) = (meter.now(), shown_j());
    let energy = meter.measure(start, end);
    let sources = &meter.inventory().sources;
    let counted = sources
        .iter()
        .filter(|entry| entry.description.role == Role::Device)
        .count();
    let notes = sources
        .iter()
        .map(|entry| entry.description.note.clone())
        .collect::<String>();
    let energy_j = energy
        .device
        .energy_j
        .unwrap_or_else(|| panic!("{}", energy.device.reason));
    (energy_j / (end_j - start_j), counted, notes)
}

// The tree's own thread writes late on a busy machine, which no reader can know: shares far from 1 and 2 are told apart.
#[test]
fn one_counter_behind_several_zones_counts_once() {
    for names in [
        ["package-0-die-0", "package-0-die-1"].as_slice(),
        &["package-0", "package-1", "package-2", "package-3"],
    ] {
        let zones: Vec<(&str, u64, f64)> = names.iter().map(|name| (*name, 1_000, 68.0)).collect();
        let (share, counted, notes) = rapl(&zones);
        assert!(
            (share - 1.0).abs() < 0.2 && counted == 1,
            "{share} from {counted} zones"
        );
        assert!(notes.contains("same counter as rapl:package-0"), "{notes}");
    }
}

#[test]
fn packages_that_draw_alike_are_added_up() {
    for zones in [
        [("package-0", 1_000, 68.0), ("package-1", 9_421_000, 68.0)],
        [("package-0-die-0", 1_000, 68.0), ("package-0-die-1", 1_750, 67.0)],
    ] {
        let (share, counted, _) = rapl(&zones);
        assert!(
            (share - 2.0).abs() < 0.4 && counted == 2,
            "{share} from {counted} zones"
        );
    }
}

/// Follows sources in virtual time, `show` putting everything in its place before each look, and measures a window.
fn follow(sources: Vec<Box<dyn Source>>, window_s: (f64, f64), show: impl Fn(f64)) -> WindowEnergy {
    let mut pollers: Vec<Poller> = sources
        .into_iter()
        .map(|source| {
            let pace = Pace {
                period_s: source.description().update_period_s,
                wraps_after_s: f64::INFINITY,
                read_cost_s: 5e-6,
                share: share(Attention::Counts, &[Attention::Counts]),
            };
            Poller::new(source, Schedule::new(&pace, 3))
        })
        .collect();
    while let Some(poller) = pollers.iter_mut().min_by_key(|poller| poller.due()) {
        let due = poller.due();
        if due.seconds() > window_s.1 + 1.0 {
            break;
        }
        show(due.seconds());
        poller.poll(|| due);
    }
    let (start, end) = (Timestamp::from_s(window_s.0), Timestamp::from_s(window_s.1));
    let parts: Vec<Part> = pollers
        .iter()
        .map(|poller| {
            let timeline = poller.timeline();
            let timeline = timeline.lock();
            Part {
                description: timeline.description().clone(),
                measured: timeline.energy(start, end),
            }
        })
        .collect();
    let host = Sum {
        reading: EnergyReading::unavailable("no host"),
        suspicions: Vec::new(),
    };
    let device = Sum::of(&parts, Role::Device).expect("a device");
    WindowEnergy::of(device, host, &parts, None)
}

/// A GPU's hwmon folder: driver, other files, and counters in microjoules per second of this many watts.
fn gpu(driver: &str, files: &[(&str, &str)], counters_w: &[(&str, f64)]) -> WindowEnergy {
    let root = TempDir::new().expect("a temporary folder");
    let folder = "sys/class/hwmon/hwmon3";
    write(root.path(), &format!("{folder}/name"), driver);
    for (file, text) in files {
        write(root.path(), &format!("{folder}/{file}"), text);
    }
    for (file, _) in counters_w {
        write(root.path(), &format!("{folder}/{file}"), "0\n");
    }
    // Its target is not to be seen, as in a container.
    symlink(
        format!("../../../devices/pci0000:00/{PCI}"),
        root.path().join(folder).join("device"),
    )
    .expect("a new link");
    let request = request(root.path(), DeviceClass::Discrete, SourceChoice::Hwmon);
    let found = sources::find(&request);
    assert!(!found.sources.is_empty(), "{:?}", found.absences);
    follow(found.sources, (1.0, 3.0), |at_s| {
        for (file, power_w) in counters_w {
            let show = if file.starts_with("power") {
                power_w * 1e6 + (at_s * 10.0).floor()
            } else {
                power_w * 1e6 * at_s
            };
            show_number(&root.path().join(folder).join(file), show as u64);
        }
    })
}

fn words(energy: &WindowEnergy) -> String {
    format!(
        "{} {}",
        energy.device.reason,
        energy.suspect.clone().unwrap_or_default()
    )
}

const CARD: [(&str, &str); 2] = [("energy1_label", "card"), ("energy2_label", "pkg")];

#[test]
fn power_over_any_limit_that_the_chip_tells_is_not_believed() {
    for (driver, limit, counters_w, word) in [
        (
            "xe",
            ("power1_crit", "328000000"),
            vec![("energy1_input", 1400.0), ("energy2_input", 60.0)],
            "328 W of power1_crit",
        ),
        (
            "xe",
            ("power1_crit", "328000000"),
            vec![("energy1_input", 420.0), ("energy2_input", 60.0)],
            "328 W of power1_crit",
        ),
        (
            "i915",
            ("power1_max", "190000000"),
            vec![("energy1_input", 900.0)],
            "190 W of power1_max",
        ),
        (
            "amdgpu",
            ("power1_cap", "303000000"),
            vec![("power1_average", 2000.0)],
            "303 W of power1_cap",
        ),
        (
            "xe",
            ("power1_cap", "228000000"),
            vec![("energy1_input", 0.012)],
            "at least 1 W",
        ),
    ] {
        let energy = gpu(driver, &[CARD.as_slice(), &[limit]].concat(), &counters_w);
        let words = words(&energy);
        assert!(
            energy.device.energy_j.is_none() || energy.suspect.is_some(),
            "{driver}: {energy:?}"
        );
        assert!(words.contains(word), "{driver}: {words}");
    }
}

#[test]
fn power_within_the_limits_is_believed() {
    for (driver, limits, counters_w, truth_w) in [
        (
            "xe",
            [("power1_crit", "328000000"), ("power1_max", "150000000")],
            vec![("energy1_input", 149.0)],
            149.0,
        ),
        // A burst above the sustained limit, below that of bursts.
        (
            "xe",
            [("power1_cap", "228000000"), ("power1_max", "150000000")],
            vec![("energy1_input", 220.0)],
            220.0,
        ),
        // A limit that is switched off.
        (
            "i915",
            [("power1_max", "0"), ("power1_rated_max", "120000000")],
            vec![("energy1_input", 190.0)],
            190.0,
        ),
        (
            "amdgpu",
            [("power1_cap", "303000000"), ("power1_cap_max", "350000000")],
            vec![("power1_input", 301.0)],
            301.0,
        ),
    ] {
        let energy = gpu(driver, &[CARD.as_slice(), &limits].concat(), &counters_w);
        let energy_j = energy
            .device
            .energy_j
            .unwrap_or_else(|| panic!("{driver}: {}", energy.device.reason));
        assert!((energy_j / 2.0 / truth_w - 1.0).abs() < 0.01, "{driver}: {energy_j}");
        assert_eq!(energy.suspect, None, "{driver}");
    }
}

/// An NVIDIA board that draws `power_w`, whose enforced limit follows the clock.
fn nvidia(power_w: f64, window_s: (f64, f64), limit_mw: impl Fn(f64) -> u64) -> WindowEnergy {
    let board = FakeBoard::at("00000000:65:00.0");
    let show = |at_s: f64| {
        let step = (at_s * 50.0).floor();
        let limit_mw = limit_mw(at_s);
        board.set(|answers| {
            answers.energy_mj = 5_000_000 + (power_w * step * 20.0) as u64;
            answers.power_mw = (power_w * 1e3) as u64 - 200 + step as u64 % 5 * 100;
            answers.limit_mw = limit_mw;
        });
    };
    show(0.0);
    let root = Path::new("/nowhere");
    let request = request(root, DeviceClass::Discrete, SourceChoice::Nvml);
    let found = nvml::fake::find(&FakeLibrary(vec![board.clone()]), &request);
    follow(found.sources, window_s, show)
}

#[test]
fn nothing_is_condemned_by_a_limit_of_another_time() {
    // It grows, it is moved for a while in the middle, it swings, it falls while the power does not follow at once.
    for (name, limit_mw) in [
        (
            "grows",
            (|at: f64| if at < 1.0 { 25_000 } else { 50_000 }) as fn(f64) -> u64,
        ),
        ("boost", |at| if (1.5..4.0).contains(&at) { 75_000 } else { 45_000 }),
        ("swings", |at| {
            if (at * 4.0).rem_euclid(2.0) < 1.0 {
                30_000
            } else {
                80_000
            }
        }),
        ("unknown", |at| if at < 1.0 { 25_000 } else { 0 }),
    ] {
        let energy = nvidia(49.8, (2.0, 5.0), limit_mw);
        let energy_j = energy
            .device
            .energy_j
            .unwrap_or_else(|| panic!("{name}: {}", energy.device.reason));
        assert!((energy_j / 3.0 - 49.8).abs() < 0.2, "{name}: {energy_j}");
        assert_eq!(
            (energy.device.quality, energy.suspect),
            (Quality::Counter, None),
            "{name}"
        );
    }
    let energy = nvidia(149.8, (2.0, 5.0), |_| 50_000);
    assert_eq!(energy.device.energy_j, None);
    assert!(
        words(&energy).contains("the 50 W of NVML's enforced power limit"),
        "{}",
        words(&energy)
    );
}

#[test]
fn gpus_at_bus_and_device_zero_have_their_own_sensor() {
    let boards = [("00000002:00:00.0", 80), ("00000001:00:00.0", 250)].map(|(place, power_w)| {
        let board = FakeBoard::at(place);
        (board, power_w)
    });
    let library = FakeLibrary(boards.iter().map(|(board, _)| board.clone()).collect());
    let mut request = request(Path::new("/nowhere"), DeviceClass::Discrete, SourceChoice::Nvml);
    request.device.pci_bus_id = Some("0001:00:00.0".into());
    let found = nvml::fake::find(&library, &request);
    let energy = follow(found.sources, (1.0, 3.0), |at_s| {
        let tick = (at_s * 10.0).floor();
        for (board, power_w) in &boards {
            board.set(|answers| {
                answers.energy_mj = (tick * 100.0) as u64 * power_w;
                answers.power_mw = power_w * 1000 + tick as u64 % 3;
            });
        }
    });
    assert!(
        (energy.device.energy_j.expect("its board") / 2.0 - 250.0).abs() < 1.0,
        "{energy:?}"
    );
    assert_eq!(energy.suspect, None);
}

/// A window of this length on a meter of its own, by the clock.
fn measure(request: &Request, duration: Duration) -> WindowEnergy {
    let mut meter = Meter::open(request);
    meter.start();
    let start = meter.now();
    sleep(duration);
    meter.measure(start, meter.now())
}

#[test]
fn parts_that_draw_more_than_their_whole_make_both_suspect() {
    let root = TempDir::new().expect("a temporary folder");
    for (psys_w, is_suspect) in [(60.0, true), (190.0, false)] {
        let zones = [
            ("package-0", 7_000, 68.0),
            ("package-1", 9_421_000, 66.0),
            ("psys", 5, psys_w),
        ];
        let files = zones.iter().enumerate().map(|(index, (name, base, power_w))| {
            let zone = format!("sys/class/powercap/intel-rapl/intel-rapl:{index}");
            write(root.path(), &format!("{zone}/name"), name);
            write(root.path(), &format!("{zone}/max_energy_range_uj"), "65532610987");
            (root.path().join(zone).join("energy_uj"), *base, *power_w)
        });
        let _running = Running::start(files.collect());
        let energy = measure(
            &request(root.path(), DeviceClass::Cpu, SourceChoice::Rapl),
            Duration::from_secs(3),
        );
        let suspect = energy.suspect.unwrap_or_default();
        assert_eq!(
            suspect.contains("of rapl:psys, of which it is a part"),
            is_suspect,
            "{psys_w} W: {suspect}"
        );
        assert!(energy.device.energy_j.is_some(), "{}", energy.device.reason);
    }
}

#[test]
fn the_living_chip_stands_in_for_a_dead_card() {
    let root = TempDir::new().expect("a temporary folder");
    let folder = "sys/class/hwmon/hwmon3";
    write(root.path(), &format!("{folder}/name"), "xe");
    for (file, text) in CARD {
        write(root.path(), &format!("{folder}/{file}"), text);
    }
    symlink(
        format!("../../../devices/pci0000:00/{PCI}"),
        root.path().join(folder).join("device"),
    )
    .expect("a new link");
    let counter = |file: &str| root.path().join(folder).join(file);
    let _running = Running::start(vec![
        (counter("energy1_input"), 77, 0.0),
        (counter("energy2_input"), 5, 60.0),
    ]);
    let energy = measure(
        &request(root.path(), DeviceClass::Discrete, SourceChoice::Hwmon),
        Duration::from_millis(1500),
    );
    assert!(
        (energy.device.energy_j.expect("the chip's") / 1.5 - 60.0).abs() < 10.0,
        "{energy:?}"
    );
    assert!(
        energy.device.source.ends_with("energy2_input") && energy.device.reason.contains("stands in"),
        "{energy:?}"
    );
    assert!(
        energy
            .suspect
            .is_some_and(|suspect| suspect.contains("sees the chip only"))
    );
}
