//! An idle window in which the process stood still is measured again. Alone in its file: the whole process stands still.
#![cfg(target_os = "linux")]

use std::process::Command;

use joulemark::Bench;
use joulemark::settings::Settings;
use joulemark_energy::{DeviceIdentity, Request};

#[test]
fn an_idle_window_that_stood_still_is_measured_again() {
    let request = Request::new(DeviceIdentity::cpu(), "simulated:period=10ms".parse().unwrap());
    let settings = Settings {
        window_s: Some(0.5),
        ..Settings::default()
    };
    let mut bench = Bench::open(&request, &settings).unwrap();
    let this = std::process::id();
    let mut stopper = Command::new("sh")
        .args([
            "-c",
            &format!("sleep 0.2; kill -STOP {this}; sleep 1.5; kill -CONT {this}"),
        ])
        .spawn()
        .unwrap();
    let begin = std::time::Instant::now();
    let (_, idle) = bench.idle().unwrap();
    let (lasted_s, kept_s) = (begin.elapsed().as_secs_f64(), idle.end.seconds_since(idle.start));
    stopper.wait().unwrap();
    assert!(lasted_s > 1.5, "the process was not stopped: {lasted_s} s");
    assert!(kept_s < 1.2, "the window of {kept_s} s holds the halt");
    assert_eq!(idle.energy.interrupted, None);
}
