//! Outputs that were found right before. In: a case, its variant and what it computed. Out: what the check said of the very
//! same bits, in this process or an earlier one: the reference is computed once per problem and output.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::hash::Hasher;
use std::io::Write;
use std::path::PathBuf;

use joulemark_kernels::reference::Check;
use joulemark_kernels::{Tensor, Variant};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::case::Case;
use crate::manifest::revision;
use crate::tune::cache_folder;

/// Checks by the content of what was checked.
#[derive(Debug, Default)]
pub(crate) struct Verified {
    known: HashMap<String, Check>,
    /// Where they are kept for later runs; `None` keeps them in memory.
    path: Option<PathBuf>,
}

/// One line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    key: String,
    relative_error: f64,
    compared: u64,
    whole: bool,
    not_finite: u64,
}

impl Verified {
    /// What earlier runs of this very build have found. A build from a changed tree trusts none but itself.
    pub(crate) fn kept() -> Self {
        let build = format!(
            "{}-{}.jsonl",
            env!("CARGO_PKG_VERSION"),
            revision().unwrap_or("release")
        );
        let path = cache_folder()
            .filter(|_| !build.contains("dirty"))
            .map(|folder| folder.join("verified").join(build));
        let text = path
            .as_ref()
            .and_then(|path| fs::read_to_string(path).ok())
            .unwrap_or_default();
        // A line that was torn, or that another version wrote, is computed again.
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
        Self {
            known: lines.map(|line| (line.key.clone(), line.into())).collect(),
            path,
        }
    }

    /// What identifies an output: the case with its inputs, the variant, whose error bound it has to meet, and all its bits.
    pub(crate) fn key(case: &Case, variant: &Variant, seed: u64, output: &Tensor) -> String {
        let mut digest = Sha(Sha256::new());
        digest.write(format!("{}/{variant}/{seed}/", case.id()).as_bytes());
        output.hash_bits(&mut digest);
        digest.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) fn find(&self, key: &str) -> Option<Check> {
        self.known.get(key).copied()
    }

    /// Keeps a check, for later runs too if the reference is ours: a file of the user's may say something else tomorrow. Where
    /// the folder cannot be written it is computed again another time.
    pub(crate) fn add(&mut self, key: String, check: Check, is_ours: bool) {
        if let Some(path) = self.path.as_ref().filter(|_| is_ours) {
            let line = Line {
                key: key.clone(),
                relative_error: check.relative_error,
                compared: check.compared,
                whole: check.whole,
                not_finite: check.not_finite,
            };
            let append = || -> std::io::Result<()> {
                fs::create_dir_all(path.parent().unwrap_or(path))?;
                let mut file = OpenOptions::new().create(true).append(true).open(path)?;
                file.write_all((serde_json::to_string(&line)? + "\n").as_bytes())
            };
            if let Err(error) = append() {
                log::debug!("{} cannot be written: {error}", path.display());
            }
        }
        self.known.insert(key, check);
    }
}

impl From<Line> for Check {
    fn from(line: Line) -> Self {
        Self {
            relative_error: line.relative_error,
            compared: line.compared,
            whole: line.whole,
            not_finite: line.not_finite,
        }
    }
}

/// SHA-256 where a hasher is asked for.
struct Sha(Sha256);

impl Hasher for Sha {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use joulemark_kernels::Tensor;
    use joulemark_kernels::reference::Check;

    use super::Verified;
    use crate::suite::{Scale, Suite};

    #[test]
    fn only_the_same_bits_of_the_same_case_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/verified.jsonl");
        let cases = Suite::find("quick").unwrap().cases(Scale::Small);
        let variant = cases[0].variant(joulemark_base::device_class::DeviceClass::Cpu);
        let key = |case: usize, seed, x| Verified::key(&cases[case], &variant, seed, &Tensor::F32(vec![x, 2.0]));
        let check = Check {
            relative_error: 1e-7,
            compared: 2,
            whole: true,
            not_finite: 0,
        };
        let mut verified = Verified {
            path: Some(path.clone()),
            ..Verified::default()
        };
        verified.add(key(0, 1, 1.0), check, true);
        verified.add(key(1, 1, 1.0), check, false);
        assert_eq!(verified.find(&key(0, 1, 1.0)), Some(check));
        for other in [key(0, 1, 1.5), key(0, 2, 1.0), key(1, 2, 1.0)] {
            assert_eq!(verified.find(&other), None);
        }
        let text = std::fs::read_to_string(path).unwrap();
        assert!(
            text.contains("\"relative_error\":1e-7") && text.ends_with("}\n"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1);
    }
}
