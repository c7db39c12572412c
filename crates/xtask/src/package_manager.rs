//! The package managers that xtask knows. In: os-release(5) and what is on the path. Out: which one the machine is run
//! with, and the commands that install the software Vulkan driver without asking questions.

use std::process::Command;

/// A system's package manager.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PackageManager {
    /// The program's name.
    pub(crate) program: &'static str,
    /// Names in os-release(5) of the distributions that it belongs to.
    families: &'static [&'static str],
    /// Mesa's software Vulkan driver and the Vulkan loader.
    pub(crate) packages: &'static str,
    /// The arguments that fetch the lists of packages, where that is no part of installing.
    refresh: Option<&'static str>,
    /// The arguments before the packages.
    install: &'static str,
    /// What a person would type, as root, before the packages.
    line: &'static str,
}

const ALL: [PackageManager; 5] = [
    PackageManager {
        program: "apt-get",
        families: &["debian", "ubuntu"],
        packages: "mesa-vulkan-drivers libvulkan1",
        refresh: Some("update"),
        install: "install -y --no-install-recommends",
        line: "apt-get update && apt-get install -y",
    },
    PackageManager {
        program: "dnf",
        families: &["fedora", "rhel", "centos"],
        packages: "mesa-vulkan-drivers vulkan-loader",
        refresh: None,
        install: "install -y",
        line: "dnf install -y",
    },
    PackageManager {
        program: "pacman",
        families: &["arch", "archlinux"],
        packages: "vulkan-swrast vulkan-icd-loader",
        // Fresh lists without an upgrade can break an Arch system, so lists that are there are used as they are.
        refresh: Some("-Syu --noconfirm"),
        install: "-S --needed --noconfirm",
        line: "pacman -Syu --needed",
    },
    PackageManager {
        program: "apk",
        families: &["alpine"],
        packages: "mesa-vulkan-swrast vulkan-loader",
        refresh: None,
        install: "add --no-cache",
        line: "apk add",
    },
    PackageManager {
        program: "zypper",
        families: &["suse", "opensuse", "opensuse-leap", "opensuse-tumbleweed", "sles"],
        packages: "libvulkan_lvp libvulkan1",
        refresh: None,
        install: "--non-interactive install",
        line: "zypper install",
    },
];

impl PackageManager {
    /// The one that a machine is run with. Foreign ones may be installed too (Debian packages `zypper`), so the
    /// distribution's own name goes first and what is there second.
    pub(crate) fn of(os_release: &str, is_there: impl Fn(&str) -> bool) -> Option<&'static Self> {
        let field = |name: &str| {
            let line = os_release
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_default().trim().trim_matches(['"', '\''])
        };
        let names = [field("ID"), field("ID_LIKE")].join(" ");
        let own = names.split_whitespace().find_map(|name| {
            let mut known = ALL.iter().filter(|manager| is_there(manager.program));
            known.find(|manager| manager.families.contains(&name))
        });
        own.or_else(|| ALL.iter().find(|manager| is_there(manager.program)))
    }

    /// The command that fetches the lists of packages, where that is no part of installing.
    pub(crate) fn refresh(&self, sudo: bool) -> Option<Command> {
        let mut lists = std::fs::read_dir("/var/lib/pacman/sync").into_iter().flatten();
        if self.program == "pacman" && lists.next().is_some() {
            return None;
        }
        self.refresh.map(|arguments| self.command(sudo, arguments))
    }

    /// The command that installs the driver.
    pub(crate) fn install(&self, sudo: bool) -> Command {
        self.command(sudo, &format!("{} {}", self.install, self.packages))
    }

    fn command(&self, sudo: bool, arguments: &str) -> Command {
        // `env`, since sudo hands no environment on; `-n`: sudo fails where it would ask for a password.
        let mut command = Command::new(if sudo { "sudo" } else { "env" });
        if sudo {
            command.args(["-n", "env"]);
        }
        command
            .args(["DEBIAN_FRONTEND=noninteractive", self.program])
            .args(arguments.split(' '));
        command
    }

    /// The one line that somebody with the rights can run.
    pub(crate) fn line(&self, root: bool, has_sudo: bool) -> String {
        let line = format!("{} {}", self.line, self.packages);
        match (root, has_sudo) {
            (true, _) => line,
            (false, true) => format!("sudo {}", line.replace("&& ", "&& sudo ")),
            (false, false) => format!("su -c '{line}'"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distributions_own_manager_comes_before_others_that_are_installed() {
        let program = |release: &str, there: &[&str]| {
            PackageManager::of(release, |name| there.contains(&name)).map(|manager| manager.program)
        };
        let all = ["apt-get", "dnf", "pacman", "apk", "zypper"];
        for (release, expected) in [
            ("ID=debian\n", "apt-get"),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "apt-get"),
            ("NAME=x\nID=fedora\n", "dnf"),
            ("ID=\"rocky\"\nID_LIKE='rhel centos fedora'\n", "dnf"),
            ("ID=manjaro\nID_LIKE=arch\n", "pacman"),
            ("ID=alpine\n", "apk"),
            ("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n", "zypper"),
            ("ID=unheard-of\n", "apt-get"),
        ] {
            assert_eq!(program(release, &all), Some(expected), "{release}");
        }
        assert_eq!(program("ID=fedora\n", &["zypper"]), Some("zypper"));
        assert_eq!(program("ID=debian\n", &[]), None);
    }

    #[test]
    fn nothing_asks_a_question_and_a_person_gets_one_line() {
        for (manager, arguments, line) in [
            (
                &ALL[0],
                "apt-get install -y --no-install-recommends mesa-vulkan-drivers libvulkan1",
                "sudo apt-get update && sudo apt-get install -y mesa-vulkan-drivers libvulkan1",
            ),
            (
                &ALL[2],
                "pacman -S --needed --noconfirm vulkan-swrast vulkan-icd-loader",
                "sudo pacman -Syu --needed vulkan-swrast vulkan-icd-loader",
            ),
            (
                &ALL[4],
                "zypper --non-interactive install libvulkan_lvp libvulkan1",
                "sudo zypper install libvulkan_lvp libvulkan1",
            ),
        ] {
            let words: Vec<_> = manager
                .install(true)
                .get_args()
                .map(|word| word.to_string_lossy().into_owned())
                .collect();
            assert_eq!(
                words.join(" "),
                format!("-n env DEBIAN_FRONTEND=noninteractive {arguments}")
            );
            assert_eq!(manager.line(false, true), line);
        }
        assert_eq!(
            ALL[3].line(false, false),
            "su -c 'apk add mesa-vulkan-swrast vulkan-loader'"
        );
        assert_eq!(
            ALL[1].line(true, true),
            "dnf install -y mesa-vulkan-drivers vulkan-loader"
        );
        assert_eq!(ALL[1].refresh(false).map(|_| ()), None);
    }
}
