//! Where a verb may write. In: an output, and what the verb reads. Out: an error if the output would replace one of these
//! or a file of a run, by whatever path.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use joulemark_records::{MANIFEST_FILE, SAMPLES_FILE, TICKS_FILE, run_folders};

/// Refuses to write over an input, or over the manifest, samples or ticks of any run, there or lost. An input that is a
/// folder stands for all run files below it.
///
/// # Errors
/// Which file would be lost, and what to do.
pub(crate) fn guard(output: &Path, inputs: &[PathBuf]) -> anyhow::Result<()> {
    let given = output.display();
    ensure!(
        !inputs
            .iter()
            .flat_map(|input| files(input))
            .any(|input| is_one_file(output, &input)),
        "{given} is an input, which the output would replace; write to another file"
    );
    ensure!(
        !is_of_a_run(output),
        "{given} is a file of a run, which nothing replaces; write to another file"
    );
    Ok(())
}

const OF_A_RUN: [&str; 3] = [MANIFEST_FILE, SAMPLES_FILE, TICKS_FILE];

/// The file itself, or those of all runs in a folder.
fn files(input: &Path) -> Vec<PathBuf> {
    if !input.is_dir() {
        return vec![input.to_path_buf()];
    }
    let runs = run_folders(input).unwrap_or_default();
    runs.iter()
        .flat_map(|run| OF_A_RUN.map(|name| run.join(name)))
        .collect()
}

/// Whether both paths lead to one file, by links of either kind. What is not there yet replaces nothing.
fn is_one_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let place = |path: &Path| path.metadata().ok().map(|facts| (facts.dev(), facts.ino()));
        place(one).is_some_and(|place_of_one| Some(place_of_one) == place(other))
    }
    #[cfg(not(unix))]
    one.canonicalize()
        .is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// Whether it bears the name of a run's file beside another of the three.
fn is_of_a_run(output: &Path) -> bool {
    let target = output.canonicalize().unwrap_or_else(|_| output.to_owned());
    let name = target.file_name().unwrap_or_default();
    let folder = target.parent().unwrap_or(Path::new(""));
    let mut others = OF_A_RUN.iter().filter(|other| name != **other);
    OF_A_RUN.iter().any(|own| name == *own) && others.any(|other| folder.join(other).exists())
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
        fs::remove_file(at("ticks.csv")).unwrap();
        assert!(guard(&at("ticks.csv"), &[]).is_err(), "a file of a run that is lost");
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
        fs::hard_link(at("samples.csv"), at("twin.html")).unwrap();
        assert!(guard(&at("twin.html"), &[folder.path().to_path_buf()]).is_err());
        fs::hard_link(at("twin.html"), at("third.csv")).unwrap();
        assert!(guard(&at("third.csv"), &[at("twin.html")]).is_err());
    }
}
