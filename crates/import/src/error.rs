//! What can be wrong with a map or with a file that it is applied to: one sentence each, with the place.

use std::path::{Path, PathBuf};

use joulemark_base::plain_text::{plain, shown};

/// Why an import failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The map is not one.
    #[error("the map {}: {what}", plain(map))]
    Map {
        /// Its path, or its name among the shipped ones.
        map: String,
        /// What is wrong, and where.
        what: String,
    },
    /// A file, or a place in it, is not what the map takes it for.
    #[error("{}{}: {what}", plain(&path.display().to_string()), at(place))]
    Input {
        /// The file.
        path: PathBuf,
        /// Line, or path in the JSON; empty for the file as a whole.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// A file that cannot be read as text.
    #[error(transparent)]
    Read(#[from] joulemark_records::Error),
    /// The table cannot be written.
    #[error("cannot write {}: {source}", plain(&path.display().to_string()))]
    Write {
        /// The table.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn input(path: &Path, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Input {
            path: path.to_owned(),
            place: place.into(),
            what: what.into(),
        }
    }
}

fn at(place: &str) -> String {
    if place.is_empty() {
        String::new()
    } else {
        format!(", {}", shown(place))
    }
}
