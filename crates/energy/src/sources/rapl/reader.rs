//! Reading one zone's counter. Comes in: a zone. Goes out: microjoules or a fault. On the machine itself through
//! rapl-energy; below another root, or without that feature, from the file.

use super::zone::Zone;
use crate::Fault;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// A zone's counter, open.
pub(crate) enum Reader {
    #[cfg(feature = "rapl")]
    Crate(super::guard::Guarded),
    File(File),
}

impl Reader {
    /// Opens the counter and reads it once.
    pub(crate) fn open(zone: &Zone, root: &Path) -> io::Result<Self> {
        // rapl-energy says `None` for all that can go wrong, so the file is tried first.
        let mut file = File::open(zone.energy_file())?;
        read_number(&mut file)?;
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
            Self::File(file) => read_number(file).map_err(|error| fault_of(&error)),
        }
    }
}

fn read_number(file: &mut File) -> io::Result<u64> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_string(&mut text)?;
    let text = text.trim();
    text.parse()
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("`{text}` is no number")))
}

/// A file that is gone is told apart from a reading that failed.
pub(crate) fn fault_of(error: &io::Error) -> Fault {
    /// Linux: the device behind an open file is gone.
    const ENODEV: i32 = 19;
    if error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(ENODEV) {
        Fault::Vanished(format!("the counter's file is gone ({error})"))
    } else {
        Fault::Read(format!("the counter's file could not be read ({error})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gone_is_not_failed() {
        assert!(matches!(
            fault_of(&io::Error::from_raw_os_error(19)),
            Fault::Vanished(_)
        ));
        assert!(matches!(fault_of(&io::ErrorKind::NotFound.into()), Fault::Vanished(_)));
        assert!(matches!(
            fault_of(&io::ErrorKind::PermissionDenied.into()),
            Fault::Read(_)
        ));
        assert!(matches!(fault_of(&io::Error::from_raw_os_error(5)), Fault::Read(_)));
    }
}
