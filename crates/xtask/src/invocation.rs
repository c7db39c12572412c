//! A command to run, as data: program, arguments, added environment, folder. Its `Display` is a line for a POSIX shell.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

/// A command with all that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invocation {
    /// The program: a path, or a name that the system looks up.
    pub(crate) program: OsString,
    /// Its arguments.
    pub(crate) arguments: Vec<OsString>,
    /// Variables set on top of the environment that xtask itself has.
    pub(crate) environment: Vec<(String, OsString)>,
    /// The working folder, if not that of xtask.
    pub(crate) folder: Option<PathBuf>,
}

impl Invocation {
    /// `program` with no arguments.
    pub(crate) fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            folder: None,
        }
    }

    /// The same with arguments appended.
    pub(crate) fn with<I: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = I>) -> Self {
        self.arguments
            .extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// The same with the variable `name` set.
    pub(crate) fn set(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// The same in the folder `folder`.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.environment {
            write!(formatter, "{name}={} ", quoted(value))?;
        }
        // Cargo hands its full path down to what it starts; its name says the same.
        let program = match Path::new(&self.program).file_stem() {
            Some(name) if name == "cargo" => name,
            _ => &self.program,
        };
        formatter.write_str(&quoted(program))?;
        for argument in &self.arguments {
            write!(formatter, " {}", quoted(argument))?;
        }
        Ok(())
    }
}

/// The word as a POSIX shell must be given it.
fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |symbol: char| symbol.is_ascii_alphanumeric() || "_@%+=:,./-".contains(symbol);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_line_can_be_pasted_into_a_shell() {
        let line = Invocation::new("/opt/rust/bin/cargo")
            .with(["bench", "--", "it's 1*2", ""])
            .set("A", "b c");
        assert_eq!(line.to_string(), r"A='b c' cargo bench -- 'it'\''s 1*2' ''");
    }
}
