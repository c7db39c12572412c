//! `joulemark tune` as a user meets it: a search that is resumed, a table that runs use, and what goes in and out of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use joulemark_records::{Status, read_run};
use tempfile::{TempDir, tempdir};

/// The binary in a folder of its own, with a cache of its own and without the caller's options.
fn output(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_joulemark"));
    command.current_dir(folder).env("XDG_CACHE_HOME", folder.join("cache"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("JOULEMARK_")) {
        command.env_remove(name);
    }
    command.args(line.split_whitespace()).output().unwrap()
}

/// Standard output of a command that must succeed.
fn ok(folder: &Path, line: &str) -> String {
    let output = output(folder, line);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && message.is_empty(), "{line}: {message}");
    String::from_utf8(output.stdout).unwrap()
}

/// The sentence of a command that must fail with this status.
fn error(folder: &Path, line: &str, status: i32) -> String {
    let output = output(folder, line);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{line}: {message}");
    assert!(message.starts_with("error: "), "{line}: {message}");
    message
}

/// The variant of the first measured row of a run.
fn variant_of(run: &Path) -> String {
    let mut rows = read_run(run).unwrap().rows;
    rows.retain(|row| row.status != Status::Idle);
    rows[0].variant.clone()
}

fn here() -> TempDir {
    tempdir().unwrap()
}

#[test]
fn kernels_are_tuned_and_runs_use_what_was_found() {
    let folder = here();
    fs::write(
        folder.path().join("tiny.toml"),
        "name = \"tiny\"\ndescription = \"One.\"\nhypothesis = \"None.\"\ndirection = \"none\"\n[[entries]]\n\
         workload = \"one\"\nalgorithms = [\"tiled\"]\nproblems = [\"32x32x32\"]\n",
    )
    .unwrap();
    let message = error(folder.path(), "tune --export nothing.json", 1);
    assert!(message.contains("nothing was tuned"), "{message}");
    let tune = "tune --suite tiny.toml --energy none --window 0.002";
    let told = ok(folder.path(), &format!("{tune} --budget 4"));
    assert!(
        told.contains("time only") && told.contains("matmul/tiled/f32"),
        "{told}"
    );
    assert!(told.contains("no energy source: which variant is thriftiest"), "{told}");
    let path = told
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("table: "))
        .unwrap()
        .to_owned();
    assert!(
        Path::new(&path).starts_with(folder.path().join("cache/joulemark/tuning")),
        "{path}"
    );

    // What was tried is not tried again.
    let trials = || fs::read_to_string(Path::new(&path).with_extension("trials.jsonl")).unwrap();
    let before = trials();
    let variants: Vec<serde_json::Value> = before.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        variants.len() > 1 && variants.iter().all(|trial| trial["status"] == "ok"),
        "{before}"
    );
    let again = ok(folder.path(), &format!("{tune} --budget 2"));
    assert!(again.contains("variants were tried before"), "{again}");
    let after = trials();
    assert!(after.starts_with(&before));
    let mut names: Vec<String> = after
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["variant"].to_string())
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "no variant twice");

    // A run uses the table, and says which; without it the default is back.
    let mut table: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let chosen = if table["entries"][0]["chosen"] == "tile=8" {
        "tile=16"
    } else {
        "tile=8"
    };
    table["entries"][0]["chosen"] = chosen.into();
    fs::write(&path, table.to_string()).unwrap();
    let run = |options: &str| {
        let text = ok(
            folder.path(),
            &format!("run --suite tiny.toml --energy none --window 0.01 --windows 1 --rounds 1 {options}"),
        );
        let run = text
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("results: "))
            .unwrap()
            .to_owned();
        let manifest = fs::read_to_string(folder.path().join(&run).join("manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        (variant_of(&folder.path().join(&run)), manifest["options"].clone())
    };
    let (variant, options) = run("");
    assert_eq!(variant, chosen);
    assert_eq!(options["tuning_sha256"].as_str().unwrap().len(), 64);
    let (_, options) = run("--tuning none");
    assert!(options.get("tuning_sha256").is_none());

    let told = ok(folder.path(), "tune --export mine.json");
    assert!(told.contains("wrote 1 entries"), "{told}");
    assert_eq!(run("--tuning mine.json").0, chosen);
    fs::remove_file(&path).unwrap();
    ok(folder.path(), "tune --import mine.json");
    assert_eq!(run("").0, chosen);
    table["adapter"]["driver_info"] = "another".into();
    fs::write(folder.path().join("other.json"), table.to_string()).unwrap();
    let message = error(folder.path(), "tune --import other.json", 1);
    assert!(message.contains("was tuned on"), "{message}");
    let message = error(folder.path(), "run --suite tiny.toml --tuning other.json", 1);
    assert!(message.contains("--tuning none"), "{message}");
    let message = error(folder.path(), &format!("{tune} --objective energy"), 3);
    assert!(message.contains("needs an energy source"), "{message}");
}

#[test]
fn simulated_joules_choose_variants_for_nothing_but_a_table_of_their_own() {
    let folder = here();
    let told = ok(
        folder.path(),
        "tune matmul/naive/f32/128 --suite quick --objective energy --energy simulated:period=1ms,power=100 --budget 4s",
    );
    assert!(told.contains("time and energy"), "{told}");
    let path = told
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("table: "))
        .unwrap();
    assert!(path.ends_with(".simulated.json"), "{path}");
    let table: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(table["entries"][0]["thriftiest"]["energy_j"].as_f64().unwrap() > 0.0);
    let message = error(folder.path(), "tune --export nothing.json", 1);
    assert!(message.contains("nothing was tuned"), "{message}");
}
