//! What a sensor's readings are. In: the sensor. Out: whether differences or averages count.

use serde::{Deserialize, Serialize};

/// Whether a sensor accumulates energy or shows power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Energy since some moment; differences count.
    Counter,
    /// Power at, or averaged up to, the moment of its update.
    Power,
}

crate::words! { SourceKind, "kind of source" {
    Counter => "counter",
    Power => "power",
} }
