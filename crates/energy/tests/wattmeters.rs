//! Wattmeters read by `command:` and `file:`: the working lines of the README on recorded outputs, and what a program may do
//! to its reader. In: programs of the shell. Out: watts within their interval, or incidents.
#![cfg(unix)]

use joulemark_base::quality::Quality;
use joulemark_energy::{DeviceIdentity, EnergyReading, Lack, Meter, Request};
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

fn open(choice: &str) -> Meter {
    let choice = choice.parse().unwrap_or_else(|error| panic!("{choice}: {error}"));
    let mut meter = Meter::open(&Request::new(DeviceIdentity::cpu(), choice));
    meter.start();
    meter
}

/// A window of so many seconds, and its true length.
fn window(meter: &Meter, duration_s: f64) -> (EnergyReading, f64) {
    let start = meter.now();
    sleep(Duration::from_secs_f64(duration_s));
    let end = meter.now();
    (meter.measure(start, end).device, end.seconds_since(start))
}

/// What the README tells: the recorded output, the filter behind the tool, the options, and the watts in the recording.
const LINES: [(&str, &str, &str, f64); 7] = [
    ("macmon.jsonl", "", "field=gpu_power", 8.405),
    (
        "powermetrics.txt",
        "| awk '/^GPU Power/ {print $3; fflush()}'",
        "unit=mW",
        8.405,
    ),
    ("nvidia-smi.csv", "", "duty=0.25", 61.32),
    (
        "rocm-smi.json",
        "",
        "field=card0.Average Graphics Package Power (W)",
        35.5,
    ),
    (
        "ipmi.txt",
        "| awk '/Instantaneous/ {print $4; fflush()}'",
        "lag=1s",
        221.0,
    ),
    ("tasmota.json", "", "field=StatusSNS.ENERGY.Power", 42.5),
    (
        "powersensor3.txt",
        "| awk '/^S/ {sum += $NF; if (++n == 200) {print sum / n; sum = n = 0; fflush()}}'",
        "name=PowerSensor3",
        72.7,
    ),
];

#[test]
fn every_working_line_of_the_readme_reads_its_recorded_output() {
    let readme = include_str!("../README.md").replace("\\|", "|");
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
    let meters = LINES.map(|(file, filter, options, truth_w)| {
        assert!(readme.contains(options) && readme.contains(filter), "the README has another line for {file}");
        let text = recorded.join(file);
        assert!(text.is_file(), "{text:?}");
        // The tool's own output, line by line and over again; the PowerSensor prints 20,000 lines a second.
        let play = if filter.contains("n == 200") {
            format!("while :; do for i in 1 2 3 4 5 6 7 8 9 10; do cat {0}; cat {0}; cat {0}; cat {0}; cat {0}; done; sleep 0.05; done", text.display())
        } else {
            format!("while :; do while IFS= read -r line; do echo \"$line\"; case $line in *[0-9]*) sleep 0.004;; esac; done < {}; done", text.display())
        };
        (file, open(&format!("command:{play} {filter},{options}")), truth_w)
    });
    for (file, meter, truth_w) in &meters {
        assert!(!meter.inventory().sources.is_empty(), "{file}: {:?}", meter.inventory());
        let (energy, duration_s) = window(meter, meter.window_s().expect("a source").max(0.5));
        let energy_j = energy.energy_j.unwrap_or_else(|| panic!("{file}: {}", energy.reason));
        let off = energy_j / duration_s / truth_w - 1.0;
        assert!(
            off.abs() < 0.03,
            "{file}: {energy_j} J in {duration_s} s, {:.1}% off",
            100.0 * off
        );
        assert_eq!(energy.quality, Quality::Integrated, "{file}");
    }
}

#[test]
fn a_counter_of_joules_is_a_counter_and_host_is_host() {
    let program = "i=0; while :; do i=$((i + 2)); echo $i; sleep 0.02; done";
    let meter = open(&format!("command:{program},kind=energy,role=host,name=plug"));
    let start = meter.now();
    sleep(Duration::from_millis(800));
    let energy = meter.measure(start, meter.now());
    assert_eq!(
        (energy.host.quality, energy.host.source.as_str()),
        (Quality::Counter, "command:plug")
    );
    assert!(energy.host.energy_j.expect("counts") > 20.0, "{energy:?}");
    assert_eq!(energy.device.energy_j, None);
    let period_s = meter.inventory().sources[0].description.update_period_s;
    assert!(
        meter.inventory().sources[0].description.period_measured && (0.015..0.2).contains(&period_s),
        "{period_s}"
    );
    assert!(meter.inventory().sources[0].description.name.contains(program));
}

