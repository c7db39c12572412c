//! The package managers that xtask knows: which one a machine has, what the software Vulkan driver is called there, and
//! the commands that install it without asking questions.

use crate::invocation::Invocation;
use crate::machine::Machine;

/// A system's package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PackageManager {
    /// Debian, Ubuntu and their children.
    Apt,
    /// Fedora, RHEL and their children.
    Dnf,
    /// Arch Linux and its children.
    Pacman,
    /// Alpine Linux.
    Apk,
    /// openSUSE and SUSE Linux Enterprise.
    Zypper,
}

impl PackageManager {
    const ALL: [Self; 5] = [Self::Apt, Self::Dnf, Self::Pacman, Self::Apk, Self::Zypper];

    /// The one that this machine is run with. Foreign ones may be installed too (Debian packages `zypper`), so the
    /// distribution's own name goes first and what can be found second.
    pub(crate) fn of(machine: &Machine) -> Option<Self> {
        let names = format!("{} {}", machine.os_release("ID"), machine.os_release("ID_LIKE"));
        let own = names.split_whitespace().find_map(|name| {
            Self::ALL
                .into_iter()
                .find(|manager| manager.families().contains(&name) && manager.is_on(machine))
        });
        own.or_else(|| Self::ALL.into_iter().find(|manager| manager.is_on(machine)))
    }

    fn is_on(self, machine: &Machine) -> bool {
        machine.has_program(self.program())
    }

    /// The program's name.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Pacman => "pacman",
            Self::Apk => "apk",
            Self::Zypper => "zypper",
        }
    }

    /// Names in os-release(5) of the distributions that it belongs to.
    fn families(self) -> &'static [&'static str] {
        match self {
            Self::Apt => &["debian", "ubuntu"],
            Self::Dnf => &["fedora", "rhel", "centos"],
            Self::Pacman => &["arch", "archlinux"],
            Self::Apk => &["alpine"],
            Self::Zypper => &["suse", "opensuse", "opensuse-leap", "opensuse-tumbleweed", "sles"],
        }
    }

    /// Mesa's software Vulkan driver and the Vulkan loader.
    pub(crate) fn driver_packages(self) -> [&'static str; 2] {
        match self {
            Self::Apt => ["mesa-vulkan-drivers", "libvulkan1"],
            Self::Dnf => ["mesa-vulkan-drivers", "vulkan-loader"],
            Self::Pacman => ["vulkan-swrast", "vulkan-icd-loader"],
            Self::Apk => ["mesa-vulkan-swrast", "vulkan-loader"],
            Self::Zypper => ["libvulkan_lvp", "libvulkan1"],
        }
    }

    /// The command that fetches the lists of packages, where it is not part of installing.
    pub(crate) fn refresh(self) -> Option<Invocation> {
        (self == Self::Apt).then(|| Invocation::new(self.program()).with(["update"]))
    }

    /// The command that installs these packages.
    pub(crate) fn install(self, machine: &Machine, packages: &[&str]) -> Invocation {
        let command = match self {
            // `env` rather than our own environment: sudo does not hand that on.
            Self::Apt => Invocation::new("env").with([
                "DEBIAN_FRONTEND=noninteractive",
                self.program(),
                "install",
                "-y",
                "--no-install-recommends",
            ]),
            Self::Dnf => Invocation::new(self.program()).with(["install", "-y"]),
            // Fresh lists without an upgrade can break an Arch system, so lists that are there are used as they are.
            Self::Pacman if !machine.files_in("/var/lib/pacman/sync".as_ref(), &["db"]).is_empty() => {
                Invocation::new(self.program()).with(["-S", "--needed", "--noconfirm"])
            }
            Self::Pacman => Invocation::new(self.program()).with(["-Syu", "--needed", "--noconfirm"]),
            Self::Apk => Invocation::new(self.program()).with(["add", "--no-cache"]),
            Self::Zypper => Invocation::new(self.program()).with(["--non-interactive", "install"]),
        };
        command.with(packages)
    }

    /// What a person would type, as root, to install the driver.
    pub(crate) fn line(self) -> String {
        let [driver, loader] = self.driver_packages();
        let program = self.program();
        match self {
            Self::Apt => format!("{program} update && {program} install -y {driver} {loader}"),
            Self::Dnf => format!("{program} install -y {driver} {loader}"),
            Self::Pacman => format!("{program} -Syu --needed {driver} {loader}"),
            Self::Apk => format!("{program} add {driver} {loader}"),
            Self::Zypper => format!("{program} install {driver} {loader}"),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::fake::FakeRoot;

    #[test]
    fn the_distributions_own_manager_comes_before_others_that_are_installed() {
        let root = FakeRoot::new();
        assert_eq!(PackageManager::of(&root.machine()), None);
        root.programs(&["apt-get", "dnf", "pacman", "apk", "zypper"]);
        for (release, expected) in [
            ("ID=debian\n", PackageManager::Apt),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", PackageManager::Apt),
            ("ID=fedora\n", PackageManager::Dnf),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", PackageManager::Dnf),
            ("ID=manjaro\nID_LIKE=arch\n", PackageManager::Pacman),
            ("ID=alpine\n", PackageManager::Apk),
            (
                "ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n",
                PackageManager::Zypper,
            ),
            ("ID=unheard-of\n", PackageManager::Apt),
        ] {
            root.file("/etc/os-release", release);
            assert_eq!(PackageManager::of(&root.machine()), Some(expected), "{release}");
        }
    }

    #[test]
    fn a_manager_that_is_named_but_missing_is_not_used() {
        let root = FakeRoot::new();
        root.file("/etc/os-release", "ID=fedora\n");
        root.programs(&["zypper"]);
        assert_eq!(PackageManager::of(&root.machine()), Some(PackageManager::Zypper));
    }

    #[test]
    fn nothing_asks_a_question() {
        let root = FakeRoot::new();
        for (manager, expected) in [
            (
                PackageManager::Apt,
                "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends mesa-vulkan-drivers libvulkan1",
            ),
            (PackageManager::Dnf, "dnf install -y mesa-vulkan-drivers vulkan-loader"),
            (
                PackageManager::Pacman,
                "pacman -Syu --needed --noconfirm vulkan-swrast vulkan-icd-loader",
            ),
            (
                PackageManager::Apk,
                "apk add --no-cache mesa-vulkan-swrast vulkan-loader",
            ),
            (
                PackageManager::Zypper,
                "zypper --non-interactive install libvulkan_lvp libvulkan1",
            ),
        ] {
            // An assignment after `env` is printed in quotes only if it needs them.
            let packages = manager.driver_packages();
            assert_eq!(manager.install(&root.machine(), &packages).to_string(), expected);
        }
        root.file("/var/lib/pacman/sync/extra.db", "");
        let pacman = PackageManager::Pacman.install(&root.machine(), &["x"]).to_string();
        assert_eq!(pacman, "pacman -S --needed --noconfirm x");
    }
}
