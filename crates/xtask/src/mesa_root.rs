//! A private Mesa in the user's cache folder: Debian testing's software Vulkan driver with every library that it needs,
//! unpacked and never installed, so that it takes no root rights and changes nothing else on the machine. Programs of this
//! machine run on it through its own dynamic linker.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::apt_sources;
use crate::invocation::Invocation;
use crate::library::multiarch;
use crate::machine::Machine;
use crate::shell::Shell;

/// The first Mesa whose software driver has cooperative matrices.
const FIRST_MAJOR: u32 = 26;
const DRIVER_LIBRARY: &str = "libvulkan_lvp.so";

/// A Mesa that is ready to be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MesaRoot {
    /// The version of its package.
    pub(crate) version: String,
    folder: PathBuf,
    triple: &'static str,
}

impl MesaRoot {
    /// The one in the cache folder, if it was made before.
    ///
    /// # Errors
    ///
    /// Why there is none, as part of a sentence.
    pub(crate) fn find(machine: &Machine) -> Result<Self, String> {
        let triple = multiarch().ok_or("there is no recipe for this processor (x86-64 and 64-bit Arm only)")?;
        let cache = machine
            .cache_folder()
            .ok_or("there is no cache folder (neither XDG_CACHE_HOME nor HOME is set)")?;
        let folder = cache.join("joulemark/mesa-testing");
        let version = fs::read_to_string(machine.at(folder.join("version")))
            .map_err(|_| format!("{} does not hold it yet", folder.display()))?;
        Ok(Self {
            version,
            folder,
            triple,
        })
    }

    /// The one in the cache folder, made now if it is missing.
    ///
    /// # Errors
    ///
    /// Why it cannot be had, as part of a sentence.
    pub(crate) fn obtain(machine: &Machine, shell: &mut dyn Shell) -> Result<Self, String> {
        if let Ok(found) = Self::find(machine) {
            return Ok(found);
        }
        let triple = multiarch().ok_or("there is no recipe for this processor (x86-64 and 64-bit Arm only)")?;
        let cache = machine
            .cache_folder()
            .ok_or("there is no cache folder (neither XDG_CACHE_HOME nor HOME is set)")?;
        for program in ["apt-get", "dpkg-deb"] {
            if !machine.has_program(program) {
                return Err(format!(
                    "{program} is not here, and only Debian's packages are known to serve"
                ));
            }
        }
        let stanza = apt_sources::distribution(machine)?.stanza("testing");
        let folder = cache.join("joulemark/mesa-testing");
        shell.say(&format!(
            "xtask: unpacking Debian testing's Mesa into {} (about a minute)",
            folder.display()
        ));
        // Whatever an interrupted run left there is of unknown worth.
        let _ = fs::remove_dir_all(machine.at(&folder));
        let version = download(machine, shell, &folder, &stanza)?;
        let root = Self {
            version,
            folder,
            triple,
        };
        root.unpack(machine, shell)?;
        Ok(root)
    }

    fn unpack(&self, machine: &Machine, shell: &mut dyn Shell) -> Result<(), String> {
        let archives = self.folder.join("cache/archives");
        let each = "for package in \"$1\"/*.deb; do dpkg-deb -x \"$package\" \"$2\" || exit 1; done";
        let command = Invocation::new("sh")
            .with(["-c", each, "sh"])
            .with([&archives, &self.tree()]);
        shell
            .run(&command)
            .map_err(|failure| format!("unpacking failed: {}", failure.message))?;
        let driver = self.tree().join("usr/lib").join(self.triple).join(DRIVER_LIBRARY);
        for needed in [&driver, &self.linker(machine)] {
            if !machine.at(needed).exists() {
                return Err(format!(
                    "the packages of Mesa {} do not hold {}",
                    self.version,
                    needed.display()
                ));
            }
        }
        let manifest = format!(
            "{{\"file_format_version\": \"1.0.0\", \"ICD\": {{\"api_version\": \"1.3.0\", \"library_path\": \"{}\"}}}}\n",
            driver.display()
        );
        write(machine, &self.manifest(), &manifest)?;
        for leftover in ["cache", "state", "sources"] {
            let _ = fs::remove_dir_all(machine.at(self.folder.join(leftover)));
        }
        // Last of all: this file says that the rest is complete.
        write(machine, &self.folder.join("version"), &self.version)
    }

