//! The Vulkan drivers that the loader would find: their manifests come in, a verdict for each goes out. A driver whose
//! library is missing, or whose hardware is not there, is not usable. Search order and variables follow the Vulkan
//! loader's driver interface document.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::library;
use crate::machine::Machine;

/// A driver's manifest and what we make of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Driver {
    /// The manifest file.
    pub(crate) manifest: PathBuf,
    /// Software or hardware if it can be used, or the reason why not, as part of a sentence.
    pub(crate) verdict: Result<Kind, String>,
}

/// What executes a driver's kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The processor.
    Software,
    /// A GPU.
    Hardware,
}

/// The variable that, where set, replaces the search for manifests.
pub(crate) fn override_variable(machine: &Machine) -> Option<&'static str> {
    ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"]
        .into_iter()
        .find(|name| machine.variable(name).is_some())
}

/// The folders that the loader searches for manifests.
pub(crate) fn folders(machine: &Machine) -> Vec<PathBuf> {
    let home = |folder: &str| machine.variable("HOME").map(|home| Path::new(home).join(folder));
    let one = |name: &str, default: &str| machine.variable(name).map(PathBuf::from).or_else(|| home(default));
    let many = |name: &str, default: &[&str]| {
        let named: Vec<PathBuf> = machine.path_list(name).collect();
        if named.is_empty() {
            default.iter().map(PathBuf::from).collect()
        } else {
            named
        }
    };
    let mut bases = Vec::new();
    bases.extend(one("XDG_CONFIG_HOME", ".config"));
    bases.extend(many("XDG_CONFIG_DIRS", &["/etc/xdg"]));
    bases.extend(["/usr/local/etc", "/etc"].map(PathBuf::from));
    bases.extend(one("XDG_DATA_HOME", ".local/share"));
    bases.extend(many("XDG_DATA_DIRS", &["/usr/local/share", "/usr/share"]));
    bases.into_iter().map(|base| base.join("vulkan/icd.d")).collect()
}

/// Each driver that the loader would find, judged.
pub(crate) fn survey(machine: &Machine) -> Vec<Driver> {
    let mut places: Vec<PathBuf> = match override_variable(machine) {
        Some(name) => machine.path_list(name).collect(),
        None => machine
            .path_list("VK_ADD_DRIVER_FILES")
            .chain(folders(machine))
            .collect(),
    };
    let mut seen = Vec::new();
    places.retain(|place| {
        let new = !seen.contains(place);
        seen.push(place.clone());
        new
    });
    let manifests = places.into_iter().flat_map(|place| {
        if place.extension().is_some_and(|extension| extension == "json") {
            vec![place]
        } else {
            machine.files_in(&place, &["json"])
        }
    });
    manifests
        .map(|manifest| Driver {
            verdict: judge(machine, &manifest),
            manifest,
        })
        .collect()
}

fn judge(machine: &Machine, manifest: &Path) -> Result<Kind, String> {
    let text = fs::read_to_string(machine.at(manifest)).map_err(|error| format!("it cannot be read ({error})"))?;
    let named = string_field(&text, "library_path").ok_or("it names no library_path")?;
    let library = if !named.contains('/') {
        library::find(machine, &named)?
    } else {
        // An absolute path stays what it is; a relative one starts at the manifest.
        let path = manifest.parent().unwrap_or(Path::new("/")).join(&named);
        library::check(machine, &path)?;
        path
    };
    let name = library.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    hardware(machine, &name)
}

/// Whether what a driver of this library name drives is there.
fn hardware(machine: &Machine, library: &str) -> Result<Kind, String> {
    let is = |part: &str| library.contains(part);
    let device = |paths: &[&str], what: &str| {
        if paths.iter().any(|path| machine.at(path).exists()) {
            Ok(Kind::Hardware)
        } else {
            Err(format!("{what} is not here (no {})", paths.join(" and no ")))
        }
    };
    if is("_lvp") || is("swiftshader") {
        Ok(Kind::Software)
    } else if is("nvidia") {
        device(&["/dev/nvidiactl", "/dev/nvhost-gpu"], "NVIDIA's GPU")
    } else if is("_dzn") {
        device(&["/dev/dxg"], "the Windows host's GPU")
    } else if is("radeon") || is("amdvlk") {
        render_node(machine, Some(("AMD", "0x1002")))
    } else if is("intel") {
        render_node(machine, Some(("Intel", "0x8086")))
    } else if is("nouveau") {
        render_node(machine, Some(("NVIDIA", "0x10de")))
    } else {
        render_node(machine, None)
    }
}

/// Looks for a DRM render node, of a PCI vendor (name, id) where only that vendor's will do.
fn render_node(machine: &Machine, vendor: Option<(&str, &str)>) -> Result<Kind, String> {
    let entries = fs::read_dir(machine.at("/dev/dri")).into_iter().flatten().flatten();
    let mut nodes: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    nodes.retain(|name| name.starts_with("renderD"));
    nodes.sort();
    if nodes.is_empty() {
        return Err("its GPU is not here (no /dev/dri/renderD*)".to_owned());
    }
    if let Some((name, id)) = vendor {
        nodes.retain(|node| {
            // Where sysfs is hidden (containers) the node has the benefit of the doubt.
            let found = fs::read_to_string(machine.at(format!("/sys/class/drm/{node}/device/vendor")));
            found.map_or(true, |found| found.trim() == id)
        });
        if nodes.is_empty() {
            return Err(format!(
                "no GPU of {name} is here (no render node in /sys/class/drm with vendor {id})"
            ));
        }
    }
    let opens = |node: &String| {
        File::options()
            .read(true)
            .write(true)
            .open(machine.at(format!("/dev/dri/{node}")))
    };
    match nodes
        .iter()
        .map(opens)
        .find(Result::is_ok)
        .or_else(|| nodes.first().map(opens))
    {
        Some(Err(error)) => Err(format!(
            "this user may not use /dev/dri/{} ({error}); `sudo usermod -aG render,video $USER` and a new login help",
            nodes[0]
        )),
        _ => Ok(Kind::Hardware),
    }
}

