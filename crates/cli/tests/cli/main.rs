//! The command as a user meets it: every verb on this machine's adapter, files in and out, sentences and exit statuses.

mod exec;
mod npy;
mod run;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::{TempDir, tempdir};

/// The binary, in a folder of its own and without the caller's options.
fn joulemark(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_joulemark"));
    command.current_dir(folder);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("JOULEMARK_")) {
        command.env_remove(name);
    }
    // What this user tuned is no part of a test.
    command.env("JOULEMARK_TUNING", "none");
    command
}

fn output(folder: &Path, line: &str) -> Output {
    joulemark(folder).args(line.split_whitespace()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Standard output of a run that must succeed and say nothing on standard error.
fn ok(folder: &Path, line: &str) -> String {
    let output = output(folder, line);
    assert!(output.status.success(), "{line}: {}", stderr(&output));
    assert_eq!(stderr(&output), "", "{line}");
    stdout(&output)
}

/// The sentence of a run that must fail with this status.
fn error(folder: &Path, line: &str, status: i32) -> String {
    let output = output(folder, line);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(status), "{line}: {message}");
    assert!(message.starts_with("error: "), "{line}: {message}");
    assert!(!message.contains("panicked"), "{message}");
    message
}

fn json(folder: &Path, line: &str) -> serde_json::Value {
    serde_json::from_str(&ok(folder, line)).unwrap()
}

fn here() -> TempDir {
    tempdir().unwrap()
}

#[test]
fn each_verb_explains_itself() {
    let folder = here();
    assert!(ok(folder.path(), "--help").contains("Exit status"));
    for verb in [
        "doctor",
        "list",
        "show",
        "verify",
        "run",
        "exec",
        "analyze",
        "report",
        "compare",
        "rank",
        "selftest",
        "best",
        "tune",
        "completions",
        "measure",
        "watch",
    ] {
        let help = ok(folder.path(), &format!("{verb} --help"));
        assert!(help.contains("Examples:\n  joulemark "), "{verb}: {help}");
        let too_wide = help.lines().find(|line| line.chars().count() > 100);
        assert_eq!(too_wide, None, "{verb}");
    }
    let run = ok(folder.path(), "run --help")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for option in joulemark_harness::OPTIONS {
        let shown = [" <", "[=<"].map(|value| run.contains(&format!("--{}{value}", option.name)));
        assert!(shown.contains(&true), "{}", option.name);
        assert!(
            run.contains(&format!("[env: {}]", option.variable())),
            "{}",
            option.name
        );
    }
    error(folder.path(), "measure", 2);
    error(folder.path(), "exec matmul/naive A.npy", 2);
    error(
        folder.path(),
        "exec matmul/naive A.npy B.npy -o C.npy --precision f99",
        2,
    );
}

#[test]
fn doctor_names_the_adapter_and_what_is_missing() {
    let folder = here();
    let text = ok(folder.path(), "doctor");
    for word in [
        "Host",
        "Adapters",
        "(chosen)",
        "f16 in shaders",
        "Energy sources for adapter 0",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let found = json(folder.path(), "doctor --json --energy none");
    assert_eq!(found["chosen"], 0);
    assert!(found["adapters"][0]["limits"]["max_buffer_bytes"].as_u64().unwrap() > 0);
    assert!(found["energy"]["sources"].as_array().unwrap().is_empty());
    let simulated = ok(folder.path(), "doctor --energy simulated");
    assert!(simulated.contains("simulated"), "{simulated}");
    let message = error(folder.path(), "doctor --adapter nosuchgpu", 3);
    assert!(
        message.contains("no adapter is called `nosuchgpu`; there are: 0 "),
        "{message}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn without_an_adapter_the_fix_is_told() {
    let folder = here();
    for line in ["doctor", "verify", "run --suite quick"] {
        let output = joulemark(folder.path())
            .args(line.split_whitespace())
            .env("VK_DRIVER_FILES", "/nowhere.json")
            .env("VK_ICD_FILENAMES", "/nowhere.json")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{line}");
        assert!(
            stderr(&output).contains("cargo xtask setup"),
            "{line}: {}",
            stderr(&output)
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no run folder is left");
}

#[test]
fn lists_are_complete_and_stop_when_nobody_reads() {
    let folder = here();
    let all = ok(folder.path(), "list --all");
    for word in [
        "Kernels\n",
        "Precisions\n",
        "Tuning parameters\n",
        "Suites\n",
        "matmul/register_blocked",
        "f16acc",
    ] {
        assert!(all.contains(word), "{word}");
    }
    assert!(all.lines().all(|line| line == line.trim_end()), "no trailing blanks");
    let kernels = json(folder.path(), "list kernels --json");
    let names: Vec<_> = kernels["kernels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| k["name"].as_str().unwrap())
        .collect();
    let catalogue: Vec<_> = joulemark_kernels::catalogue::all().map(|a| format!("{a:?}")).collect();
    assert_eq!(names, catalogue);
    assert!(
        json(folder.path(), "list suites --json")["suites"][0]["cases"]
            .as_u64()
            .unwrap()
            > 0
    );
    assert!(ok(folder.path(), "list cases").contains("matmul/naive/f32/256x256x256"));

    let mut child = joulemark(folder.path())
        .args(["list", "parameters", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
}

#[test]
fn show_lays_a_kernel_open() {
    let folder = here();
    let shown = json(
        folder.path(),
        "show matmul/tiled/f16 --problem 8b17x31x5 --variant tile=8 --json",
    );
    assert_eq!(shown["counts"]["macs"], 8.0 * 17.0 * 31.0 * 5.0);
    assert_eq!(shown["tuning"]["tile"], 8);
    assert_eq!(shown["buffers"][0]["shape"], serde_json::json!([8, 17, 5]));
    let pass = &shown["passes"][0];
    assert!(pass["wgsl"].as_str().unwrap().starts_with("enable f16;"));
    assert_eq!(pass["sha256"].as_str().unwrap().len(), 64);
    let text = ok(folder.path(), "show conv2d/im2col");
    assert!(text.contains("Pass 2 of 2") && text.contains("@compute"), "{text}");
    let old = output(folder.path(), "show matmul/tiled --tuning tile=8");
    assert!(old.status.success() && stderr(&old).contains("--tuning is now called --variant"));
    for algorithm in joulemark_kernels::catalogue::all() {
        ok(folder.path(), &format!("show {algorithm}"));
    }
    for (line, words) in [
        ("show matmul", "`matmul` is no kernel: write operation/algorithm"),
        ("show matmul/nosuch", "no algorithm matmul/nosuch; there are naive"),
        (
            "show conv2d/dircet",
            "no algorithm conv2d/dircet (did you mean `direct`?); there are ",
        ),
        (
            "show matmull/naive",
            "there is no operation `matmull` (did you mean `matmul`?)",
        ),
        ("show pooling/naive", "there is no operation `pooling`"),
        ("show matmul/naive/f99", "there is no precision `f99`"),
        ("show matmul/naive/f16 --precision f32", "leave one of them out"),
        ("show matmul/naive --problem 3x4", "`3x4` is not a matmul problem"),
        ("show matmul/naive --problem 0x4x4", "m is 0"),
        (
            "show matmul/naive --problem n1c1h4w4k1r3s3",
            "does not compute a conv2d",
        ),
        (
            "show matmul/tiled --variant tiles=8",
            "no tuning parameter `tiles`; there are: tile=16",
        ),
    ] {
        let message = error(folder.path(), line, 1);
        assert!(message.contains(words), "{line}: {message}");
    }
}

#[test]
fn verify_judges_each_case() {
    let folder = here();
    let text = ok(folder.path(), "verify --suite quick");
    assert!(text.contains("ok       matmul/naive/f32/128x128x128"), "{text}");
    assert!(text.contains("4 ok, 0 refused, 0 wrong"), "{text}");
    let verdicts = json(folder.path(), "verify matmul/(naive|tiled)/i8 --json");
    assert_eq!(verdicts.as_array().unwrap().len(), 2);
    assert_eq!(
        (&verdicts[0]["status"], &verdicts[0]["relative_error"]),
        (&"ok".into(), &0.0.into())
    );
    let every = ok(
        folder.path(),
        "verify --suite quick matmul/(split_k|gemv) --every-algorithm",
    );
    assert!(every.contains("refused  matmul/gemv/f32/128x128x128"), "{every}");
    assert!(every.contains("ok       matmul/split_k/f32/128x128x128"), "{every}");
    for (line, words) in [
        ("verify nothing", "no case of suite `default` matches `nothing`"),
        ("verify matmul/(", "is not a regular expression"),
        ("verify --suite nosuch", "there is no suite `nosuch`; there are default"),
        (
            "verify --suite quik",
            "there is no suite `quik` (did you mean `quick`?)",
        ),
    ] {
        let message = error(folder.path(), line, 1);
        assert!(message.contains(words), "{line}: {message}");
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "verification writes nothing"
    );
}

#[test]
fn words_that_are_no_text_are_named() {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let foreign = std::ffi::OsStr::from_bytes(b"a\xff");
        for arguments in [
            ["run".as_ref(), foreign],
            ["tune".as_ref(), foreign],
            ["show".as_ref(), foreign],
        ] {
            let output = joulemark(here().path()).args(arguments).output().unwrap();
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(said.starts_with("error: `a") && said.lines().count() == 1, "{said}");
        }
    }
}

#[test]
fn options_come_from_flags_and_environment_and_are_strict() {
    let folder = here();
    let run = |line: &str, variables: &[(&str, &str)]| {
        joulemark(folder.path())
            .args(line.split_whitespace())
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    };
    let won = run(
        "run naive --energy none --window 0.02 --windows 1 --rounds 1",
        &[
            ("JOULEMARK_SUITE", "quick"),
            ("JOULEMARK_WINDOWS", "7"),
            ("JOULEMARK_OUT", "elsewhere"),
        ],
    );
    assert!(won.status.success(), "{}", stderr(&won));
    assert!(stdout(&won).contains("results: elsewhere"), "{}", stdout(&won));
    assert!(stdout(&won).contains("in 1 round(s) of 1 windows"), "{}", stdout(&won));
    for (line, variables, status, words) in [
        (
            "run",
            [("JOULEMARK_WINDOWW", "1")],
            2,
            "unknown variable JOULEMARK_WINDOWW (did you mean `JOULEMARK_WINDOW`?)",
        ),
        ("verify", [("JOULEMARK_SEED", "x")], 2, "JOULEMARK_SEED is `x`"),
        (
            "run --window x",
            [("LANG", "C")],
            2,
            "--window is `x`: it must be a duration from 1ms to 1h",
        ),
        ("run --window -1", [("LANG", "C")], 2, "--window is `-1`"),
        (
            "best matmul 8x8x8 --objective enrgy",
            [("LANG", "C")],
            2,
            "there is no objective `enrgy` (did you mean `energy`?): use time, energy or edp\n",
        ),
        ("run --energy nvlm", [("LANG", "C")], 2, "nvlm"),
        (
            "run --energy replay:nosuch.csv --suite quick",
            [("LANG", "C")],
            3,
            "nosuch.csv",
        ),
    ] {
        let output = run(line, &variables);
        assert_eq!(output.status.code(), Some(status), "{line}: {}", stderr(&output));
        assert!(stderr(&output).contains(words), "{line}: {}", stderr(&output));
    }
}
