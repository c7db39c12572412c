//! Why xtask stops: one sentence for the user and the exit status of the process.

/// Something failed.
pub(crate) const FAILED: u8 = 1;
/// The arguments make no sense.
pub(crate) const USAGE: u8 = 2;
/// A driver is missing and xtask may not install it.
pub(crate) const CANNOT_INSTALL: u8 = 3;

/// A reason to stop.
#[derive(Debug)]
pub(crate) struct Failure {
    /// One sentence: what was wrong and what to do.
    pub(crate) message: String,
    /// The exit status of the process.
    pub(crate) exit_status: u8,
}

impl Failure {
    /// A failure with the exit status `exit_status`.
    pub(crate) fn new(exit_status: u8, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            exit_status,
        }
    }
}
