//! The ticks of an earlier run.
use super::Found;
use std::path::Path;

pub(crate) fn find(_path: &Path) -> Found {
    Found::default()
}
