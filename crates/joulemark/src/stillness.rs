//! Time in which nothing ran: a stopped process (SIGSTOP, Ctrl-Z), a sleeping machine, a paused virtual machine. In: the
//! beats of a thread, and the system's time since boot. Out: how long a window stood still.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Between two beats.
const BEAT: Duration = Duration::from_millis(100);
/// A beat that comes later than this did not merely wait for a busy machine.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The clock since boot is told in hundredths of a second; it and ours may be apart by this much.
const CLOCKS_APART_S: f64 = 0.1;

/// When a window began, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    at: Instant,
    since_boot_s: Option<f64>,
}

/// A thread that notices when it did not run.
#[derive(Debug)]
pub(crate) struct Stillness {
    pauses: Arc<Mutex<Vec<(Instant, Instant)>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stillness {
    /// Starts to listen. Where the system gives no thread, only a sleeping machine is noticed.
    pub(crate) fn listen() -> Self {
        let pauses = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (heard, ended) = (Arc::clone(&pauses), Arc::clone(&stop));
        let beats = move || {
            let mut last = Instant::now();
            while !ended.load(Ordering::Relaxed) {
                std::thread::park_timeout(BEAT);
                let now = Instant::now();
                if now.duration_since(last) > LONGEST_PAUSE {
                    heard.lock().unwrap_or_else(PoisonError::into_inner).push((last, now));
                }
                last = now;
            }
        };
        let thread = Builder::new().name("joulemark-beats".into()).spawn(beats).ok();
        Self { pauses, stop, thread }
    }

    /// A window begins.
    pub(crate) fn begin(&self) -> Begun {
        Begun {
            at: Instant::now(),
            since_boot_s: since_boot_s(),
        }
    }

    /// Seconds of the window, up to now, in which nothing ran; `None` if it was not interrupted.
    pub(crate) fn still_s(&self, begun: Begun) -> Option<f64> {
        let now = Instant::now();
        let asleep_s = begun
            .since_boot_s
            .zip(since_boot_s())
            .map(|(before_s, after_s)| after_s - before_s - now.duration_since(begun.at).as_secs_f64())
            .filter(|apart_s| *apart_s > CLOCKS_APART_S);
        // The beat that ends a pause may come only after the window did.
        if now.duration_since(begun.at) > LONGEST_PAUSE {
            std::thread::yield_now();
        }
        let pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        let stopped_s: f64 = pauses
            .iter()
            .filter(|(_, end)| *end > begun.at)
            .map(|(start, end)| end.duration_since((*start).max(begun.at)).as_secs_f64())
            .sum();
        let still_s = stopped_s + asleep_s.unwrap_or(0.0);
        (still_s > 0.0).then_some(still_s)
    }
}

impl Drop for Stillness {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A thread that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

/// Seconds since boot, sleep included; `None` where the system does not tell.
fn since_boot_s() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Begun, Stillness};

    #[test]
    fn a_quiet_window_is_not_still() {
        let stillness = Stillness::listen();
        let begun = stillness.begin();
        std::thread::sleep(Duration::from_millis(250));
        assert_eq!(stillness.still_s(begun), None);
    }

    #[test]
    fn pauses_count_as_far_as_they_lie_in_the_window() {
        let stillness = Stillness::listen();
        let now = Instant::now();
        let at = now.checked_sub(Duration::from_secs(4)).unwrap();
        let before = at.checked_sub(Duration::from_secs(2)).unwrap();
        let end = at + Duration::from_secs(3);
        stillness.pauses.lock().unwrap().push((before, end));
        let begun = Begun { at, since_boot_s: None };
        assert!((stillness.still_s(begun).unwrap() - 3.0).abs() < 1e-9);
        assert_eq!(stillness.still_s(Begun { at: end, ..begun }), None);
    }
}
