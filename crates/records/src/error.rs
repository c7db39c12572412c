//! What can be wrong with results: one sentence each, saying what, where, and what to do.

use std::path::{Path, PathBuf};

use joulemark_base::plain_text::{plain, shown};

/// What went wrong while writing or reading results.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", at(path))]
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
        at(path)
    )]
    DiskFull {
        /// The file that could not grow.
        path: PathBuf,
    },
    /// A field that its column does not allow.
    #[error(
        "{}, line {line}, column `{}`: \"{}\" is not {expected}",
        at(path),
        shown(column),
        shown(value)
    )]
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
        "the row of case `{}` cannot be written: column `{column}` holds \"{}\", which is not {expected}",
        shown(case_id),
        shown(value)
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
    #[error("{}, line {line}: {found} fields where the header has {expected}", at(path))]
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
    /// Something that is no table at all.
    #[error("{}: {what}", at(path))]
    NoTable {
        /// What was given.
        path: PathBuf,
        /// What it is, and what to do about it.
        what: &'static str,
    },
    /// A number in a manifest that cannot be.
    #[error("{}: `{key}` is {value:?}, which is not {expected}", at(path))]
    ManifestValue {
        /// The manifest.
        path: PathBuf,
        /// The key, with those above it.
        key: String,
        /// What stands there.
        value: f64,
        /// What may stand there.
        expected: &'static str,
    },
    /// Rows or ticks that the manifest counts and that are not there.
    #[error("{}: {what}", at(path))]
    Counts {
        /// The run folder.
        path: PathBuf,
        /// What is counted, what was found, and what to do.
        what: String,
    },
    /// A file of a run that is being written, changed by somebody else.
    #[error(
        "{} was {what} by another while this run wrote it: what it held is not there any more. Put it back, or begin a new run",
        at(path)
    )]
    Disturbed {
        /// The file.
        path: PathBuf,
        /// What was done to it.
        what: &'static str,
    },
    /// Shards that do not make one campaign.
    #[error("{0}")]
    Merge(String),
    /// A line that is not well-formed CSV.
    #[error("{}, line {line}: {what}", at(path))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Columns without which nothing can be read.
    #[error("{}, line 1: missing columns: {}", at(path), missing.join(", "))]
    MissingColumns {
        /// The file.
        path: PathBuf,
        /// Their names.
        missing: Vec<String>,
    },
    /// A column that stands twice in the header.
    #[error("{}, line 1: the column `{}` stands there twice", at(path), shown(column))]
    RepeatedColumn {
        /// The file.
        path: PathBuf,
        /// Its name.
        column: String,
    },
    /// The same row twice.
    #[error(
        "{}, line {line}, column `{column}`: this row repeats line {first_line} of {}; leave one of them out",
        at(path),
        at(first_path)
    )]
    DuplicateRow {
        /// The file.
        path: PathBuf,
        /// Line of the second one.
        line: u64,
        /// The column that tells: `row`, or `case_id` where rows have no number.
        column: &'static str,
        /// The file of the first one.
        first_path: PathBuf,
        /// Its line.
        first_line: u64,
    },
    /// Another version of the layout.
    #[error(
        "{}: schema version {found}, but this joulemark reads versions 1 to {expected}; use the joulemark that wrote it",
        at(path)
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
    #[error(
        "{}: not a joulemark manifest: {}; put a copy of it back, or copy samples.csv elsewhere and study that",
        at(path),
        plain(&error.to_string())
    )]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What the parser said, with line and column.
        error: serde_json::Error,
    },
    /// The samples or ticks of a run do not have this version's columns.
    #[error(
        "{}: its columns are not those of schema version {version}, so the run cannot be continued; begin a new run (this one can still be studied)",
        at(path)
    )]
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
    #[error("{}: no run here; give a run folder, a machine's folder or a CSV file", at(path))]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// Two processes write to one run.
    #[error("{}: another process is writing this run; wait for it or end it first", at(path))]
    Busy {
        /// The run folder.
        path: PathBuf,
    },
}

impl Error {
    /// The error as it stands behind the name of its file: `:12: wall_s is `-1`, not a finite number above 0`.
    pub(crate) fn in_file(&self) -> String {
        match self {
            Self::Field {
                line,
                column,
                value,
                expected,
                ..
            } => format!(":{line}: {} is `{}`, not {expected}", shown(column), shown(value)),
            Self::FieldCount {
                line, found, expected, ..
            } => {
                format!(":{line}: {found} fields, there should be {expected}")
            }
            Self::Malformed { line, what, .. } => format!(":{line}: {what}"),
            Self::MissingColumns { missing, .. } => format!(":1: columns are missing: {}", missing.join(", ")),
            Self::Io { action, source, .. } => format!(": cannot {action} it: {source}"),
            Self::NoTable { what, .. } => format!(": {what}"),
            other => format!(": {other}"),
        }
    }

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

/// A path as it may stand in a message.
fn at(path: &Path) -> String {
    plain(&path.display().to_string())
}
