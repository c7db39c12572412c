//! Stand-ins for tests: a file tree in a temporary folder and a shell that writes down what it is asked to run.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::library::{elf_header, multiarch};
use crate::machine::{Machine, System};
use crate::shell::Shell;

/// A file tree that takes the place of `/` and is removed at the end.
pub(crate) struct FakeRoot {
    folder: PathBuf,
}

impl FakeRoot {
    /// An empty tree.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "xtask-test-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("the temporary folder is writable");
        Self { folder }
    }

    /// A tree with the Vulkan loader and lavapipe, as Debian installs them.
    pub(crate) fn with_lavapipe() -> Self {
        let root = Self::new();
        root.loader();
        root.driver("lvp_icd.json", "libvulkan_lvp.so");
        root
    }

    /// Adds a text file.
    pub(crate) fn file(&self, path: &str, text: &str) {
        self.bytes(path, text.as_bytes());
    }

    /// Adds a file.
    pub(crate) fn bytes(&self, path: &str, bytes: &[u8]) {
        let path = self.folder.join(path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap_or(&path)).expect("the folder can be made");
        fs::write(path, bytes).expect("the file can be written");
    }

    /// Adds a shared library for the architecture that the tests run on.
    pub(crate) fn library(&self, path: &str) {
        self.bytes(path, &elf_header(std::env::consts::ARCH));
    }

    /// Adds the Vulkan loader.
    pub(crate) fn loader(&self) {
        self.library(&format!("/usr/lib/{}/libvulkan.so.1", multiarch().unwrap_or_default()));
    }

    /// Adds a driver: its manifest in the usual folder and its library.
    pub(crate) fn driver(&self, manifest: &str, library: &str) {
        self.library(&format!("/usr/lib/{library}"));
        let text = format!(r#"{{"ICD": {{"library_path": "/usr/lib/{library}"}}}}"#);
        self.file(&format!("/usr/share/vulkan/icd.d/{manifest}"), &text);
    }

    /// Adds programs to `/usr/bin`.
    pub(crate) fn programs(&self, names: &[&str]) {
        for name in names {
            self.file(&format!("/usr/bin/{name}"), "");
        }
    }

    /// Lets the process have root rights.
    pub(crate) fn as_root(&self) {
        self.file("/proc/self/status", "Uid:\t0\t0\t0\t0\n");
    }

    /// The path of the tree.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// A Linux machine with this tree.
    pub(crate) fn machine(&self) -> Machine {
        self.machine_with(&[("PATH", "/usr/local/bin:/usr/bin"), ("HOME", "/home/someone")])
    }

    /// The same with an environment of its own.
    pub(crate) fn machine_with(&self, environment: &[(&str, &str)]) -> Machine {
        Machine::fake(System::Linux, &self.folder, environment)
    }
}

impl Drop for FakeRoot {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What a command does to the machine, in place of the command.
type Effect<'a> = Box<dyn FnMut() + 'a>;

/// A shell that runs nothing.
#[derive(Default)]
pub(crate) struct FakeShell<'a> {
    /// Each command that was run, captured or asked about.
    pub(crate) commands: Vec<String>,
    /// Each line that was said.
    pub(crate) said: Vec<String>,
    /// What captured commands write.
    pub(crate) captured: String,
    failing: Vec<(String, u8)>,
    effects: Vec<(String, Effect<'a>)>,
}

impl<'a> FakeShell<'a> {
    /// Commands with `part` in them fail with `exit_status`.
    pub(crate) fn fail(&mut self, part: &str, exit_status: u8) {
        self.failing.push((part.to_owned(), exit_status));
    }

    /// Commands with `part` in them have an effect.
    pub(crate) fn effect(&mut self, part: &str, effect: impl FnMut() + 'a) {
        self.effects.push((part.to_owned(), Box::new(effect)));
    }

    /// All that was said.
    pub(crate) fn spoken(&self) -> String {
        self.said.join("\n")
    }
}

impl Shell for FakeShell<'_> {
    fn say(&mut self, line: &str) {
        self.said.push(line.to_owned());
    }

    fn print(&mut self, text: &str) {
        self.said.push(text.to_owned());
    }

    fn run(&mut self, command: &Invocation) -> Result<(), Failure> {
        let line = command.to_string();
        self.commands.push(line.clone());
        if let Some((_, exit_status)) = self.failing.iter().find(|(part, _)| line.contains(part)) {
            return Err(Failure::new(*exit_status, format!("`{line}` failed.")));
        }
        for (part, effect) in &mut self.effects {
            if line.contains(part.as_str()) {
                effect();
            }
        }
        Ok(())
    }

    fn capture(&mut self, command: &Invocation) -> Result<String, Failure> {
        self.run(command).map(|()| self.captured.clone())
    }

    fn succeeds(&mut self, command: &Invocation) -> bool {
        self.run(command).is_ok()
    }
}
