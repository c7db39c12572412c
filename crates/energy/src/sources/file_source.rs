//! A sensor that is a file with one number, as sysfs has them. In: a path. Out: its number, or a fault that
//! tells a file that is gone from one that could not be read.

use crate::power_limit::PowerLimit;
use crate::source::{Description, Fault, Source};
use crate::sources::limit_file::{LimitFile, usual_w};
use joulemark_base::timestamp::Timestamp;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

/// Linux: the device behind an open file is gone.
const ENODEV: i32 = 19;

/// A file with one number, kept open.
#[derive(Debug)]
pub(crate) struct NumberFile(File);

impl NumberFile {
    /// Opens the file and reads it once.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = Self(File::open(path)?);
        file.number()?;
        Ok(file)
    }

    fn number(&mut self) -> io::Result<u64> {
        let mut text = String::new();
        self.0.seek(SeekFrom::Start(0))?;
        self.0.read_to_string(&mut text)?;
        let text = text.trim();
        text.parse()
            .map_err(|_| io::Error::new(ErrorKind::InvalidData, format!("`{text}` is no whole number")))
    }

    pub(crate) fn read(&mut self) -> Result<u64, Fault> {
        self.number().map_err(|error| fault_of(&error))
    }
}

/// A file that is gone is told apart from a reading that failed.
pub(crate) fn fault_of(error: &io::Error) -> Fault {
    if error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(ENODEV) {
        Fault::Vanished(format!("its file is gone ({error})"))
    } else {
        Fault::Read(format!("its file could not be read ({error})"))
    }
}

/// A sensor that is such a file.
pub(crate) struct FileSource {
    description: Description,
    file: NumberFile,
    limits: Vec<LimitFile>,
}

impl FileSource {
    pub(crate) fn open(mut description: Description, path: &Path, limits: Vec<LimitFile>) -> io::Result<Self> {
        let told: Vec<PowerLimit> = limits.iter().filter_map(LimitFile::read).collect();
        description.power_limit_w = usual_w(&told);
        Ok(Self {
            description,
            file: NumberFile::open(path)?,
            limits,
        })
    }
}

impl Source for FileSource {
    fn description(&self) -> &Description {
        &self.description
    }

    fn read(&mut self, _now: Timestamp) -> Result<u64, Fault> {
        self.file.read()
    }

    fn limits(&mut self) -> Vec<PowerLimit> {
        self.limits.iter().filter_map(LimitFile::read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gone_is_not_failed() {
        assert!(matches!(
            fault_of(&io::Error::from_raw_os_error(ENODEV)),
            Fault::Vanished(_)
        ));
        assert!(matches!(fault_of(&ErrorKind::NotFound.into()), Fault::Vanished(_)));
        assert!(matches!(fault_of(&ErrorKind::PermissionDenied.into()), Fault::Read(_)));
        assert!(matches!(fault_of(&io::Error::from_raw_os_error(5)), Fault::Read(_)));
    }
}
