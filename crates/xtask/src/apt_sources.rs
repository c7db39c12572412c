//! The machine's own package sources, as apt is told of them (sources.list(5)): both formats come in, the entry for the
//! distribution itself goes out, so that another of its releases can be had from the same mirror.

use std::fs;
use std::path::PathBuf;

use crate::machine::Machine;

/// A place to get packages from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// The mirror.
    pub(crate) uri: String,
    /// The key that signs it, if its own entry names one: a file or the key itself, as in the field `Signed-By`.
    pub(crate) signed_by: Option<String>,
    suite: String,
}

impl Source {
    /// The same mirror's entry for another suite, in apt's deb822 format.
    pub(crate) fn stanza(&self, suite: &str) -> String {
        let signed_by = self
            .signed_by
            .as_ref()
            .map(|key| format!("Signed-By: {key}\n"))
            .unwrap_or_default();
        format!(
            "Types: deb\nURIs: {}\nSuites: {suite}\nComponents: main\n{signed_by}",
            self.uri
        )
    }
}

/// The entry that this release of Debian itself comes from: not its updates, nor anybody else's packages.
///
/// # Errors
///
/// Why there is none, as part of a sentence.
pub(crate) fn distribution(machine: &Machine) -> Result<Source, String> {
    if machine.os_release("ID") != "debian" {
        return Err("this is not Debian, whose testing release has the driver".to_owned());
    }
    let release = machine.os_release("VERSION_CODENAME");
    let mut names = vec!["stable", "testing", "unstable", "sid"];
    names.extend(Some(release.as_str()).filter(|name| !name.is_empty()));
    let found = all(machine)
        .into_iter()
        .find(|source| names.contains(&source.suite.as_str()));
    found.ok_or_else(|| format!("apt's sources name no mirror with the suite `{release}`"))
}

fn all(machine: &Machine) -> Vec<Source> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    files.extend(machine.files_in("/etc/apt/sources.list.d".as_ref(), &["list", "sources"]));
    let mut sources = Vec::new();
    for file in files {
        let text = fs::read_to_string(machine.at(&file)).unwrap_or_default();
        if file.extension().is_some_and(|extension| extension == "sources") {
            let text: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
            sources.extend(text.split(|line| line.trim().is_empty()).flat_map(in_stanza));
        } else {
            sources.extend(text.lines().flat_map(in_line));
        }
    }
    sources.retain(|source| source.uri.contains(":/") && !source.uri.starts_with("cdrom:"));
    sources
}

/// `deb [option=value …] URI SUITE COMPONENT…`
fn in_line(line: &str) -> Option<Source> {
    let rest = line.trim().strip_prefix("deb")?;
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let signed_by = options
        .split_whitespace()
        .find_map(|option| option.strip_prefix("signed-by="));
    let mut words = rest.split_whitespace();
    let uri = words.next()?.to_owned();
    Some(Source {
        uri,
        suite: words.next()?.to_owned(),
        signed_by: signed_by.map(str::to_owned),
    })
}

/// A paragraph of `Field: value` lines, where a value may go on in indented lines: a source for each pair of URI and suite.
fn in_stanza(lines: &[&str]) -> Vec<Source> {
    let field = |name: &str| {
        let is_field = |line: &&str| {
            line.split_once(':')
                .is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
        };
        let start = lines.iter().position(is_field)?;
        let mut value = lines[start].split_once(':')?.1.trim().to_owned();
        for line in lines[start + 1..]
            .iter()
            .take_while(|line| line.starts_with([' ', '\t']))
        {
            value = format!("{value}\n{line}");
        }
        Some(value)
    };
    let words = |name| {
        field(name)
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let enabled = field("Enabled").is_none_or(|value| !value.eq_ignore_ascii_case("no"));
    if !enabled || !words("Types").iter().any(|kind| kind == "deb") {
        return Vec::new();
    }
    let (suites, signed_by) = (words("Suites"), field("Signed-By"));
    let sources = words("URIs").into_iter().flat_map(|uri| {
        let source = |suite: &String| Source {
            uri: uri.clone(),
            suite: suite.clone(),
            signed_by: signed_by.clone(),
        };
        suites.iter().map(source).collect::<Vec<_>>()
    });
    sources.collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::fake::FakeRoot;

    fn debian() -> FakeRoot {
        let root = FakeRoot::new();
        root.file("/etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm\n");
        root
    }

    #[test]
    fn the_mirror_of_the_release_itself_is_found_in_deb822_files() {
        let root = debian();
        root.file(
            "/etc/apt/sources.list.d/debian.sources",
            "Types: deb\nURIs: http://security.invalid/debian-security\nSuites: bookworm-security\nComponents: main\n\n\
             # the mirror\nTypes: deb deb-src\nURIs: http://mirror.invalid/debian\nSuites: bookworm bookworm-updates\n\
             Components: main\nSigned-By:\n -----BEGIN PGP\n .\n abc\n",
        );
        let source = distribution(&root.machine()).expect("it is the second entry");
        assert_eq!(
            source.stanza("testing"),
            "Types: deb\nURIs: http://mirror.invalid/debian\nSuites: testing\nComponents: main\n\
             Signed-By: \n -----BEGIN PGP\n .\n abc\n"
        );
    }

    #[test]
    fn the_mirror_of_the_release_itself_is_found_in_one_line_files() {
        let root = debian();
        root.file(
            "/etc/apt/sources.list",
            "# deb http://old.invalid bookworm main\ndeb cdrom:[Debian]/ bookworm main\n\
             deb-src http://source.invalid bookworm main\ndeb http://other.invalid nodistro main\n\
             deb [arch=amd64 signed-by=/k.gpg] http://mirror.invalid/debian bookworm main\n",
        );
        let source = distribution(&root.machine()).expect("it is the last entry");
        assert_eq!(
            (source.uri.as_str(), source.signed_by.as_deref()),
            ("http://mirror.invalid/debian", Some("/k.gpg"))
        );
    }

    #[test]
    fn no_mirror_is_a_reason() {
        let root = debian();
        root.file(
            "/etc/apt/sources.list.d/off.sources",
            "Types: deb\nURIs: http://a.invalid\nSuites: bookworm\nEnabled: no\n",
        );
        let reason = distribution(&root.machine()).expect_err("the only entry is off");
        assert!(reason.contains("bookworm"), "{reason}");
        root.file("/etc/os-release", "ID=ubuntu\nID_LIKE=debian\n");
        let reason = distribution(&root.machine()).expect_err("Ubuntu's mirrors have no testing");
        assert!(reason.contains("not Debian"), "{reason}");
    }
}
