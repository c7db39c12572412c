//! A powercap tree whose counters run.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

/// The zones: folder below `intel-rapl`, name, watts, and where the counter starts.
const ZONES: [(&str, &str, f64, u64); 5] = [
    ("intel-rapl:0", "package-0", 60.0, 1_000_000),
    ("intel-rapl:1", "package-1", 40.0, RANGE_UJ - (40e6 * WRAP_S) as u64),
    ("intel-rapl:2", "psys", 150.0, 5_000_000),
    ("intel-rapl:0/intel-rapl:0:0", "core", 45.0, 7_000_000),
    ("intel-rapl:0/intel-rapl:0:1", "dram", 10.0, 9_000_000),
];
pub(crate) const RANGE_UJ: u64 = 262_143_328_850;
/// When the second package's counter wraps, in seconds from the start: opening a meter takes less even on a busy machine.
pub(crate) const WRAP_S: f64 = 2.0;
/// Packages and memory, in watts.
pub(crate) const COUNTED_W: f64 = 110.0;

/// The running counters; they stop when dropped.
pub(crate) struct Tree {
    begin: Instant,
    stop: Arc<AtomicBool>,
    /// The longest time between two moments that the counters show, in nanoseconds.
    longest_ns: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

pub(crate) fn folder(zone: &str) -> PathBuf {
    Path::new("/sys/class/powercap/intel-rapl").join(zone)
}

impl Tree {
    /// Builds the tree and lets the counters run.
    pub(crate) fn start() -> Self {
        for (zone, name, _, first_uj) in ZONES {
            let folder = folder(zone);
            fs::create_dir_all(&folder).expect("root may write");
            fs::write(folder.join("name"), format!("{name}\n")).expect("root may write");
            fs::write(folder.join("max_energy_range_uj"), format!("{RANGE_UJ}\n")).expect("root may write");
            fs::write(folder.join("constraint_0_power_limit_uw"), "200000000\n").expect("root may write");
            fs::write(folder.join("energy_uj"), format!("{first_uj}\n")).expect("root may write");
        }
        let (begin, stop) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        let longest_ns = Arc::new(AtomicU64::new(0));
        let (stopped, longest) = (Arc::clone(&stop), Arc::clone(&longest_ns));
        let thread = spawn(move || {
            let mut last = begin.elapsed();
            while !stopped.load(Ordering::Relaxed) {
                let at = begin.elapsed();
                longest.fetch_max((at - last).as_nanos() as u64, Ordering::Relaxed);
                last = at;
                let at_s = at.as_secs_f64();
                for (zone, _, power_w, first_uj) in ZONES {
                    let uj = (first_uj + (power_w * at_s * 1e6) as u64) % RANGE_UJ;
                    update(&folder(zone).join("energy_uj"), &format!("{uj}\n"));
                }
                sleep(Duration::from_millis(2));
            }
        });
        Self {
            begin,
            stop,
            longest_ns,
            thread: Some(thread),
        }
    }

    /// Seconds since the counters began to run.
    pub(crate) fn elapsed_s(&self) -> f64 {
        self.begin.elapsed().as_secs_f64()
    }

    /// How late a counter was shown at most, in seconds: on a busy machine the thread that writes it waits too.
    pub(crate) fn latest_s(&self) -> f64 {
        self.longest_ns.load(Ordering::Relaxed) as f64 * 1e-9
    }
}

/// Overwrites in place and at once, as the kernel's files change: readers keep them open and must never see half.
fn update(path: &Path, text: &str) {
    use std::os::unix::fs::FileExt;
    if let Ok(file) = fs::OpenOptions::new().write(true).open(path) {
        // Digits may only become more: a shorter number is padded in front, which the reader trims.
        let padded = format!("{text:>13}");
        file.write_all_at(padded.as_bytes(), 0).expect("root may write");
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the counters do not panic");
        }
    }
}
