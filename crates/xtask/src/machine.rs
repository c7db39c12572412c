//! The machine's facts: operating system, environment and file tree. Tests put a temporary folder in place of `/`; paths
//! in messages and results are always those that the machine itself would use.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Kinds of operating system that need different treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    /// Metal is part of it.
    MacOs,
    /// DX12 is part of it, with a software adapter.
    Windows,
    /// Vulkan, if a driver is installed.
    Linux,
    /// Vulkan likewise, but no package manager that xtask knows.
    Other,
}

/// Where everything that xtask decides upon is read.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// The operating system.
    pub(crate) system: System,
    root: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Machine {
    /// The machine that this process runs on.
    pub(crate) fn this() -> Self {
        let system = match std::env::consts::OS {
            "macos" => System::MacOs,
            "windows" => System::Windows,
            "linux" => System::Linux,
            _ => System::Other,
        };
        let environment = std::env::vars_os().map(|(name, value)| {
            (
                name.to_string_lossy().into_owned(),
                value.to_string_lossy().into_owned(),
            )
        });
        Self {
            system,
            root: PathBuf::from("/"),
            environment: environment.collect(),
        }
    }

    /// A machine whose file tree lies in `root`.
    #[cfg(all(test, unix))]
    pub(crate) fn fake(system: System, root: &Path, environment: &[(&str, &str)]) -> Self {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            system,
            root: root.to_owned(),
            environment: environment.iter().map(owned).collect(),
        }
    }

    /// Where a path of the machine really lies.
    pub(crate) fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// A variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The parts of a variable that lists paths with `:` between them; none if it is not set.
    pub(crate) fn path_list(&self, name: &str) -> impl Iterator<Item = PathBuf> {
        self.variable(name)
            .unwrap_or_default()
            .split(':')
            .filter(|part| !part.is_empty())
            .map(PathBuf::from)
    }

    /// The names of the files in a folder that end in one of `extensions`, as full paths in order; none if it is missing.
    pub(crate) fn files_in(&self, folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.at(folder)).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries
            .map(|entry| folder.join(entry.file_name()))
            .filter(|path| {
                path.extension()
                    .is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
            })
            .collect();
        files.sort();
        files
    }

    /// Whether a program of this name can be found through `PATH`.
    pub(crate) fn has_program(&self, name: &str) -> bool {
        self.path_list("PATH")
            .any(|folder| self.at(folder).join(name).is_file())
    }

    /// Whether this process has root rights (its effective user id, as Linux tells it).
    pub(crate) fn is_root(&self) -> bool {
        let status = fs::read_to_string(self.at("/proc/self/status")).unwrap_or_default();
        let ids = status
            .lines()
            .find_map(|line| line.strip_prefix("Uid:"))
            .unwrap_or_default();
        ids.split_whitespace().nth(1) == Some("0")
    }

    /// A field of `/etc/os-release` without its quotes, such as `ID`; empty if missing (see os-release(5)).
    pub(crate) fn os_release(&self, field: &str) -> String {
        let text = fs::read_to_string(self.at("/etc/os-release"))
            .or_else(|_| fs::read_to_string(self.at("/usr/lib/os-release")))
            .unwrap_or_default();
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(field)?.strip_prefix('='));
        value.unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned()
    }

    /// The user's cache folder, by the XDG base directory specification.
    pub(crate) fn cache_folder(&self) -> Option<PathBuf> {
        let named = self
            .variable("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.has_root());
        named.or_else(|| Some(Path::new(self.variable("HOME")?).join(".cache")))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use crate::fake::FakeRoot;
    use std::path::PathBuf;

    #[test]
    fn root_rights_are_those_of_the_effective_user() {
        let root = FakeRoot::new();
        assert!(!root.machine().is_root(), "nothing is known");
        root.file("/proc/self/status", "Name:\txtask\nUid:\t1000\t0\t1000\t1000\n");
        assert!(root.machine().is_root());
        root.file("/proc/self/status", "Uid:\t0\t1000\t0\t0\n");
        assert!(!root.machine().is_root());
    }

    #[test]
    fn os_release_is_read_with_and_without_quotes() {
        let root = FakeRoot::new();
        root.file(
            "/usr/lib/os-release",
            "ID=\"opensuse-leap\"\nID_LIKE='suse opensuse'\nVERSION_ID=15\n",
        );
        assert_eq!(root.machine().os_release("ID"), "opensuse-leap");
        assert_eq!(root.machine().os_release("ID_LIKE"), "suse opensuse");
        assert_eq!(root.machine().os_release("VERSION_CODENAME"), "");
    }

    #[test]
    fn the_cache_folder_follows_xdg_and_falls_back_to_home() {
        let root = FakeRoot::new();
        let folder = |environment: &[(&str, &str)]| root.machine_with(environment).cache_folder();
        assert_eq!(
            folder(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/c")]),
            Some(PathBuf::from("/c"))
        );
        assert_eq!(
            folder(&[("HOME", "/h"), ("XDG_CACHE_HOME", "relative")]),
            Some(PathBuf::from("/h/.cache"))
        );
        assert_eq!(
            folder(&[("HOME", "/h"), ("XDG_CACHE_HOME", "")]),
            Some(PathBuf::from("/h/.cache"))
        );
        assert_eq!(folder(&[]), None);
    }
}
