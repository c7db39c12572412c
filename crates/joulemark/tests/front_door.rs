//! The library as a stranger uses it: closures, guards, results, with sensors whose joules are known.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use joulemark::Bench;
use joulemark::settings::Settings;
use joulemark_base::quality::Quality;
use joulemark_energy::{DeviceIdentity, Request};
use joulemark_records::{Status, read_run};

fn sleep(n: u64) {
    std::thread::sleep(Duration::from_micros(500 * n));
}

fn simulated(energy: &str, settings: &Settings) -> Bench {
    let request = Request::new(DeviceIdentity::cpu(), energy.parse().unwrap());
    Bench::open(&request, settings).unwrap()
}

/// A counter of RAPL's that draws so many watts.
struct Counter {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Counter {
    fn start(root: &Path, watts: f64) -> Self {
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let zone = "sys/class/powercap/intel-rapl/intel-rapl:0";
        write(
            "proc/cpuinfo",
            "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu\n",
        );
        write(&format!("{zone}/name"), "package-0\n");
        write(&format!("{zone}/energy_uj"), &format!("{:>24}\n", 1));
        write(&format!("{zone}/max_energy_range_uj"), "262143328850\n");
        let file = fs::OpenOptions::new()
            .write(true)
            .open(root.join(zone).join("energy_uj"))
            .unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let begin = Instant::now();
            while !ended.load(Ordering::Relaxed) {
                let energy_uj = (1e6 * watts * begin.elapsed().as_secs_f64()) as u64;
                file.write_all_at(format!("{energy_uj:>24}\n").as_bytes(), 0).unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

#[test]
fn a_closure_has_the_joules_of_its_counter() {
    let root = tempfile::tempdir().unwrap();
    let _counter = Counter::start(root.path(), 37.0);
    let request = Request {
        root: root.path().into(),
        device: DeviceIdentity::cpu(),
        choice: "rapl".parse().unwrap(),
    };
    let settings = Settings {
        window_s: Some(0.4),
        ..Settings::default()
    };
    let mut bench = Bench::open(&request, &settings).unwrap();
    let result = bench.measure("nap", sleep).unwrap();
    assert_eq!(result.quality(), Some(Quality::Counter), "{result}");
    for row in result.rows() {
        let (energy_j, u_j) = (row.device.energy_j.expect(&row.device.reason), row.device.u_j.unwrap());
        let truth_j = 37.0 * row.wall_s.unwrap();
        assert!(
            (energy_j - truth_j).abs() < (3.0 * u_j).max(0.05 * truth_j),
            "{energy_j} ± {u_j} J, truly {truth_j}"
        );
    }
    let text = result.to_string();
    assert!(text.contains(" gross, ") && text.contains("W, counter"), "{text}");
}

#[test]
fn results_of_one_bench_share_a_run_folder() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        window_s: Some(0.15),
        windows: Some(2),
        ..Settings::default()
    };
    let mut bench = simulated("simulated:period=5ms,power=200,idle=60", &settings);
    let first = bench.measure("first", sleep).unwrap();
    let second = bench.measure("second thing", sleep).unwrap();
    let dir = first.append_to(folder.path()).unwrap();
    assert_eq!(second.append_to(folder.path()).unwrap(), dir);
    let run = read_run(&dir).unwrap();
    assert_eq!(run.manifest.cases, ["first", "second thing"]);
    let windows: Vec<_> = run.rows.iter().filter(|row| row.status != Status::Idle).collect();
    assert_eq!(windows.len(), 2 * 3 * 2);
    for row in &windows {
        assert!(row.idle_before_w.is_some() && row.idle_after_w.is_some(), "{row:?}");
    }
    let watts = first.watts().unwrap();
    assert!((watts / 200.0 - 1.0).abs() < 0.05, "{watts} W");
    let (gross, active) = (first.joules().unwrap().value, first.active_joules().unwrap().value);
    assert!((active / gross - 0.7).abs() < 0.1, "{active} of {gross} J");
}

#[test]
fn without_a_sensor_time_is_measured_and_the_reason_told() {
    let settings = Settings {
        window_s: Some(0.02),
        ..Settings::default()
    };
    let mut bench = simulated("none", &settings);
    let result = bench.measure("nap", sleep).unwrap();
    assert!(result.joules().is_none() && result.seconds().unwrap().value > 4e-4);
    assert!(result.to_string().contains("joules not measured: "), "{result}");
    assert!(bench.measure("two\nlines", sleep).is_err() && bench.measure("", sleep).is_err());
}

#[test]
fn windows_nest_and_overlap_in_several_threads() {
    let mut bench = simulated("simulated:period=5ms,power=100,idle=20", &Settings::default());
    bench.idle();
    let outer = bench.window("outer");
    std::thread::scope(|scope| {
        for name in ["left", "right"] {
            let inner = bench.window(name);
            scope.spawn(move || {
                std::thread::sleep(Duration::from_millis(300));
                drop(inner);
            });
        }
    });
    let outer = outer.end();
    let inner = bench.ended_windows();
    assert_eq!(inner.len(), 2);
    assert!(
        inner
            .iter()
            .all(|span| span.seconds < outer.seconds && span.joules().is_some())
    );
    let watts = outer.joules().unwrap().value / outer.seconds;
    assert!((80.0..105.0).contains(&watts), "{outer}");
    assert!(outer.active_joules().unwrap().value < outer.joules().unwrap().value);
}

/// What a bench adds to the work's own time, against a bare loop: less than a thousandth, by the counts of both.
#[test]
fn a_window_is_hardly_longer_than_its_work() {
    let mut bench = simulated("none", &Settings::default());
    let mut work = joulemark::work::Closure(|n: u64| {
        let mut sum = 0_u64;
        for i in 0..n * 1000 {
            sum = std::hint::black_box(sum ^ i);
        }
    });
    let mut warm = bench
        .warm_up(&mut work, joulemark::warm::Warm::cold(Default::default()))
        .unwrap();
    let mut overhead = Vec::new();
    for _ in 0..15 {
        let mut inside_s = 0.0;
        let mut timed = joulemark::work::Closure(|n: u64| {
            let begin = Instant::now();
            (work.0)(n);
            inside_s += begin.elapsed().as_secs_f64();
        });
        let window = bench.run_window(&mut timed, &mut warm).unwrap();
        overhead.push(window.wall_s() / inside_s - 1.0);
    }
    overhead.sort_by(f64::total_cmp);
    println!("overhead: {:.5}% in the median", 100.0 * overhead[7]);
    assert!(overhead[7] < 1e-3, "{overhead:?}");
}
