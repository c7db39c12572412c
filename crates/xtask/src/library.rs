//! Looks for shared libraries as the dynamic linker would, without loading them: `LD_LIBRARY_PATH`, the linker's cache,
//! the usual folders. A library for another processor (32-bit ones beside 64-bit ones are common) does not count.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::machine::Machine;

/// Debian's name for the folder of this architecture's libraries; `None` where there is no Debian we know of.
pub(crate) fn multiarch() -> Option<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Some("x86_64-linux-gnu"),
        "aarch64" => Some("aarch64-linux-gnu"),
        _ => None,
    }
}

/// Where a library of this file name would be loaded from.
///
/// # Errors
///
/// The folders that were searched in vain, as part of a sentence.
pub(crate) fn find(machine: &Machine, name: &str) -> Result<PathBuf, String> {
    let mut folders: Vec<PathBuf> = machine.path_list("LD_LIBRARY_PATH").collect();
    let named = folders.len();
    for base in ["/lib", "/usr/lib", "/usr/local/lib"] {
        folders.extend(multiarch().map(|triple| Path::new(base).join(triple)));
        folders.push(PathBuf::from(base));
        folders.push(PathBuf::from(format!("{base}64")));
    }
    let in_folder = |folder: &PathBuf| Some(folder.join(name)).filter(|path| check(machine, path).is_ok());
    let found = folders[..named].iter().find_map(in_folder);
    let found = found.or_else(|| {
        in_cache(machine, name)
            .into_iter()
            .find(|path| check(machine, path).is_ok())
    });
    found
        .or_else(|| folders[named..].iter().find_map(in_folder))
        .ok_or_else(|| {
            format!(
                "no {name} for this processor in the linker's cache, LD_LIBRARY_PATH, /lib, /usr/lib or /usr/local/lib"
            )
        })
}

/// The paths that `/etc/ld.so.cache` holds for a file name. Its strings end in zero bytes; nothing else of its format is
/// needed.
fn in_cache(machine: &Machine, name: &str) -> Vec<PathBuf> {
    let bytes = fs::read(machine.at("/etc/ld.so.cache")).unwrap_or_default();
    let ending = format!("/{name}");
    let strings = bytes
        .split(|byte| *byte == 0)
        .filter_map(|string| std::str::from_utf8(string).ok());
    strings
        .filter(|string| string.starts_with('/') && string.ends_with(&ending))
        .map(PathBuf::from)
        .collect()
}

/// Whether the file is a library that a program of this architecture can load.
///
/// # Errors
///
/// Why not, as part of a sentence.
pub(crate) fn check(machine: &Machine, path: &Path) -> Result<(), String> {
    let mut header = [0; 20];
    let read = File::open(machine.at(path)).and_then(|mut file| file.read_exact(&mut header));
    if let Err(error) = read {
        return Err(format!("its library {} cannot be read ({error})", path.display()));
    }
    if !header.starts_with(b"\x7fELF") {
        return Err(format!("its library {} is not an ELF file", path.display()));
    }
    let machine_id = machine_of(&header);
    match elf_machine(std::env::consts::ARCH) {
        Some(own) if own != machine_id => Err(format!("its library {} is for another processor", path.display())),
        _ => Ok(()),
    }
}

/// The field `e_machine` of an ELF header, in the byte order that the header itself names.
fn machine_of(header: &[u8; 20]) -> u16 {
    let field = [header[18], header[19]];
    if header[5] == 2 {
        u16::from_be_bytes(field)
    } else {
        u16::from_le_bytes(field)
    }
}

/// The ELF specification's number for a Rust architecture; `None` where we do not know it (then any library counts).
fn elf_machine(architecture: &str) -> Option<u16> {
    match architecture {
        "x86" => Some(3),
        "arm" => Some(40),
        "x86_64" => Some(62),
        "aarch64" => Some(183),
        "riscv64" => Some(243),
        "loongarch64" => Some(258),
        _ => None,
    }
}

/// The first bytes of a little-endian library for an architecture.
#[cfg(all(test, unix))]
pub(crate) fn elf_header(architecture: &str) -> [u8; 20] {
    let mut header = [0; 20];
    header[..6].copy_from_slice(b"\x7fELF\x02\x01");
    header[18..].copy_from_slice(&elf_machine(architecture).unwrap_or_default().to_le_bytes());
    header
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::fake::FakeRoot;

    #[test]
    fn the_linkers_cache_and_the_library_path_lead_to_unusual_folders() {
        let root = FakeRoot::new();
        root.library("/opt/gpu/libvulkan.so.1");
        assert!(find(&root.machine(), "libvulkan.so.1").is_err());
        let machine = root.machine_with(&[("LD_LIBRARY_PATH", "/nowhere:/opt/gpu")]);
        assert_eq!(
            find(&machine, "libvulkan.so.1"),
            Ok(PathBuf::from("/opt/gpu/libvulkan.so.1"))
        );
        root.bytes(
            "/etc/ld.so.cache",
            b"glibc-ld.so.cache1.1\0\x01\xff\0/opt/gpu/libvulkan.so.1\0libvulkan.so.1\0",
        );
        assert_eq!(
            find(&root.machine(), "libvulkan.so.1"),
            Ok(PathBuf::from("/opt/gpu/libvulkan.so.1"))
        );
        assert!(
            find(&root.machine(), "vulkan.so.1").is_err(),
            "part of a name is not the name"
        );
    }

    #[test]
    fn a_library_for_another_processor_does_not_count() {
        let root = FakeRoot::new();
        let other = if std::env::consts::ARCH == "x86" { "arm" } else { "x86" };
        root.bytes("/usr/lib/libvulkan.so.1", &elf_header(other));
        assert!(find(&root.machine(), "libvulkan.so.1").is_err());
        let reason = check(&root.machine(), Path::new("/usr/lib/libvulkan.so.1")).expect_err("another processor");
        assert!(reason.contains("another processor"), "{reason}");
        root.library("/usr/lib/libvulkan.so.1");
        assert!(find(&root.machine(), "libvulkan.so.1").is_ok());
    }
}
