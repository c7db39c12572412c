//! The sampler: one thread that reads every source when it is due, from before the first window to after the last, and
//! notices when the process or the machine stood still. In: pollers. Out: growing timelines, and a signal
//! after each reading.

use crate::cpu_time::thread_cpu_s;
use crate::poller::Poller;
use crate::pulse::{BEAT_S, Pulse, asleep_s};
use joulemark_base::timestamp::{Clock, Timestamp};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

#[derive(Debug, Default)]
struct State {
    /// CPU seconds of the thread so far.
    cpu_s: Option<f64>,
    paused: bool,
    stop: bool,
    pulse: Pulse,
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
            loop {
                let next = pollers.iter_mut().min_by_key(|poller| poller.due());
                let beat = clock.now().plus_s(BEAT_S);
                let planned = next.as_ref().map_or(beat, |poller| poller.due().min(beat));
                if !shared.wait(planned, clock) {
                    return;
                }
                if let Some(poller) = next.filter(|poller| poller.due() <= clock.now()) {
                    poller.poll(|| clock.now());
                }
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
        self.signal.lock().cpu_s
    }

    /// Reads nothing until it is told to go on.
    pub(crate) fn pause(&self, paused: bool) {
        self.signal.lock().paused = paused;
        self.signal.changed.notify_all();
    }

    /// What made the process or the machine stand still between two moments. Waits for the sampler to wake after the end.
    pub(crate) fn interruption(&self, start: Timestamp, end: Timestamp) -> Option<String> {
        let patience = Duration::from_secs_f64(4.0 * BEAT_S);
        let (state, _) = self
            .signal
            .changed
            .wait_timeout_while(self.signal.lock(), patience, |state| {
                !state.stop && !state.paused && state.pulse.last().is_none_or(|last| last < end)
            })
            .unwrap_or_else(PoisonError::into_inner);
        state.pulse.interruption(start, end)
    }

    /// Waits until `enough` says so after some reading, or until the time is over.
    pub(crate) fn wait_until(&self, timeout: Duration, mut enough: impl FnMut() -> bool) {
        // The condition locks timelines, which the thread never holds together with this lock.
        let waited = self
            .signal
            .changed
            .wait_timeout_while(self.signal.lock(), timeout, |state| !state.stop && !enough());
        drop(waited);
    }
}

impl Signal {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until `planned`; false if the thread shall stop.
    fn wait(&self, planned: Timestamp, clock: Clock) -> bool {
        let timeout = Duration::from_secs_f64(planned.seconds_since(clock.now()).clamp(0.0, 3600.0));
        // Each announcement of a reading comes from this very thread, so only a stop or a pause ends the sleep early.
        let (state, _) = self
            .changed
            .wait_timeout_while(self.lock(), timeout, |state| !state.stop && !state.paused)
            .unwrap_or_else(PoisonError::into_inner);
        let was_paused = state.paused;
        let mut state = self
            .changed
            .wait_while(state, |state| state.paused && !state.stop)
            .unwrap_or_else(PoisonError::into_inner);
        let now = clock.now();
        if was_paused {
            state.pulse.skip(now, asleep_s());
        } else {
            state.pulse.beat(planned, now, asleep_s());
        }
        !state.stop
    }

    fn announce(&self) {
        let cpu_s = thread_cpu_s();
        // Taking the lock makes sure that a waiter is either asleep or has not looked yet.
        self.lock().cpu_s = cpu_s;
        self.changed.notify_all();
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.signal.lock().stop = true;
        self.signal.changed.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the energy sampler panicked; energies after that moment are missing");
        }
    }
}
