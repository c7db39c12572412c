//! Whether wgpu will find an adapter: the machine comes in, what was found (or what was looked at in vain) goes out.
//! Only files are looked at; the driver itself is not loaded.

use crate::driver::{self, Kind};
use crate::library;
use crate::machine::{Machine, System};

/// What the search came to, in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Adapter {
    /// There is one.
    Found {
        /// Which, in one line.
        summary: String,
    },
    /// There is none.
    Missing {
        /// What was looked at and why it does not do, a line each.
        looked_at: Vec<String>,
        /// The variable that keeps the loader from every other driver, so that installing one would not help.
        forced_by: Option<&'static str>,
    },
}

/// Looks for an adapter.
pub(crate) fn find(machine: &Machine) -> Adapter {
    match machine.system {
        System::MacOs => Adapter::Found {
            summary: "Metal, which is part of macOS".to_owned(),
        },
        System::Windows => Adapter::Found {
            summary: "DX12, which is part of Windows".to_owned(),
        },
        System::Linux | System::Other => vulkan(machine),
    }
}

fn vulkan(machine: &Machine) -> Adapter {
    let loader = library::find(machine, "libvulkan.so.1");
    let drivers = driver::survey(machine);
    // A GPU, where there is one, is what the user will want to hear of.
    let of_kind = |kind| drivers.iter().find(|driver| driver.verdict == Ok(kind));
    let usable = of_kind(Kind::Hardware).map(|driver| (driver, "a GPU"));
    let usable = usable.or_else(|| of_kind(Kind::Software).map(|driver| (driver, "software, on the processor")));
    if let (Ok(_), Some((driver, what))) = (&loader, usable) {
        return Adapter::Found {
            summary: format!("Vulkan ({what}: {})", driver.manifest.display()),
        };
    }
    let mut looked_at = vec![match &loader {
        Ok(path) => format!("Vulkan loader: {}", path.display()),
        Err(reason) => format!("Vulkan loader: {reason}"),
    }];
    for driver in &drivers {
        let verdict = match &driver.verdict {
            Ok(_) => "usable",
            Err(reason) => reason,
        };
        looked_at.push(format!("Vulkan driver {}: {verdict}", driver.manifest.display()));
    }
    let forced_by = driver::override_variable(machine);
    if drivers.is_empty() {
        let places = match forced_by {
            Some(name) => format!("those that {name} names"),
            None => driver::folders(machine)
                .iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
                .join(", "),
        };
        looked_at.push(format!("Vulkan drivers: no manifest in {places}"));
    }
    Adapter::Missing {
        looked_at,
        forced_by: forced_by.filter(|_| usable.is_none()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::fake::FakeRoot;

    fn looked_at(machine: &Machine) -> String {
        match find(machine) {
            Adapter::Missing { looked_at, .. } => looked_at.join("\n"),
            Adapter::Found { summary } => panic!("found {summary}"),
        }
    }

    fn summary(machine: &Machine) -> String {
        match find(machine) {
            Adapter::Found { summary } => summary,
            Adapter::Missing { looked_at, .. } => panic!("looked at {looked_at:?}"),
        }
    }

    #[test]
    fn macos_and_windows_bring_their_own() {
        let root = FakeRoot::new();
        assert!(summary(&Machine::fake(System::MacOs, root.path(), &[])).contains("Metal"));
        assert!(summary(&Machine::fake(System::Windows, root.path(), &[])).contains("DX12"));
    }

    #[test]
    fn vulkan_needs_both_the_loader_and_a_driver() {
        let root = FakeRoot::new();
        let text = looked_at(&root.machine());
        assert!(
            text.contains("no libvulkan.so.1") && text.contains("/usr/share/vulkan/icd.d"),
            "{text}"
        );
        root.driver("lvp_icd.json", "libvulkan_lvp.so");
        let text = looked_at(&root.machine());
        assert!(
            text.contains("no libvulkan.so.1") && text.contains("lvp_icd.json: usable"),
            "{text}"
        );
        root.loader();
        assert!(summary(&root.machine()).contains("software"));
    }

    #[test]
    fn drivers_without_their_hardware_leave_the_software_driver_or_nothing() {
        let root = FakeRoot::new();
        root.loader();
        root.driver("radeon_icd.json", "libvulkan_radeon.so");
        let text = looked_at(&root.machine());
        assert!(text.contains("radeon_icd.json: its GPU is not here"), "{text}");
        root.driver("lvp_icd.json", "libvulkan_lvp.so");
        assert!(summary(&root.machine()).contains("lvp_icd.json"));
        root.file("/dev/dri/renderD128", "");
        assert!(
            summary(&root.machine()).contains("radeon_icd.json"),
            "a GPU comes first"
        );
    }

    #[test]
    fn a_variable_that_hides_the_drivers_is_named() {
        let root = FakeRoot::with_lavapipe();
        let machine = root.machine_with(&[("VK_ICD_FILENAMES", "/gone.json")]);
        let Adapter::Missing { forced_by, .. } = find(&machine) else {
            panic!("the variable hides lavapipe")
        };
        assert_eq!(forced_by, Some("VK_ICD_FILENAMES"));
    }
}
