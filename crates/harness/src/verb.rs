//! What takes options: `cargo bench`, and the verbs of the command `joulemark` that measure.

/// A taker of options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `cargo bench`, which has no flags of ours, only variables.
    Bench,
    /// `joulemark best`.
    Best,
    /// `joulemark doctor`.
    Doctor,
    /// `joulemark exec`.
    Exec,
    /// `joulemark measure`.
    Measure,
    /// `joulemark run`.
    Run,
    /// `joulemark selftest`.
    Selftest,
    /// `joulemark tune`.
    Tune,
    /// `joulemark verify`.
    Verify,
    /// `joulemark watch`.
    Watch,
}
