//! A file that holds one number. In: its path. Out: its reading, whenever it is asked.

use super::Refusal;
use super::line;
use super::spec::{Reading, WattmeterSpec};
use crate::absence::Lack;
use crate::machine::lack;
use crate::source::{Description, Fault, Source};
use crate::sources::file_source::fault_of;
use joulemark_base::timestamp::Timestamp;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A file with a number is shorter.
const LONGEST: u64 = 4096;

/// The file, opened anew for each reading, since whoever writes it may put another in its place.
pub(super) struct NumberInFile {
    description: Description,
    path: PathBuf,
    reading: Reading,
    field: Option<String>,
}

pub(super) fn open(description: Description, path: &Path, spec: &WattmeterSpec) -> Result<NumberInFile, Refusal> {
    let shown = path.display();
    let refuse = |lack, reason: String, fix: &str| Err((lack, reason, fix.to_owned()));
    match path.metadata() {
        Err(error) => {
            return refuse(
                lack(&error),
                format!("{shown} cannot be read ({error})."),
                "Give the path of a file with one number.",
            );
        }
        // Opening a pipe would wait for its other end.
        Ok(metadata) if !metadata.is_file() => {
            return refuse(
                Lack::Unsupported,
                format!("{shown} is no plain file."),
                "Read a pipe or a device by a program: `--energy command:'cat PATH'`.",
            );
        }
        Ok(_) => {}
    }
    let mut source = NumberInFile {
        description,
        path: path.to_owned(),
        reading: spec.reading,
        field: spec.field.clone(),
    };
    match source.read(Timestamp::default()) {
        Ok(_) => Ok(source),
        Err(fault) => refuse(
            Lack::Broken,
            format!("{shown}: {fault}."),
            "Give the path of a file with one number.",
        ),
    }
}

impl Source for NumberInFile {
    fn description(&self) -> &Description {
        &self.description
    }

    fn read(&mut self, _now: Timestamp) -> Result<u64, Fault> {
        let text = || -> io::Result<String> {
            let mut text = String::new();
            File::open(&self.path)?.take(LONGEST).read_to_string(&mut text)?;
            Ok(text)
        };
        let text = text().map_err(|error| fault_of(&error))?;
        match line::read(&text, self.reading, self.field.as_deref()) {
            Some(read) => read.map_err(Fault::Read),
            // Between emptying and writing.
            None => Err(Fault::Read("the file is empty".to_owned())),
        }
    }
}
