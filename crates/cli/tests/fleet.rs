//! Shards: cut by Slurm's variables as the example script does it, joined to one sound run, refused where mixed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn joulemark(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_joulemark"))
        .args(arguments.split(' '))
        .current_dir(folder)
        .output()
        .expect("cargo builds the command before its tests")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// The example script as task `task` of an array from 1 to 2.
fn slurm(folder: &Path, task: &str, seed: &str) -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_joulemark")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let variables = [
        ("PATH", path.as_str()),
        ("SLURM_ARRAY_TASK_ID", task),
        ("SLURM_ARRAY_TASK_MIN", "1"),
        ("SLURM_ARRAY_TASK_MAX", "2"),
        ("SLURM_ARRAY_TASK_COUNT", "2"),
        ("JOULEMARK_SUITE", "quick"),
        ("JOULEMARK_SEED", seed),
        ("JOULEMARK_WINDOWS", "2"),
        ("JOULEMARK_ROUNDS", "2"),
        ("JOULEMARK_WINDOW", "0.05"),
        ("JOULEMARK_ENERGY", "none"),
    ];
    let output = Command::new("sh")
        .arg(repository.join("results/examples/slurm.sh"))
        .current_dir(folder)
        .envs(variables)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let machine = std::fs::read_dir(folder.join("shards").join(task))
        .unwrap()
        .next()
        .unwrap();
    let run = std::fs::read_dir(machine.unwrap().path()).unwrap().next().unwrap();
    run.unwrap().path()
}

#[cfg(unix)]
#[test]
fn shards_are_cut_joined_and_not_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["1", "2"].map(|task| slurm(folder.path(), task, "1").display().to_string());
    let merged = joulemark(folder.path(), &format!("merge {second} {first} -o joined"));
    assert!(merged.status.success(), "{}", text(&merged));
    assert!(text(&merged).contains("2 shards, 16 rows"), "{}", text(&merged));
    let checked = joulemark(folder.path(), "check joined shards");
    assert!(checked.status.success(), "{}", text(&checked));
    assert!(text(&checked).contains("16 rows of 4 cases"), "{}", text(&checked));

    let other = tempfile::tempdir().unwrap();
    let other = slurm(other.path(), "2", "7").display().to_string();
    for (shards, message) in [
        (vec![&first, &other], "option seed is 1 in"),
        (vec![&first], "shards are missing: 2/2"),
        (vec![&first, &first, &second], "a shard is given twice"),
    ] {
        let shards = shards.into_iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let refused = joulemark(folder.path(), &format!("merge {shards} -o mixed"));
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused).contains(message), "{}", text(&refused));
        assert!(!folder.path().join("mixed").exists());
    }
    let whole = joulemark(folder.path(), "merge joined -o mixed");
    assert_eq!(whole.status.code(), Some(1), "{}", text(&whole));
    let empty = joulemark(folder.path(), "run --suite quick --shard 9/9 --energy none --out none");
    assert!(text(&empty).contains("shard 9/9 is empty"), "{}", text(&empty));
}
