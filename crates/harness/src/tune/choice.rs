//! Which tuning table a measurement uses. In: the option `tuning`. Out: the table, and the variant of a case.

use std::path::PathBuf;

use joulemark_gpu::Gpu;
use joulemark_kernels::DeviceProfile;
use sha2::{Digest, Sha256};

use super::{TunedAdapter, TuningTable, table_path};
use crate::case::Case;
use crate::error::Error;

/// Where variants come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TuningChoice {
    /// The defaults of the adapter's class.
    None,
    /// The table of this adapter and driver in the user's cache folder, if there is one.
    #[default]
    Cache,
    /// A table in this file.
    File(PathBuf),
}

impl std::str::FromStr for TuningChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "cache" => Ok(Self::Cache),
            "" => Err("it must be none, cache or a file that `joulemark tune --export` wrote".into()),
            path => Ok(Self::File(path.into())),
        }
    }
}

impl std::fmt::Display for TuningChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Cache => f.write_str("cache"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// A table in use.
#[derive(Clone, Debug)]
pub(crate) struct Tuned {
    table: TuningTable,
    path: PathBuf,
    sha256: String,
}

impl Tuned {
    /// The table that the choice means on this device; `None` if it means none, or the cache has none.
    pub(crate) fn find(choice: &TuningChoice, gpu: &Gpu) -> Result<Option<Self>, Error> {
        let adapter = TunedAdapter::of(gpu.description());
        let path = match choice {
            TuningChoice::None => None,
            TuningChoice::Cache => table_path(&adapter).filter(|path| path.is_file()),
            TuningChoice::File(path) => Some(path.clone()),
        };
        let Some(path) = path else {
            return Ok(None);
        };
        let (table, text) = TuningTable::read(&path)?;
        if table.adapter != adapter {
            return Err(Error::Input(format!(
                "{} was tuned on {}, and this is {adapter}; run `joulemark tune` here, or choose --tuning none",
                path.display(),
                table.adapter
            )));
        }
        let digest = Sha256::digest(text.as_bytes());
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Some(Self { table, path, sha256 }))
    }

    /// The case with its tuned variant, if it names none itself and the table has one.
    pub(crate) fn apply(&self, case: &Case, device: &DeviceProfile) -> Case {
        let mut case = case.clone();
        if case.variant.is_none() {
            case.variant = self.table.variant_for(&case, device);
        }
        case
    }

    /// Name of the file that it came from; its folder is the user's own business.
    pub(crate) fn file_name(&self) -> String {
        let name = self.path.file_name();
        name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// SHA-256 of the file.
    pub(crate) fn sha256(&self) -> &str {
        &self.sha256
    }
}
