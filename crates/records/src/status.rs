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

impl Status {
    /// All words, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Ok,
        Self::Idle,
        Self::Unverified,
        Self::Suspect,
        Self::WrongResult,
        Self::Refused,
        Self::Skipped,
        Self::Error,
    ];

    /// The word as it stands in the CSV.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Idle => "idle",
            Self::Unverified => "unverified",
            Self::Suspect => "suspect",
            Self::WrongResult => "wrong_result",
            Self::Refused => "refused",
            Self::Skipped => "skipped",
            Self::Error => "error",
        }
    }

    /// Whether the kernel was timed, whatever speaks against its numbers.
    #[must_use]
    pub const fn is_timed(self) -> bool {
        matches!(self, Self::Ok | Self::Unverified | Self::Suspect)
    }

    /// The status that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}
