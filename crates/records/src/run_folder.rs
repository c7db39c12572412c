//! The names in a results tree: `<root>/<machine>/<yyyy-mm-dd>-<n>/`. In: machine and date. Out: a fresh folder.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Name of the manifest in a run folder.
pub const MANIFEST_FILE: &str = "manifest.json";
/// Name of the table of windows in a run folder.
pub const SAMPLES_FILE: &str = "samples.csv";
/// Name of the table of raw counter ticks in a run folder.
pub const TICKS_FILE: &str = "ticks.csv";

/// The name of the run's folder, which is a part of its id: `2026-01-31-1` of `gpu/2026-01-31-1@node7-9f86d081`.
pub(crate) fn folder_name(run_id: &str) -> &str {
    let place = run_id.split_once('@').map_or(run_id, |(place, _)| place);
    place.rsplit('/').next().unwrap_or(place)
}

/// Turns any name (`NVIDIA H200 on Node 7`) into one that can name a folder everywhere (`nvidia-h200-on-node-7`).
#[must_use]
pub fn machine_slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() || matches!(character, '.' | '_') {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_matches(['-', '.']);
    if slug.is_empty() { "unknown".into() } else { slug.into() }
}

/// Creates the next free run folder and returns it with its `run_id`.
///
/// The number is one above the highest there; `create_dir` fails on a folder that exists, so of two processes that
/// try the same number one goes on to the next.
pub(crate) fn create(root: &Path, machine: &str, date: &str) -> Result<(PathBuf, String), Error> {
    check_names(machine, date)?;
    let parent = root.join(machine);
    std::fs::create_dir_all(&parent).map_err(|e| Error::io("create", &parent, e))?;
    let mut number = highest_number(&parent, date)? + 1;
    loop {
        let name = format!("{date}-{number}");
        let dir = parent.join(&name);
        match std::fs::create_dir(&dir) {
            Ok(()) => return Ok((dir, format!("{machine}/{name}"))),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(e) => return Err(Error::io("create", &dir, e)),
        }
    }
}

fn check_names(machine: &str, date: &str) -> Result<(), Error> {
    if machine != machine_slug(machine) {
        return Err(Error::FolderName {
            what: "the machine name",
            value: machine.into(),
            expected: "use lower-case letters, digits, dot, underscore and dash",
        });
    }
    let shape = date.bytes().map(|byte| if byte.is_ascii_digit() { b'9' } else { byte });
    if !shape.eq(*b"9999-99-99") {
        let expected = "write it as yyyy-mm-dd";
        return Err(Error::FolderName {
            what: "the date",
            value: date.into(),
            expected,
        });
    }
    Ok(())
}

fn highest_number(parent: &Path, date: &str) -> Result<u64, Error> {
    let entries = std::fs::read_dir(parent).map_err(|e| Error::io("read", parent, e))?;
    let mut highest = 0;
    for entry in entries {
        let name = entry.map_err(|e| Error::io("read", parent, e))?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_prefix(date)?.strip_prefix('-')?.parse().ok());
        highest = highest.max(number.unwrap_or(0));
    }
    Ok(highest)
}
