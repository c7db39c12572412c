//! Opens what is to be read: a regular file, and nothing that only looks like one. In: a path. Out: the file or its text, or
//! what stands there instead and what to do about it.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

/// What stands in place of a file that can be read; within an [`io::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit(pub &'static str);

impl Unfit {
    /// What the error says of the file, if it is not the system's.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unfit {}

fn unfit(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, Unfit(what))
}

/// Opens a regular file.
///
/// # Errors
/// No such file, or [`Unfit`]: a folder, a pipe, a device.
pub fn open(path: &Path) -> io::Result<File> {
    // Asked before opening: a pipe without a writer would block, and a device may never end.
    match other_than_a_file(&std::fs::metadata(path)?) {
        Some(what) => Err(unfit(what)),
        None => File::open(path),
    }
}

/// Opens a regular file that begins like text.
///
/// # Errors
/// As [`open`], or [`Unfit`]: what the file is instead.
pub fn open_text(path: &Path) -> io::Result<File> {
    let mut file = open(path)?;
    let mut first = Vec::new();
    Read::by_ref(&mut file).take(4).read_to_end(&mut first)?;
    file.seek(SeekFrom::Start(0))?;
    match other_than_text(&first) {
        Some(what) => Err(unfit(what)),
        None => Ok(file),
    }
}

/// Reads a whole text of at most `most` bytes.
///
/// # Errors
/// As [`open_text`], a longer text, or one that is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    open_text(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(unfit("it is too long to be what its name says; give another file"));
    }
    String::from_utf8(bytes).map_err(|_| unfit("it is not UTF-8 text; save it as UTF-8"))
}

fn other_than_a_file(facts: &Metadata) -> Option<&'static str> {
    if facts.is_dir() {
        return Some("it is a folder; give a file");
    }
    (!facts.is_file()).then_some(
        "it is a pipe or a device, which can be read only once, and files are read several times: write it to a file first \
         (`zcat x.csv.gz > x.csv`) and give that",
    )
}

fn other_than_text(first: &[u8]) -> Option<&'static str> {
    match first {
        [0x1f, 0x8b, ..] => Some("it is compressed by gzip; unpack it first: `gunzip -k FILE`"),
        [0x28, 0xb5, 0x2f, 0xfd] => Some("it is compressed by zstd; unpack it first: `unzstd FILE`"),
        [0xfd, b'7', b'z', b'X'] => Some("it is compressed by xz; unpack it first: `unxz -k FILE`"),
        [b'B', b'Z', b'h', _] => Some("it is compressed by bzip2; unpack it first: `bunzip2 -k FILE`"),
        [b'P', b'K', 3, 4] => Some("it is a zip archive, as spreadsheets save themselves; save it as CSV (UTF-8)"),
        [b'P', b'A', b'R', b'1'] => Some("it is a Parquet file; write it as CSV first"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("it is UTF-16 text; save it as UTF-8"),
        _ => None,
    }
}
