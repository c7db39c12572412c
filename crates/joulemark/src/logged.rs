//! A row that waits to be written. In: a row and its window. Out: both, until a folder takes them.

use joulemark_base::timestamp::Timestamp;
use joulemark_records::Row;

/// A row and the moments between which it was measured.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
    pub(crate) row: Row,
    pub(crate) ends: Option<(Timestamp, Timestamp)>,
}
