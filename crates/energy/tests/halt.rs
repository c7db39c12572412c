//! A process that is stopped and goes on, as by Ctrl-Z and `fg`. Alone in its file: the whole process stands still.
#![cfg(target_os = "linux")]

use joulemark_energy::{DeviceIdentity, Meter, Request};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

#[test]
fn a_window_in_which_the_process_was_stopped_says_so_and_its_neighbours_do_not() {
    for choice in ["simulated:period=10ms", "none"] {
        let mut meter = Meter::open(&Request::new(DeviceIdentity::cpu(), choice.parse().expect("a choice")));
        meter.start();
        let window = |meter: &Meter| {
            let start = meter.now();
            sleep(Duration::from_millis(300));
            meter.measure(start, meter.now()).interrupted
        };
        sleep(Duration::from_millis(100));
        let before = window(&meter);
        let this = std::process::id();
        let mut stopper = Command::new("sh")
            .args([
                "-c",
                &format!("sleep 0.1; kill -STOP {this}; sleep 1.2; kill -CONT {this}"),
            ])
            .spawn()
            .expect("a shell");
        let stopped = window(&meter).unwrap_or_else(|| panic!("{choice}: not noticed"));
        assert!(stopped.contains("stood still for 1."), "{choice}: {stopped}");
        stopper.wait().expect("it ends");
        assert_eq!((before, window(&meter)), (None, None), "{choice}");
    }
}
