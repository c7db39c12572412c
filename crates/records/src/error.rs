//! What can be wrong with results: one sentence each, saying what, where, and what to do.

use std::path::{Path, PathBuf};

/// What went wrong while writing or reading results.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// No room for another line.
    #[error(
        "the disk that holds {} is full: the rows written before are intact; free some space and resume the run",
        path.display()
    )]
    DiskFull {
        /// The file that could not grow.
        path: PathBuf,
    },
    /// A field that its column does not allow.
    #[error("{}, line {line}, column `{column}`: {value:?} is not {expected}", path.display())]
    Field {
        /// The file.
        path: PathBuf,
        /// Line, from 1; the header is line 1.
        line: u64,
        /// The column's name.
        column: String,
        /// The text that stands there.
        value: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// A row in memory that its column does not allow.
    #[error(
        "the row of case `{case_id}` cannot be written: column `{column}` holds {value:?}, which is not {expected}"
    )]
    BadRow {
        /// The row's case.
        case_id: String,
        /// The column's name.
        column: &'static str,
        /// The text that would have been written.
        value: String,
        /// What may be written.
        expected: &'static str,
    },
    /// A line with too many or too few fields.
    #[error("{}, line {line}: {found} fields where the header has {expected}", path.display())]
    FieldCount {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Fields on that line.
        found: usize,
        /// Fields in the header.
        expected: usize,
    },
    /// A line that is not well-formed CSV.
    #[error("{}, line {line}: {what}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Columns without which nothing can be read.
    #[error("{}, line 1: missing columns: {}", path.display(), missing.join(", "))]
    MissingColumns {
        /// The file.
        path: PathBuf,
        /// Their names.
        missing: Vec<String>,
    },
    /// A column that stands twice in the header.
    #[error("{}, line 1: the column `{column}` stands there twice", path.display())]
    RepeatedColumn {
        /// The file.
        path: PathBuf,
        /// Its name.
        column: String,
    },
    /// The same row twice.
    #[error("{}, line {line}, column `{column}`: this row repeats one that was read before; remove one of them", path.display())]
    DuplicateRow {
        /// The file.
        path: PathBuf,
        /// Line of the second one.
        line: u64,
        /// The column that tells: `row`, or `case_id` where rows have no number.
        column: &'static str,
    },
    /// Another version of the layout.
    #[error(
        "{}: schema version {found}, but this joulemark reads versions 1 to {expected}; use the joulemark that wrote it",
        path.display()
    )]
    SchemaVersion {
        /// The manifest.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The version of [`crate::SCHEMA_VERSION`].
        expected: u32,
    },
    /// A manifest that is not one.
    #[error("{}: not a joulemark manifest: {source}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What the parser said, with line and column.
        source: serde_json::Error,
    },
    /// The samples of a run do not have this version's columns.
    #[error("{}: its columns are not those of schema version {version}; it cannot be continued", path.display())]
    ForeignColumns {
        /// The file.
        path: PathBuf,
        /// The version of [`crate::SCHEMA_VERSION`].
        version: u32,
    },
    /// A name or date that cannot become a folder.
    #[error("{what} {value:?} cannot name a results folder: {expected}")]
    FolderName {
        /// Which of the names.
        what: &'static str,
        /// The name.
        value: String,
        /// What it should look like.
        expected: &'static str,
    },
    /// Nothing to read.
    #[error("{}: no run here; give a run folder, a machine's folder or a CSV file", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// Two processes write to one run.
    #[error("{}: another process is writing this run; wait for it or end it first", path.display())]
    Busy {
        /// The run folder.
        path: PathBuf,
    },
}

impl Error {
    /// An I/O error, with the full disk told apart.
    pub(crate) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path: path.to_owned() }
            }
            _ => Self::Io {
                action,
                path: path.to_owned(),
                source,
            },
        }
    }
}
