//! Being told to stop. In: SIGINT, SIGTERM or SIGQUIT. Out: the fact, for whoever asks between two windows; a second
//! signal ends the process at once, which loses the window that runs and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use signal_hook::consts::TERM_SIGNALS;
use signal_hook::flag;

/// Exit status of a command that a signal ended, as shells count it for SIGINT.
pub(crate) const EXIT_STATUS: u8 = 130;

/// Whether a signal has come.
#[derive(Clone, Debug)]
pub(crate) struct Signal(Arc<AtomicBool>);

impl Signal {
    /// From now on a first signal asks to stop and does not kill.
    ///
    /// # Errors
    /// If the system does not allow it.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let come = Arc::new(AtomicBool::new(false));
        for &signal in TERM_SIGNALS {
            flag::register_conditional_shutdown(signal, EXIT_STATUS.into(), Arc::clone(&come))
                .and_then(|_| flag::register(signal, Arc::clone(&come)))
                .context("cannot listen for signals")?;
        }
        Ok(Self(come))
    }

    /// Whether one has come.
    pub(crate) fn has_come(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The work was stopped by a signal and can be taken up again.
#[derive(Debug, thiserror::Error)]
#[error("stopped by a signal; go on with {0}")]
pub(crate) struct Stopped(pub(crate) String);
