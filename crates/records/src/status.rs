//! What became of a window: the word in the column `status`.

use serde::{Deserialize, Serialize};

/// What became of a window. Everything but `ok` and `idle` carries a sentence in the column `reason`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Verified, timed, and nothing speaks against its numbers. Energy may still be unavailable: see its quality.
    Ok,
    /// Idle power was measured here; no kernel ran.
    Idle,
    /// As `ok`, but there was nothing to verify the output against: a kernel of the user's own without an expectation.
    Unverified,
    /// Measured, but something speaks against the numbers: two sources that disagree, a throttled clock.
    Suspect,
    /// The kernel failed verification and was not timed.
    WrongResult,
    /// The kernel, the adapter or a limit does not allow this case.
    Refused,
    /// Left out by the budget or by the user's choice.
    Skipped,
    /// Something broke. A row says so until it has been measured, so it is the default.
    #[default]
    Error,
}

joulemark_base::words! { Status, "status" {
    Ok => "ok",
    Idle => "idle",
    Unverified => "unverified",
    Suspect => "suspect",
    WrongResult => "wrong_result",
    Refused => "refused",
    Skipped => "skipped",
    Error => "error",
} }

impl Status {
    /// Whether the kernel was timed, whatever speaks against its numbers.
    #[must_use]
    pub const fn is_timed(self) -> bool {
        matches!(self, Self::Ok | Self::Unverified | Self::Suspect)
    }
}
