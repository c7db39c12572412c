//! The sampler: one thread that reads every source when it is due, from before the first window to after the last.
//! Comes in: pollers. Goes out: growing timelines, and a signal after each reading.

use crate::cpu_time::thread_cpu_s;
use crate::poller::Poller;
use joulemark_base::timestamp::Clock;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

#[derive(Debug, Default)]
struct State {
    /// CPU seconds of the thread so far.
    cpu_s: Option<f64>,
    paused: bool,
    stop: bool,
}

/// What the thread and its owner share.
#[derive(Debug, Default)]
struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

/// The running thread; stops when dropped.
#[derive(Debug)]
pub(crate) struct Sampler {
    signal: Arc<Signal>,
    thread: Option<JoinHandle<()>>,
}

impl Sampler {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system's, if it gives no thread.
    pub(crate) fn start(mut pollers: Vec<Poller>, clock: Clock) -> std::io::Result<Self> {
        let signal = Arc::new(Signal::default());
        let shared = Arc::clone(&signal);
        let thread = Builder::new().name("joulemark-sampler".into()).spawn(move || {
            while let Some(poller) = pollers.iter_mut().min_by_key(|poller| poller.due()) {
                let wait_s = poller.due().seconds_since(clock.now());
                if !shared.wait(wait_s) {
                    return;
                }
                poller.poll(|| clock.now());
                shared.announce();
            }
        })?;
        Ok(Self {
            signal,
            thread: Some(thread),
        })
    }

    /// CPU seconds of the thread so far.
    pub(crate) fn cpu_s(&self) -> Option<f64> {
        self.signal.state.lock().unwrap_or_else(PoisonError::into_inner).cpu_s
    }

    /// Reads nothing until it is told to go on.
    pub(crate) fn pause(&self, paused: bool) {
        self.signal.state.lock().unwrap_or_else(PoisonError::into_inner).paused = paused;
        self.signal.changed.notify_all();
    }

    /// Waits until `enough` says so after some reading, or until the time is over.
    pub(crate) fn wait_until(&self, timeout: Duration, mut enough: impl FnMut() -> bool) {
        let state = self.signal.state.lock().unwrap_or_else(PoisonError::into_inner);
        // The condition locks timelines, which the thread never holds together with this lock.
        let waited = self
            .signal
            .changed
            .wait_timeout_while(state, timeout, |state| !state.stop && !enough());
        drop(waited);
    }
}

impl Signal {
    /// Sleeps for so long; false if the thread shall stop.
    fn wait(&self, seconds: f64) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let timeout = Duration::from_secs_f64(seconds.clamp(0.0, 3600.0));
        // Each announcement of a reading comes from this very thread, so only a stop ends the sleep early.
        let (state, _) = self
            .changed
            .wait_timeout_while(state, timeout, |state| !state.stop)
            .unwrap_or_else(PoisonError::into_inner);
        let state = self
            .changed
            .wait_while(state, |state| state.paused && !state.stop)
            .unwrap_or_else(PoisonError::into_inner);
        !state.stop
    }

    fn announce(&self) {
        let cpu_s = thread_cpu_s();
        // Taking the lock makes sure that a waiter is either asleep or has not looked yet.
        self.state.lock().unwrap_or_else(PoisonError::into_inner).cpu_s = cpu_s;
        self.changed.notify_all();
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.signal.state.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.signal.changed.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the energy sampler panicked; energies after that moment are missing");
        }
    }
}
