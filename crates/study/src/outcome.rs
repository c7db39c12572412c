//! The ground of the findings: a value, or the sentence that says why there is none. Every estimand is one of these.

use serde::{Deserialize, Serialize};

/// A value, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outcome<T> {
    /// The value.
    Available(T),
    /// Why there is none.
    Unavailable {
        /// One sentence.
        unavailable: String,
    },
}

impl<T> Outcome<T> {
    /// No value, for this reason.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable {
            unavailable: reason.into(),
        }
    }

    /// The value, or the reason that `reason` gives.
    pub fn or_reason(value: Option<T>, reason: impl FnOnce() -> String) -> Self {
        value.map_or_else(|| Self::unavailable(reason()), Self::Available)
    }

    /// The value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Available(value) => Some(value),
            Self::Unavailable { .. } => None,
        }
    }

    /// The reason, if there is no value.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Available(_) => None,
            Self::Unavailable { unavailable } => Some(unavailable),
        }
    }

    /// The value as a function makes it, or the same reason.
    pub fn map<U>(&self, function: impl FnOnce(&T) -> U) -> Outcome<U> {
        self.and_then(|value| Outcome::Available(function(value)))
    }

    /// What a function makes of the value, which may be a reason too, or the same reason.
    pub fn and_then<U>(&self, function: impl FnOnce(&T) -> Outcome<U>) -> Outcome<U> {
        match self {
            Self::Available(value) => function(value),
            Self::Unavailable { unavailable } => Outcome::unavailable(unavailable.clone()),
        }
    }
}
