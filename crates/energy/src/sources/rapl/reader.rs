//! Reading one zone's counter. Comes in: a zone. Goes out: microjoules or a fault. On the machine itself through
//! rapl-energy; below another root, or without that feature, from the file.

use super::zone::Zone;
use crate::Fault;
use crate::sources::file_source::NumberFile;
use std::io;
use std::path::Path;

/// A zone's counter, open.
pub(crate) enum Reader {
    #[cfg(feature = "rapl")]
    Crate(super::guard::Guarded),
    File(NumberFile),
}

impl Reader {
    /// Opens the counter and reads it once.
    pub(crate) fn open(zone: &Zone, root: &Path) -> io::Result<Self> {
        // rapl-energy says `None` for all that can go wrong, so the file is tried first.
        let file = NumberFile::open(&zone.energy_file())?;
        #[cfg(feature = "rapl")]
        if root == Path::new("/") && !zone.is_duplicate() {
            let guarded = super::guard::Guarded::open(zone).map_err(|fault| io::Error::other(fault.to_string()))?;
            return Ok(Self::Crate(guarded));
        }
        #[cfg(not(feature = "rapl"))]
        let _ = root;
        Ok(Self::File(file))
    }

    pub(crate) fn read_uj(&mut self) -> Result<u64, Fault> {
        match self {
            #[cfg(feature = "rapl")]
            Self::Crate(guarded) => guarded.read_uj(),
            Self::File(file) => file.read(),
        }
    }
}