    /// `program` with its arguments, on this Mesa in place of the machine's own Vulkan.
    pub(crate) fn invocation(&self, machine: &Machine, program: &OsString, arguments: &[OsString]) -> Invocation {
        let folders = ["usr/lib", "lib"].map(|base| self.tree().join(base).join(self.triple).display().to_string());
        Invocation::new(self.linker(machine))
            .with(["--library-path", &folders.join(":")])
            .with([program])
            .with(arguments)
            .set("VK_DRIVER_FILES", self.manifest())
    }

    /// The dynamic linker must be of the same C library as the driver.
    fn linker(&self, machine: &Machine) -> PathBuf {
        let name = if self.triple.starts_with("aarch64") {
            "ld-linux-aarch64.so.1"
        } else {
            "ld-linux-x86-64.so.2"
        };
        let places = ["usr/lib", "lib"].map(|base| self.tree().join(base).join(self.triple).join(name));
        let [usual, old] = places;
        if machine.at(&usual).exists() || !machine.at(&old).exists() {
            usual
        } else {
            old
        }
    }

    fn tree(&self) -> PathBuf {
        self.folder.join("root")
    }

    fn manifest(&self) -> PathBuf {
        self.folder.join("lvp_icd.json")
    }
}

/// Downloads the packages with an apt whose every state lies in `folder`, so that it neither needs nor touches the
/// machine's own. The version of Mesa comes back.
fn download(machine: &Machine, shell: &mut dyn Shell, folder: &Path, stanza: &str) -> Result<String, String> {
    for part in ["state/lists/partial", "cache/archives/partial", "sources", "root"] {
        let path = folder.join(part);
        fs::create_dir_all(machine.at(&path))
            .map_err(|error| format!("{} cannot be made ({error})", path.display()))?;
    }
    write(machine, &folder.join("state/status"), "")?;
    write(machine, &folder.join("sources/testing.sources"), stanza)?;
    let at = |name: &str, part: &str| format!("{name}={}", folder.join(part).display());
    let settings = [
        at("Dir::State", "state"),
        at("Dir::State::status", "state/status"),
        at("Dir::Cache", "cache"),
        at("Dir::Etc::SourceParts", "sources"),
        "Dir::Etc::SourceList=/dev/null".to_owned(),
        // The folder is the user's own, where apt's download user may not write; nor is there a lock to take.
        "APT::Sandbox::User=root".to_owned(),
        "Debug::NoLocking=1".to_owned(),
        // The defaults would wait for minutes on a machine without a network, and call a failed download a success.
        "Acquire::http::Timeout=20".to_owned(),
        "Acquire::https::Timeout=20".to_owned(),
        "APT::Update::Error-Mode=any".to_owned(),
    ];
    let options: Vec<String> = settings
        .into_iter()
        .flat_map(|setting| ["-o".to_owned(), setting])
        .collect();
    let packages = ["mesa-vulkan-drivers", "libvulkan1"];
    let apt = || Invocation::new("apt-get").with(["-qq"]).with(&options);
    let install = ["install", "-y", "--download-only", "--no-install-recommends"];
    for command in [apt().with(["update"]), apt().with(install).with(packages)] {
        shell.run(&command).map_err(|failure| {
            // The whole line was printed already; its end tells which it was.
            let last = command
                .arguments
                .last()
                .map(|word| word.to_string_lossy().into_owned())
                .unwrap_or_default();
            format!("apt-get ({last}) failed with exit status {}", failure.exit_status)
        })?;
    }
    let archives = machine.files_in(&folder.join("cache/archives"), &["deb"]);
    let names = archives.iter().filter_map(|path| path.file_name()?.to_str());
    let version = names
        .filter_map(|name| name.strip_prefix("mesa-vulkan-drivers_")?.split('_').next())
        .next();
    let version = version.ok_or("apt-get downloaded no mesa-vulkan-drivers")?;
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < FIRST_MAJOR) {
        return Err(format!(
            "testing's Mesa is {version}, and cooperative matrices came with {FIRST_MAJOR}"
        ));
    }
    Ok(version.to_owned())
}