#[test]
fn garbage_death_and_restart_are_incidents() {
    // A word among the numbers; death after a second, and again after its restart.
    let program = "for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3 4 5; do echo 4$i.$j; sleep 0.02; done; [ $i = 4 ] && echo oops; done";
    let meter = open(&format!("command:{program}"));
    let (first, _) = window(&meter, 0.3);
    assert!(first.energy_j.is_some(), "{}", first.reason);
    let (dead, _) = window(&meter, 1.5);
    assert_eq!(
        (dead.energy_j, dead.quality),
        (None, Quality::Invalid),
        "{}",
        dead.reason
    );
    assert!(dead.reason.contains("ended (exit status: "), "{}", dead.reason);
    let flags: Vec<&str> = meter.drain_ticks().iter().map(|tick| tick.flag.as_str()).collect();
    assert!(
        flags.contains(&"read_error") && flags.contains(&"vanished"),
        "{flags:?}"
    );
    // A second after its death it is started again, and later windows are whole.
    let patience = Instant::now();
    while window(&meter, 0.3).0.energy_j.is_none() {
        assert!(patience.elapsed() < Duration::from_secs(8), "never came back");
    }
}

#[test]
fn a_program_that_gives_nothing_is_an_absence_with_its_reason() {
    for (program, lack, word) in [
        ("exit 7", Lack::Missing, "exit status: 7"),
        ("no_such_program_here", Lack::Missing, "exit status: 127"),
        ("echo hello; sleep 9", Lack::Broken, "`hello` is neither"),
        ("echo '{\"a\": 1}'; sleep 9", Lack::Broken, "field=NAME"),
    ] {
        let meter = open(&format!("command:{program}"));
        let absence = &meter.inventory().unavailable[0];
        assert!(absence.lack == lack && absence.reason.contains(word), "{absence}");
        assert!(meter.inventory().sources.is_empty() && absence.fix.contains("one reading a line"));
    }
}

#[test]
fn the_program_ends_with_its_meter() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let alive = folder.path().join("alive");
    let meter = open(&format!(
        "command:while :; do date >> {}; echo 5; sleep 0.02; done",
        alive.display()
    ));
    drop(meter);
    let length = || fs::metadata(&alive).expect("written").len();
    let before = length();
    sleep(Duration::from_millis(200));
    assert_eq!(length(), before);
}

#[test]
fn a_file_is_polled_and_what_is_no_file_is_refused() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let path = folder.path().join("power_now");
    fs::write(&path, "17250\n").expect("writable");
    let writer = path.clone();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = std::sync::Arc::clone(&stop);
    let thread = std::thread::spawn(move || {
        for power_mw in (17_200..).step_by(1).map(|step| 17_200 + step % 100) {
            if stopped.load(std::sync::atomic::Ordering::Relaxed) {
                return;
            }
            // In one piece, as sysfs has it.
            fs::write(writer.with_extension("new"), format!("{power_mw}\n")).expect("writable");
            fs::rename(writer.with_extension("new"), &writer).expect("writable");
            sleep(Duration::from_millis(20));
        }
    });
    let meter = open(&format!("file:{},unit=mW", path.display()));
    let (energy, duration_s) = window(&meter, 1.0);
    let power_w = energy.energy_j.unwrap_or_else(|| panic!("{}", energy.reason)) / duration_s;
    assert!((power_w - 17.25).abs() < 0.06, "{power_w}");
    assert_eq!(
        (energy.source.as_str(), energy.quality),
        ("file:power_now", Quality::Integrated)
    );
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    thread.join().expect("the writer does not panic");
    for (path, word) in [
        ("/nowhere/power", "cannot be read"),
        ("/dev/zero", "no plain file"),
        ("/proc", "no plain file"),
    ] {
        let meter = open(&format!("file:{path}"));
        assert!(
            meter.inventory().unavailable[0].reason.contains(word),
            "{:?}",
            meter.inventory()
        );
    }
}
