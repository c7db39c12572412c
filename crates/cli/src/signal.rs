//! Being told to stop. In: SIGINT, SIGTERM, SIGQUIT or SIGHUP. Out: the fact, for whoever asks between two windows, and a
//! word to the person where that takes longer than a second. A second signal ends the process at once, which loses the
//! window that runs and nothing else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use joulemark_base::duration::duration_text;
use signal_hook::consts::TERM_SIGNALS;
use signal_hook::flag;

/// Exit status of a command that a signal ended, as shells count it for SIGINT.
pub(crate) const EXIT_STATUS: u8 = 130;
/// How often the word to the person is thought of.
const LOOK: Duration = Duration::from_millis(200);
/// What ends sooner needs no word.
const SOON: Duration = Duration::from_millis(800);

/// Whether a signal has come.
#[derive(Clone, Debug)]
pub(crate) struct Signal {
    come: Arc<AtomicBool>,
    /// When what runs now will be over, if that is known.
    until: Arc<Mutex<Option<Instant>>>,
}

impl Signal {
    /// From now on a first signal asks to stop and does not kill.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let signal = Self {
            come: Arc::new(AtomicBool::new(false)),
            until: Arc::default(),
        };
        for number in signals() {
            flag::register_conditional_shutdown(number, EXIT_STATUS.into(), Arc::clone(&signal.come))
                .and_then(|_| flag::register(number, Arc::clone(&signal.come)))
                .context("cannot listen for signals")?;
        }
        let own = signal.clone();
        std::thread::Builder::new()
            .name("joulemark-signals".into())
            .spawn(move || own.answer())
            .context("cannot listen for signals")?;
        Ok(signal)
    }

    /// Whether one has come.
    pub(crate) fn has_come(&self) -> bool {
        self.come.load(Ordering::SeqCst)
    }

    /// What runs from now on will be over in about so many seconds.
    pub(crate) fn expect(&self, seconds: f64) {
        let until = Duration::try_from_secs_f64(seconds)
            .ok()
            .and_then(|left| Instant::now().checked_add(left));
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// Waits for a signal, and tells the person when it will be obeyed if that is not at once.
    fn answer(&self) {
        while !self.has_come() {
            std::thread::sleep(LOOK);
        }
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        // Who is done in a moment has no need of it; the process ends before this thread goes on.
        std::thread::sleep(left.unwrap_or(SOON).min(SOON));
        let when = match left {
            Some(left) if left > SOON => {
                format!(
                    "when the window that runs has ended, in about {}",
                    duration_text(left.as_secs_f64())
                )
            }
            _ => "when the step that runs has ended".into(),
        };
        eprintln!("\nstopping {when}; a second signal stops at once and loses that window");
    }
}

/// The signals that ask to stop. Whoever had SIGHUP ignored, as `nohup` does, wants to outlive the terminal.
fn signals() -> Vec<i32> {
    let mut signals = TERM_SIGNALS.to_vec();
    #[cfg(unix)]
    {
        // SAFETY: a null action changes nothing, and the old one is written to a place of its type.
        let ignored = unsafe {
            let mut old = std::mem::zeroed::<libc::sigaction>();
            libc::sigaction(libc::SIGHUP, std::ptr::null(), &raw mut old) == 0 && old.sa_sigaction == libc::SIG_IGN
        };
        if !ignored {
            signals.push(libc::SIGHUP);
        }
    }
    signals
}

/// The work was stopped by a signal and can be taken up again.
#[derive(Debug, thiserror::Error)]
#[error("stopped by a signal; go on with {0}")]
pub(crate) struct Stopped(pub(crate) String);
