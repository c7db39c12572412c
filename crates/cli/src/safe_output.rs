//! Where a verb may write. In: an output, and what the verb reads. Out: an error if the output would replace one of these
//! or a file of a run, by whatever path.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use joulemark_records::{MANIFEST_FILE, SAMPLES_FILE, TICKS_FILE};

/// Refuses to write over an input, or over the manifest, samples or ticks of any run. An input that is a folder stands
/// for all run files below it.
///
/// # Errors
/// Which file would be lost, and what to do.
pub(crate) fn guard(output: &Path, inputs: &[PathBuf]) -> anyhow::Result<()> {
    // Links are followed: it is the file behind them that would be replaced. What is not there yet replaces nothing.
    let Ok(target) = output.canonicalize() else {
        return Ok(());
    };
    let given = output.display();
    let is_input = inputs
        .iter()
        .filter_map(|input| input.canonicalize().ok())
        .any(|input| input == target);
    ensure!(
        !is_input,
        "{given} is an input, which the output would replace; write to another file"
    );
    let of_a_run = [MANIFEST_FILE, SAMPLES_FILE, TICKS_FILE]
        .iter()
        .any(|name| target.file_name().is_some_and(|file| file == *name))
        && target
            .parent()
            .is_some_and(|folder| folder.join(MANIFEST_FILE).exists());
    ensure!(
        !of_a_run,
        "{given} is a file of a run, which nothing replaces; write to another file"
    );
    Ok(())
}

/// Replaces a file with this text in one step, unless [`guard`] refuses.
///
/// # Errors
/// As `guard`, or a folder that is missing, may not be written or is full.
pub(crate) fn replace(output: &Path, text: &str, inputs: &[PathBuf]) -> anyhow::Result<()> {
    guard(output, inputs)?;
    Ok(joulemark_base::atomic_file::replace(output, text)?)
}

#[cfg(test)]
mod tests {
    use super::guard;
    use std::fs;

    #[test]
    fn inputs_and_files_of_runs_are_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["manifest.json", "samples.csv", "ticks.csv", "mine.csv"] {
            fs::write(at(name), "").unwrap();
        }
        for name in ["manifest.json", "samples.csv", "ticks.csv"] {
            let error = guard(&at(name), &[]).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("a file of a run"), "{error}");
        }
        assert!(guard(&folder.path().join("./mine.csv"), &[at("mine.csv")]).is_err());
        assert!(guard(&at("mine.csv"), &[at("samples.csv")]).is_ok());
        assert!(guard(&at("fresh.csv"), &[at("mine.csv")]).is_ok());
        fs::remove_file(at("manifest.json")).unwrap();
        assert!(
            guard(&at("samples.csv"), &[]).is_ok(),
            "a table of that name, and no run"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_file_of_a_run_is_that_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("manifest.json"), "").unwrap();
        fs::write(at("samples.csv"), "").unwrap();
        std::os::unix::fs::symlink(at("samples.csv"), at("out.html")).unwrap();
        assert!(guard(&at("out.html"), &[]).is_err());
    }
}
