//! A power limit that is a file with microwatts. In: its path. Out: the limit in force now, if it is set.

use crate::machine::number;
use crate::power_limit::PowerLimit;
use joulemark_base::unit::Unit;
use std::path::{Path, PathBuf};

/// Such a file.
#[derive(Debug, Clone)]
pub(crate) struct LimitFile {
    path: PathBuf,
    critical: bool,
}

impl LimitFile {
    /// Those of these files that exist; the critical ones among them are named so.
    pub(crate) fn among(folder: &Path, names: impl IntoIterator<Item = String>) -> Vec<Self> {
        let files = names.into_iter().map(|name| Self {
            critical: name.ends_with("_crit"),
            path: folder.join(name),
        });
        files.filter(|file| file.path.exists()).collect()
    }

    /// The limit; 0 means that it is switched off.
    pub(crate) fn read(&self) -> Option<PowerLimit> {
        let limit_uw = number(&self.path).filter(|limit_uw| *limit_uw > 0)?;
        let origin = self.path.file_name()?.to_string_lossy().into_owned();
        Some(PowerLimit {
            limit_w: Unit::Microwatt.to_base(limit_uw),
            origin,
            critical: self.critical,
        })
    }
}

/// The limit for the manifest: the loosest in force, else the critical one.
pub(crate) fn usual_w(limits: &[PowerLimit]) -> Option<f64> {
    let loosest = |critical| {
        let limits = limits.iter().filter(|limit| limit.critical == critical);
        limits.map(|limit| limit.limit_w).max_by(f64::total_cmp)
    };
    loosest(false).or_else(|| loosest(true))
}
