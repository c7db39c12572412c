//! The heading of a table: which columns stand where, and whose table it is. In: the path and its first line. Out: the
//! heading, or what is wrong with it.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use joulemark_base::plain_text::is_plain;

use crate::SCHEMA_VERSION;
use crate::column::{ADDED_IN_VERSION_2, COLUMNS, Column, Kind, MINIMAL, POWER_W};
use crate::device_energy::EnergyColumns;
use crate::error::Error;

/// Whose table it is, and so how strictly it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Anybody's: other separators, a last line without a line feed.
    Foreign,
    /// Joulemark's own, which must be whole.
    Own,
    /// Joulemark's own, of a run that may have been killed: a torn last line is not read.
    Unfinished,
}

/// What the first line of a table says.
#[derive(Debug)]
pub(crate) struct Heading {
    pub(crate) path: PathBuf,
    pub(crate) columns: Vec<String>,
    pub(crate) kinds: Vec<Option<Kind>>,
    /// Where `run_id` and `row` stand.
    pub(crate) identity: Option<(usize, usize)>,
    pub(crate) energy: EnergyColumns,
    pub(crate) origin: Origin,
}

impl Heading {
    /// Takes the names as they stand in the file.
    ///
    /// # Errors
    /// A missing column, one that stands there twice, or names that are none.
    pub(crate) fn new(path: &Path, columns: Vec<String>, origin: Origin) -> Result<Self, Error> {
        check(path, &columns, origin)?;
        let position = |name: &str| columns.iter().position(|column| column == name);
        Ok(Self {
            path: path.to_owned(),
            kinds: columns
                .iter()
                .map(|name| Column::named(name).map(|column| column.kind))
                .collect(),
            identity: position("run_id").zip(position("row")),
            energy: EnergyColumns::of(position),
            origin,
            columns,
        })
    }

    /// The number of the line at `offset`, counted only when an error needs it; 0 if the file cannot be read again.
    pub(crate) fn line_at(&self, offset: u64) -> u64 {
        let count = || -> std::io::Result<u64> {
            let mut before = BufReader::new(File::open(&self.path)?.take(offset));
            let mut lines = 1;
            while before.skip_until(b'\n')? > 0 {
                lines += 1;
            }
            Ok(lines)
        };
        count().unwrap_or(0)
    }
}

fn check(path: &Path, header: &[String], origin: Origin) -> Result<(), Error> {
    let mut seen = HashSet::new();
    if let Some(column) = header.iter().find(|name| !seen.insert(name.as_str())) {
        return Err(Error::RepeatedColumn {
            path: path.to_owned(),
            column: column.clone(),
        });
    }
    if !header.iter().all(|name| is_plain(name)) {
        return Err(Error::Malformed {
            path: path.to_owned(),
            line: 1,
            what: "control characters in the name of a column; is it a table?",
        });
    }
    let is = |version_1: bool| {
        let names = COLUMNS.iter().map(|column| column.name);
        header
            .iter()
            .eq(names.filter(|name| !(version_1 && ADDED_IN_VERSION_2.contains(name))))
    };
    if origin == Origin::Unfinished && !is(false) && !is(true) {
        return Err(Error::ForeignColumns {
            path: path.to_owned(),
            version: SCHEMA_VERSION,
        });
    }
    let needed: Vec<&str> = match origin {
        Origin::Foreign => MINIMAL.to_vec(),
        Origin::Own | Origin::Unfinished => {
            let first_version = COLUMNS.iter().map(|column| column.name);
            first_version
                .filter(|name| !ADDED_IN_VERSION_2.contains(name))
                .collect()
        }
    };
    let missing: Vec<_> = needed
        .into_iter()
        .filter(|name| !seen.contains(name))
        .filter(|name| !(*name == "device_energy_j" && origin == Origin::Foreign && seen.contains(POWER_W)))
        .map(str::to_owned)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::MissingColumns {
        path: path.to_owned(),
        missing,
    })
}
