//! Where tables lie: `$XDG_CACHE_HOME/joulemark`, or what the system calls a user's cache. In: an adapter. Out: paths.

use std::env;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::TunedAdapter;

/// The table of an adapter and driver; `None` where the system has no home for caches.
pub fn table_path(adapter: &TunedAdapter) -> Option<PathBuf> {
    Some(cache_folder()?.join("tuning").join(format!("{}.json", stem(adapter))))
}

pub(crate) fn cache_folder() -> Option<PathBuf> {
    let absolute = |variable: &str| {
        let path = PathBuf::from(env::var_os(variable)?);
        path.is_absolute().then_some(path)
    };
    let system = || match env::consts::OS {
        "windows" => absolute("LOCALAPPDATA"),
        "macos" => Some(absolute("HOME")?.join("Library/Caches")),
        _ => Some(absolute("HOME")?.join(".cache")),
    };
    // A relative path in XDG_CACHE_HOME is to be ignored, says the XDG Base Directory Specification.
    Some(absolute("XDG_CACHE_HOME").or_else(system)?.join("joulemark"))
}

/// A file name that a person recognises and that no two adapters share.
fn stem(adapter: &TunedAdapter) -> String {
    let words: String = adapter
        .name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).take(6).collect();
    let digest = Sha256::digest(adapter.to_string().as_bytes());
    let hash: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{hash}", words.join("-"))
}

#[cfg(test)]
mod tests {
    use super::{TunedAdapter, stem};

    #[test]
    fn names_are_readable_and_differ_by_driver() {
        let adapter = |driver_info: &str| TunedAdapter {
            name: "llvmpipe (LLVM 15.0.6, 256 bits)".into(),
            backend: "vulkan".into(),
            driver: "llvmpipe".into(),
            driver_info: driver_info.into(),
        };
        let (old, new) = (stem(&adapter("Mesa 22.3.6")), stem(&adapter("Mesa 25.0.1")));
        assert!(old.starts_with("llvmpipe-llvm-15-0-6-256-"), "{old}");
        assert_ne!(old, new);
    }
}