fn write(machine: &Machine, path: &Path, text: &str) -> Result<(), String> {
    fs::write(machine.at(path), text).map_err(|error| format!("{} cannot be written ({error})", path.display()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::fake::{FakeRoot, FakeShell};

    const FOLDER: &str = "/home/someone/.cache/joulemark/mesa-testing";

    fn debian() -> FakeRoot {
        let root = FakeRoot::new();
        root.file("/etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm\n");
        root.file(
            "/etc/apt/sources.list",
            "deb http://mirror.invalid/debian bookworm main\n",
        );
        root.programs(&["apt-get", "dpkg-deb"]);
        root
    }

    /// A shell whose apt-get downloads Mesa of this version, and whose dpkg-deb unpacks it.
    fn providing<'a>(root: &'a FakeRoot, version: &str) -> FakeShell<'a> {
        let mut shell = FakeShell::default();
        let package = format!("{FOLDER}/cache/archives/mesa-vulkan-drivers_{version}_amd64.deb");
        shell.effect("--download-only", move || root.file(&package, ""));
        shell.effect("dpkg-deb -x", || {
            let libraries = format!("{FOLDER}/root/usr/lib/{}", multiarch().unwrap_or_default());
            for name in [DRIVER_LIBRARY, "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"] {
                root.library(&format!("{libraries}/{name}"));
            }
        });
        shell
    }

    #[test]
    #[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), ignore = "no recipe here")]
    fn it_is_made_once_without_root_rights_from_the_machines_own_mirror() {
        let root = debian();
        let machine = root.machine();
        let mut shell = providing(&root, "26.1.2-1");
        let mesa = MesaRoot::obtain(&machine, &mut shell).expect("it can be had");
        assert_eq!(mesa.version, "26.1.2-1");
        assert_eq!(
            shell.commands.len(),
            3,
            "update, download, unpack: {:?}",
            shell.commands
        );
        assert!(
            shell.commands.iter().all(|line| !line.contains("sudo")),
            "{:?}",
            shell.commands
        );
        let manifest = fs::read_to_string(machine.at(format!("{FOLDER}/lvp_icd.json"))).expect("a manifest");
        assert!(manifest.contains(&format!("\"{FOLDER}/root/usr/lib/")), "{manifest}");
        assert!(
            !machine.at(format!("{FOLDER}/cache")).exists(),
            "the packages are of no more use"
        );

        let mut shell = FakeShell::default();
        assert_eq!(MesaRoot::obtain(&machine, &mut shell), Ok(mesa));
        assert!(shell.commands.is_empty(), "{:?}", shell.commands);
    }

    #[test]
    #[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), ignore = "no recipe here")]
    fn apt_gets_the_testing_suite_and_keeps_to_its_own_folder() {
        let root = debian();
        let machine = root.machine();
        let mut shell = FakeShell::default();
        shell.fail("--download-only", 100);
        let reason = MesaRoot::obtain(&machine, &mut shell).expect_err("the download fails");
        assert!(reason.contains("libvulkan1") && reason.contains("100"), "{reason}");
        let sources = fs::read_to_string(machine.at(format!("{FOLDER}/sources/testing.sources"))).expect("sources");
        assert!(
            sources.contains("http://mirror.invalid/debian") && sources.contains("Suites: testing"),
            "{sources}"
        );
        assert!(
            shell.commands[0].contains(&format!("Dir::State={FOLDER}/state")),
            "{}",
            shell.commands[0]
        );
        assert!(MesaRoot::find(&machine).is_err(), "what is not complete is not used");
    }

    #[test]
    #[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), ignore = "no recipe here")]
    fn an_older_mesa_does_not_do() {
        let root = debian();
        let mut shell = providing(&root, "25.3.1-1");
        let reason = MesaRoot::obtain(&root.machine(), &mut shell).expect_err("too old");
        assert!(reason.contains("25.3.1-1") && reason.contains("26"), "{reason}");
    }

    #[test]
    fn machines_without_debians_tools_have_a_reason() {
        let root = FakeRoot::new();
        let mut shell = FakeShell::default();
        assert!(MesaRoot::obtain(&root.machine(), &mut shell).is_err());
        assert!(shell.commands.is_empty(), "{:?}", shell.commands);
    }

    #[test]
    fn programs_run_through_its_own_linker() {
        let root = FakeRoot::new();
        let mesa = MesaRoot {
            version: String::new(),
            folder: "/c".into(),
            triple: "x86_64-linux-gnu",
        };
        let line = mesa
            .invocation(&root.machine(), &"/target/gpu".into(), &["coop".into(), "-q".into()])
            .to_string();
        assert_eq!(
            line,
            "VK_DRIVER_FILES=/c/lvp_icd.json /c/root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 --library-path \
             /c/root/usr/lib/x86_64-linux-gnu:/c/root/lib/x86_64-linux-gnu /target/gpu coop -q"
        );
    }
}
