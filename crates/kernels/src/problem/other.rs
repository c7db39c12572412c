//! What a shader that is not ours computes: its suite tells the buffers and the counts.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::custom::kernel::Custom;

/// The problem of a kernel from a suite; two are equal if they are the same entry's.
#[derive(Clone, Copy)]
pub struct Other(&'static Custom);

impl Other {
    /// The problem that this kernel computes.
    pub fn of(kernel: &'static Custom) -> Self {
        Self(kernel)
    }

    /// The kernel.
    pub fn kernel(&self) -> &'static Custom {
        self.0
    }

    fn key(&self) -> (&str, &str, *const Custom) {
        (self.0.problem, self.0.name, self.0)
    }
}

impl PartialEq for Other {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Other {}

impl PartialOrd for Other {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Other {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for Other {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Debug for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.name, self.0.problem)
    }
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.problem)
    }
}
