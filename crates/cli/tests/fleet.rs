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

/// What a user sets before starting the example script, and `joulemark` on the path.
fn example(command: &mut Command, seed: &str) {
    let program = Path::new(env!("CARGO_BIN_EXE_joulemark")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    command.env("PATH", path).envs([
        ("JOULEMARK_SUITE", "quick"),
        ("JOULEMARK_SEED", seed),
        ("JOULEMARK_WINDOWS", "2"),
        ("JOULEMARK_ROUNDS", "2"),
        ("JOULEMARK_WINDOW", "0.05"),
        ("JOULEMARK_ENERGY", "none"),
    ]);
}

fn script() -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    repository.join("results/examples/slurm.sh")
}

/// The example script as task `task` of an array from 1 to 2.
fn slurm(folder: &Path, task: &str, seed: &str) -> PathBuf {
    let mut command = Command::new("sh");
    example(&mut command, seed);
    let output = command
        .arg(script())
        .current_dir(folder)
        .envs([
            ("SLURM_ARRAY_TASK_ID", task),
            ("SLURM_ARRAY_TASK_MIN", "1"),
            ("SLURM_ARRAY_TASK_MAX", "2"),
            ("SLURM_ARRAY_TASK_COUNT", "2"),
        ])
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

#[cfg(target_os = "linux")]
#[test]
#[ignore = "starts a Slurm of one node: .ci/tools installs it and runs this"]
fn an_array_job_on_a_real_slurm_gives_shards_that_join() {
    let folder = tempfile::tempdir().unwrap();
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ports = [free(), free()].map(|listener| listener.local_addr().unwrap().port().to_string());
    let mut command = Command::new("sh");
    example(&mut command, "1");
    let job = command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/single_node_slurm.sh"))
        .arg(folder.path().join("slurm"))
        .args(&ports)
        .args(["sbatch", "--wait", "--array=1-2"])
        .arg(script())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let written = Command::new("sh")
        .args(["-c", "cat slurm-*.out slurm/*.log"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(job.status.success(), "{}\n{}", text(&job), text(&written));
    let shards: Vec<_> = [1, 2]
        .iter()
        .flat_map(|task| std::fs::read_dir(folder.path().join(format!("shards/{task}"))).unwrap())
        .flat_map(|machine| std::fs::read_dir(machine.unwrap().path()).unwrap())
        .map(|run| run.unwrap().path().display().to_string())
        .collect();
    let merged = joulemark(folder.path(), &format!("merge {} -o joined", shards.join(" ")));
    assert!(text(&merged).contains("2 shards, 16 rows"), "{}", text(&merged));
    let checked = joulemark(folder.path(), "check joined");
    assert!(text(&checked).contains("16 rows of 4 cases"), "{}", text(&checked));
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