/// The value of the first string field of this name in JSON text.
fn string_field(json: &str, name: &str) -> Option<String> {
    let (_, rest) = json.split_once(&format!("\"{name}\""))?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let mut value = String::new();
    let mut symbols = rest.chars();
    loop {
        match symbols.next()? {
            '"' => return Some(value),
            '\\' => value.push(symbols.next()?),
            symbol => value.push(symbol),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::fake::FakeRoot;

    fn reason(root: &FakeRoot) -> String {
        let mut drivers = survey(&root.machine());
        assert_eq!(drivers.len(), 1, "{drivers:?}");
        drivers.remove(0).verdict.expect_err("an unusable driver")
    }

    #[test]
    fn a_software_driver_needs_its_library_only() {
        let root = FakeRoot::new();
        root.file(
            "/usr/share/vulkan/icd.d/lvp.json",
            r#"{ "library_path" : "\/usr\/lib\/libvulkan_lvp.so" }"#,
        );
        assert!(reason(&root).contains("/usr/lib/libvulkan_lvp.so"), "{}", reason(&root));
        root.library("/usr/lib/libvulkan_lvp.so");
        assert_eq!(survey(&root.machine())[0].verdict, Ok(Kind::Software));
    }

    #[test]
    fn library_paths_may_be_bare_names_or_relative_to_the_manifest() {
        let root = FakeRoot::new();
        root.file(
            "/etc/vulkan/icd.d/a.json",
            r#"{"ICD":{"library_path":"libvulkan_lvp.so"}}"#,
        );
        root.file("/opt/b.json", r#"{"ICD":{"library_path":"./libvulkan_lvp.so"}}"#);
        let machine = root.machine_with(&[("VK_ADD_DRIVER_FILES", "/opt/b.json")]);
        assert!(survey(&machine).iter().all(|driver| driver.verdict.is_err()));
        root.library("/usr/local/lib/libvulkan_lvp.so");
        root.library("/opt/libvulkan_lvp.so");
        let verdicts: Vec<_> = survey(&machine).into_iter().map(|driver| driver.verdict).collect();
        assert_eq!(verdicts, [Ok(Kind::Software), Ok(Kind::Software)]);
    }

    #[test]
    fn a_hardware_driver_needs_its_vendors_render_node() {
        let root = FakeRoot::new();
        root.driver("radeon_icd.json", "libvulkan_radeon.so");
        assert!(reason(&root).contains("/dev/dri"), "{}", reason(&root));
        root.file("/dev/dri/card0", "");
        assert!(
            reason(&root).contains("renderD"),
            "a display-only card cannot compute: {}",
            reason(&root)
        );
        root.file("/dev/dri/renderD128", "");
        root.file("/sys/class/drm/renderD128/device/vendor", "0x8086\n");
        assert!(reason(&root).contains("AMD"), "{}", reason(&root));
        root.file("/dev/dri/renderD129", "");
        root.file("/sys/class/drm/renderD129/device/vendor", "0x1002\n");
        assert_eq!(survey(&root.machine())[0].verdict, Ok(Kind::Hardware));
    }

    #[test]
    fn a_render_node_that_does_not_open_is_no_gpu() {
        let root = FakeRoot::new();
        root.driver("virtio_icd.json", "libvulkan_virtio.so");
        // A folder cannot be opened for writing, not even by root.
        root.file("/dev/dri/renderD128/x", "");
        assert!(
            reason(&root).contains("may not use /dev/dri/renderD128"),
            "{}",
            reason(&root)
        );
    }

    #[test]
    fn nvidias_driver_needs_nvidias_device() {
        let root = FakeRoot::new();
        root.driver("nvidia_icd.json", "libGLX_nvidia.so.0");
        assert!(reason(&root).contains("/dev/nvidiactl"), "{}", reason(&root));
        root.file("/dev/nvidiactl", "");
        assert_eq!(survey(&root.machine())[0].verdict, Ok(Kind::Hardware));
    }

    #[test]
    fn broken_manifests_have_a_reason() {
        let root = FakeRoot::new();
        for text in ["", "{}", r#"{"library_path": 3}"#, r#"{"library_path": "unfinished"#] {
            root.file("/etc/vulkan/icd.d/broken.json", text);
            assert_eq!(reason(&root), "it names no library_path", "{text}");
        }
    }

    #[test]
    fn the_loaders_variables_steer_the_search() {
        let root = FakeRoot::with_lavapipe();
        let none = root.machine_with(&[("VK_DRIVER_FILES", "/nowhere/a.json")]);
        assert_eq!(survey(&none).len(), 1);
        assert!(survey(&none)[0].verdict.is_err());
        let elsewhere = root.machine_with(&[("XDG_DATA_DIRS", "/opt/share:/usr/share:/usr/share")]);
        assert_eq!(survey(&elsewhere).len(), 1, "a folder that is listed twice counts once");
        assert!(survey(&root.machine_with(&[("XDG_DATA_DIRS", "/opt/share")])).is_empty());
    }
}
