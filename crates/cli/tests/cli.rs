//! The command as a user meets it: every verb on this machine's adapter, files in and out, sentences and exit statuses.

mod npy;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use joulemark_base::quality::Quality;
use joulemark_records::{Row, RunState, Status, read_run};
use npy::Npy;
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

/// Reports of users: an infinity in a row that no sample draws; sums that overflow on the way; sums of i8 past i32.
#[test]
fn no_infinity_is_called_verified() {
    let folder = here();
    let floats = |name: &str, n: usize, number: &dyn Fn(usize, usize) -> f32| {
        let data = (0..n * n).flat_map(|index| number(index / n, index % n).to_le_bytes());
        let header = npy::header("'<f4'", "False", &format!("({n}, {n})"));
        fs::write(folder.path().join(name), npy::bytes(&header, &data.collect::<Vec<_>>())).unwrap();
    };
    for (n, row) in [(32, 3), (512, 300)] {
        floats("a.npy", n, &|i, j| match j {
            0..8 if i == row => 3e38,
            8..16 if i == row => -3e38,
            _ => 0.0,
        });
        floats("b.npy", n, &|_, j| if j == 0 { 1.0 } else { 0.0 });
        let message = error(folder.path(), "exec matmul/naive --verify a.npy b.npy -o c.npy", 1);
        assert!(
            message.contains(&format!("C[0, {row}, 0] is inf, right is 0")) && message.contains("overflow on the way"),
            "{message}"
        );
        assert!(!folder.path().join("c.npy").exists());
    }
    Npy::new("<f2", &[4, 64], &[4000; 256]).write(&folder.path().join("a.npy"));
    Npy::new("<f2", &[64, 4], &[1; 256]).write(&folder.path().join("b.npy"));
    let told = ok(folder.path(), "exec matmul/naive/f16 --verify a.npy b.npy -o c.npy");
    assert!(told.contains("16 of 16 numbers are infinite"), "{told}");
    let signs: Vec<i32> = (0..256).map(|index| 4000 - 8000 * (index / 32 % 2)).collect();
    Npy::new("<f2", &[4, 64], &signs).write(&folder.path().join("a.npy"));
    let message = error(
        folder.path(),
        "exec matmul/naive/f16acc --verify a.npy b.npy -o d.npy",
        1,
    );
    assert!(
        message.contains("right is 0") && message.contains("overflow on the way"),
        "{message}"
    );
    let told = ok(folder.path(), "exec matmul/naive/f16 --verify a.npy b.npy -o d.npy");
    assert!(told.contains("verified"), "{told}");
    Npy::new("|i1", &[1, 140_000], &[127; 140_000]).write(&folder.path().join("a.npy"));
    Npy::new("|i1", &[140_000, 1], &[127; 140_000]).write(&folder.path().join("b.npy"));
    let message = error(folder.path(), "exec matmul/naive a.npy b.npy -o e.npy", 1);
    assert!(
        message.contains("140000 products of i8") && message.contains("2147483647"),
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

/// Runs a small campaign and gives its output and its run folder.
fn campaign(folder: &Path, options: &str) -> (String, String) {
    let text = ok(folder, &format!("run --suite quick --windows 2 {options}"));
    let run = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("results: "))
        .unwrap()
        .to_owned();
    (text, run)
}

/// The rows of a run, without the idle windows.
fn rows(folder: &Path, run: &str) -> Vec<Row> {
    let mut rows = read_run(&folder.join(run)).unwrap().rows;
    rows.retain(|row| row.status != Status::Idle);
    rows
}

#[test]
fn a_run_whose_budget_is_used_up_ends_and_stays() {
    let folder = here();
    let text = ok(
        folder.path(),
        "run matmul/naive --suite quick --budget 4s --energy none",
    );
    let run = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("results: "))
        .unwrap();
    let path = folder.path().join(run).join("manifest.json");
    let mut manifest: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    manifest["state"] = serde_json::json!({"name": "running"});
    manifest["totals"]["wall_s"] = 3600.into();
    fs::write(&path, manifest.to_string()).unwrap();
    let before = read_run(&folder.path().join(run)).unwrap().rows;
    for _ in 0..2 {
        let message = error(folder.path(), &format!("run --resume {run}"), 1);
        assert!(message.contains("the budget of 4.0 s is used up"), "{message}");
        let after = read_run(&folder.path().join(run)).unwrap();
        assert!(
            matches!(after.manifest.state, RunState::Interrupted { .. }),
            "{:?}",
            after.manifest.state
        );
        assert_eq!(after.rows[..before.len()], before[..]);
    }
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
fn a_run_without_a_source_says_so_and_is_studied() {
    let folder = here();
    let (text, run) = campaign(folder.path(), "--window 0.03 --energy none --rounds 2 matmul");
    assert!(
        text.contains("energy:  none, as asked: joules will not be measured"),
        "{text}"
    );
    assert!(text.contains("round 2 of 2"), "{text}");
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with("matmul/")).collect();
    assert_eq!(lines.len(), 4, "two cases in two rounds: {text}");
    assert!(
        lines.iter().all(|line| line.contains(" GFLOP/s  energy not measured")),
        "{text}"
    );
    assert!(text.ends_with(&format!("next:    joulemark analyze {run}\n")), "{text}");
    let rows = rows(folder.path(), &run);
    assert_eq!(rows.len(), 8);
    for row in rows {
        assert_eq!(
            (row.device.quality, row.device.energy_j),
            (Some(Quality::Unavailable), None)
        );
        assert!(!row.reason.is_empty());
    }

    let analysis = ok(folder.path(), &format!("analyze {run}"));
    assert!(
        analysis.contains("cannot be judged") && analysis.contains("no energy:"),
        "{analysis}"
    );
    let findings = json(folder.path(), &format!("analyze {run} --json"));
    assert_eq!(findings["cases"].as_array().unwrap().len(), 2);
    let told = ok(folder.path(), &format!("analyze {run} --json findings.json"));
    assert!(told.contains("cannot be judged"), "the text is still printed: {told}");
    let written = fs::read_to_string(folder.path().join("findings.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), findings);
    let message = error(folder.path(), &format!("analyze {run} --json {run}/samples.csv"), 1);
    assert!(
        message.contains("has to end in .json"),
        "data is not replaced: {message}"
    );

    let ranking = ok(
        folder.path(),
        &format!("rank {run} --problem 128x128x128 --svg rank.svg"),
    );
    assert!(
        ranking.starts_with("by time only: ") && ranking.contains("least time: "),
        "{ranking}"
    );
    assert!(
        fs::read_to_string(folder.path().join("rank.svg"))
            .unwrap()
            .starts_with("<svg")
    );
    assert_eq!(
        json(folder.path(), &format!("rank {run} --json"))["rankings"][0]["problem"],
        "128x128x128"
    );
    let message = error(folder.path(), &format!("rank {run} --problem 1x1x1"), 1);
    assert!(message.contains("128x128x128 in f32"), "{message}");
    let listed = ok(folder.path(), &format!("report {run} -o page.html --figures figures"));
    assert!(listed.contains("not drawn: input_data"), "{listed}");
    assert!(folder.path().join("figures/energy_against_flops.csv").is_file());

    fs::write(
        folder.path().join("README.md"),
        "before\n<!-- joulemark:results -->\nold\n<!-- /joulemark:results -->\nafter\n",
    )
    .unwrap();
    ok(folder.path(), &format!("report {run} -o page.html --splice README.md"));
    assert!(
        fs::read_to_string(folder.path().join("page.html"))
            .unwrap()
            .contains("</html>")
    );
    let readme = fs::read_to_string(folder.path().join("README.md")).unwrap();
    assert!(
        readme.starts_with("before") && readme.ends_with("after\n") && !readme.contains("old"),
        "{readme}"
    );

    let (_, again) = campaign(folder.path(), "--window 0.03 --energy none --rounds 2 matmul");
    assert_ne!(run, again, "a run folder is never used twice");
    ok(folder.path(), &format!("compare {run} {again}"));
    let same = json(folder.path(), &format!("compare {run} {run} --fail-on worse:2% --json"));
    assert_eq!(same["others"][0]["cases"].as_array().unwrap().len(), 2);
    let message = error(
        folder.path(),
        &format!("compare {run} {again} --fail-on ambiguous:0%"),
        1,
    );
    assert!(message.contains("fail the gate"), "{message}");
    let message = error(folder.path(), "analyze nosuch", 1);
    assert_eq!(
        message.matches("No such file").count(),
        1,
        "a cause is told once: {message}"
    );
}

#[test]
fn simulated_energy_is_labelled_everywhere() {
    let folder = here();
    let (text, run) = campaign(
        folder.path(),
        "--window 2 --energy simulated:period=5ms,power=120 --rounds 1 naive",
    );
    assert!(text.contains("energy:  simulated (device, simulated)"), "{text}");
    assert!(text.contains(" J/GFLOP ") && text.contains("  simulated"), "{text}");
    assert!(
        text.contains("next:    joulemark analyze ") && !text.contains("--include-simulated"),
        "{text}"
    );
    let rows = rows(folder.path(), &run);
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!(
            (row.device.quality, row.device.source.as_str()),
            (Some(Quality::Simulated), "simulated")
        );
        assert!(row.device.energy_j.unwrap() > 0.0, "{}", row.reason);
    }
    let without = ok(folder.path(), &format!("analyze {run}"));
    assert!(
        without.starts_with("SIMULATED ENERGY IS INCLUDED"),
        "a simulated run needs no flag: {without}"
    );
    let with = ok(folder.path(), &format!("analyze --include-simulated {run}"));
    assert!(with.starts_with("SIMULATED ENERGY IS INCLUDED"), "{with}");
}

#[test]
fn best_ranks_the_algorithms_of_a_problem() {
    let folder = here();
    let problem = "conv2d n1c8h10w10k8r3s3p1";
    let quick = "--windows 3 --rounds 1";
    let text = ok(
        folder.path(),
        &format!("best {problem} --energy none --window 0.01 {quick}"),
    );
    assert!(
        text.contains("in f32 on ") && text.contains("the least time first"),
        "{text}"
    );
    assert!(text.contains("By operations executed the choice "), "{text}");
    assert!(
        text.contains("refused: pointwise: pointwise needs a 1×1 filter"),
        "{text}"
    );
    assert!(text.contains("results: results/"), "{text}");
    let simulated = "--energy simulated:period=1ms,power=120";
    let ranking = json(
        folder.path(),
        &format!("best {problem} --objective energy {simulated} {quick} --window 0.3 --json"),
    );
    let kernels = ranking["kernels"].as_array().unwrap();
    // On a busy machine windows are suspect: who has no other is named.
    let left_out = ranking["left_out"].as_object().unwrap();
    assert!(kernels.len() >= 2 && kernels.len() + left_out.len() >= 6, "{ranking}");
    assert!(
        left_out.values().all(|why| !why.as_str().unwrap().is_empty()),
        "{ranking}"
    );
    let joules: Vec<f64> = kernels
        .iter()
        .map(|kernel| kernel["energy_j"]["value"].as_f64().unwrap())
        .collect();
    assert!(joules.is_sorted() && joules[0] > 0.0, "{joules:?}");
    for kernel in kernels {
        assert_eq!(kernel["energy_quality"], "simulated", "{kernel}");
        assert_eq!(kernel["flops_task"], 2 * 8 * 8 * 9 * 100, "{kernel}");
    }
    let refused = error(
        folder.path(),
        &format!("best {problem} --objective energy --energy none"),
        3,
    );
    assert!(refused.contains("leave one of them out"), "{refused}");
    let misspelt = format!("best {problem} --objective enegry");
    assert!(error(folder.path(), &misspelt, 2).contains("did you mean `energy`?"));
    // Fails where a replay has no recording, on every machine alike.
    let missing = format!("best {problem} --objective energy --energy replay:nothing.csv {quick}");
    error(folder.path(), &missing, 3);
    let wrong = error(folder.path(), "best conv2d 8x8x8", 1);
    assert!(wrong.contains("`8x8x8` is a matmul and not a conv2d"), "{wrong}");
    error(folder.path(), "best conv2d n1c8h10w10k8r13s3", 1);
    error(folder.path(), "best convolution 8x8x8", 2);
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

/// Small whole numbers, the same each time: their products and sums are exact in every precision.
fn whole_numbers(count: usize, seed: u64) -> Vec<i32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as i32 % 4
    };
    (0..count).map(|_| next()).collect()
}

/// Batches of row-major products.
fn product(a: &[i32], b: &[i32], [batch, m, n, k]: [usize; 4]) -> Vec<i32> {
    let mut c = Vec::new();
    for image in 0..batch {
        for row in 0..m {
            for column in 0..n {
                let term = |i| a[(image * m + row) * k + i] * b[(image * k + i) * n + column];
                c.push((0..k).map(term).sum());
            }
        }
    }
    c
}

#[test]
fn exec_multiplies_matrices_of_each_type() {
    let folder = here();
    let [batch, m, n, k] = [3, 17, 9, 23];
    for (precision, input, result) in [("f32", "<f4", "<f4"), ("f16", "<f2", "<f2"), ("i8", "|i1", "<i4")] {
        for batches in [None, Some(batch)] {
            let count = batches.unwrap_or(1);
            let [a, b] = [(m * k, 1), (k * n, 2)].map(|(size, seed)| whole_numbers(count * size, seed));
            let shape = |rows, columns| batches.into_iter().chain([rows, columns]).collect::<Vec<_>>();
            Npy::new(input, &shape(m, k), &a).write(&folder.path().join("A.npy"));
            Npy::new(input, &shape(k, n), &b).write(&folder.path().join("B.npy"));
            let line = format!("exec matmul/register_blocked --precision {precision} A.npy B.npy -o C.npy --verify");
            let told = ok(folder.path(), &line);
            assert!(
                told.starts_with("C.npy: ") && told.contains("verified exactly (every element)"),
                "{told}"
            );
            let c = Npy::read(&folder.path().join("C.npy"));
            assert_eq!((c.dtype.as_str(), &c.shape), (result, &shape(m, n)), "{precision}");
            assert_eq!(
                c.whole_numbers(),
                product(&a, &b, [count, m, n, k]),
                "{precision} {batches:?}"
            );
        }
    }
    // Without --precision the file decides; a tuning of one's own; a precision in the kernel's name.
    ok(folder.path(), "exec matmul/tiled A.npy B.npy -o D.npy --variant tile=8");
    ok(folder.path(), "exec matmul/tiled/i8 A.npy B.npy -o E.npy");
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("D.npy"), read("C.npy"));
    assert_eq!(read("E.npy"), read("C.npy"));
}

#[test]
fn exec_convolves_with_every_parameter() {
    let folder = here();
    let ([n, c, h, w], [k, r, s]) = ([2, 4, 9, 8], [6, 3, 2]);
    let (stride, padding, dilation, groups) = ([2, 1], [1, 0, 2, 3], [1, 2], 2);
    let x = whole_numbers(n * c * h * w, 3);
    let weights = whole_numbers(k * c / groups * r * s, 4);
    let size =
        |size, before, after, dilation, taps, stride| (size + before + after - dilation * (taps - 1) - 1) / stride + 1;
    let p = size(h, padding[0], padding[2], dilation[0], r, stride[0]);
    let q = size(w, padding[1], padding[3], dilation[1], s, stride[1]);
    let mut y = vec![0; n * k * p * q];
    for (index, out) in y.iter_mut().enumerate() {
        let (image, filter, row, column) = (index / (k * p * q), index / (p * q) % k, index / q % p, index % q);
        for channel in 0..c / groups {
            for tap in 0..r * s {
                let (i, j) = (tap / s, tap % s);
                let from = (row * stride[0] + i * dilation[0])
                    .checked_sub(padding[0])
                    .filter(|y| *y < h);
                let left = (column * stride[1] + j * dilation[1])
                    .checked_sub(padding[1])
                    .filter(|x| *x < w);
                if let (Some(from), Some(left)) = (from, left) {
                    let plane = image * c + filter / (k / groups) * (c / groups) + channel;
                    *out +=
                        x[(plane * h + from) * w + left] * weights[((filter * (c / groups) + channel) * r + i) * s + j];
                }
            }
        }
    }
    for (input, algorithm) in [("<f4", "implicit_gemm"), ("<f2", "im2col"), ("|i1", "direct")] {
        Npy::new(input, &[n, c, h, w], &x).write(&folder.path().join("X.npy"));
        Npy::new(input, &[k, c / groups, r, s], &weights).write(&folder.path().join("W.npy"));
        let line = format!(
            "exec conv2d/{algorithm} --stride 2,1 --padding 1,0,2,3 --dilation 1,2 --groups 2 X.npy W.npy -o Y.npy --verify"
        );
        ok(folder.path(), &line);
        let found = Npy::read(&folder.path().join("Y.npy"));
        assert_eq!(
            (&found.shape, found.whole_numbers()),
            (&vec![n, k, p, q], y.clone()),
            "{input}"
        );
    }
}

#[test]
fn exec_replaces_its_output_whole() {
    let folder = here();
    Npy::new("<f4", &[2, 2], &[1, 2, 3, 4]).write(&folder.path().join("A.npy"));
    fs::write(folder.path().join("C.npy"), "what was here before").unwrap();
    error(folder.path(), "exec matmul/naive A.npy nosuch.npy -o C.npy", 1);
    assert_eq!(fs::read(folder.path().join("C.npy")).unwrap(), b"what was here before");
    ok(folder.path(), "exec matmul/naive A.npy A.npy -o C.npy");
    assert_eq!(Npy::read(&folder.path().join("C.npy")).whole_numbers(), [7, 10, 15, 22]);
    for target in ["nosuch/C.npy", "."] {
        let message = error(folder.path(), &format!("exec matmul/naive A.npy A.npy -o {target}"), 1);
        assert!(message.contains(&format!("cannot write {target}: ")), "{message}");
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        2,
        "no temporary file is left"
    );
}

#[test]
fn exec_says_what_is_wrong_with_a_file() {
    let folder = here();
    let write = |name: &str, npy: Npy| npy.write(&folder.path().join(name));
    let bytes = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    let numbers = whole_numbers(64, 5);
    write("a.npy", Npy::new("<f4", &[2, 3], &numbers[..6]));
    write("half.npy", Npy::new("<f2", &[2, 3], &numbers[..6]));
    write("b.npy", Npy::new("<f4", &[3, 2], &numbers[..6]));
    write("batch.npy", Npy::new("<f4", &[2, 3, 2], &numbers[..12]));
    write("batches.npy", Npy::new("<f4", &[3, 2, 3], &numbers[..18]));
    write("line.npy", Npy::new("<f4", &[6], &numbers[..6]));
    write("none.npy", Npy::new("<f4", &[0, 3], &[]));
    write("images.npy", Npy::new("<f4", &[1, 3, 2, 2], &numbers[..12]));
    write("filters.npy", Npy::new("<f4", &[2, 2, 1, 1], &numbers[..4]));
    write("wide.npy", Npy::new("<f4", &[1, 3, 3, 3], &numbers[..27]));
    let good = fs::read(folder.path().join("a.npy")).unwrap();
    bytes("cut.npy", &good[..good.len() - 1]);
    bytes("cuthead.npy", &good[..40]);
    bytes("magic.npy", &good[..6]);
    bytes("tail.npy", &[&good[..], b"more"].concat());
    bytes("empty.npy", b"");
    bytes("text.npy", b"1,2,3\n4,5,6\n");
    for (name, dtype, fortran, shape) in [
        ("double.npy", "'<f8'", "False", "(2, 3)"),
        ("unsigned.npy", "'|u1'", "False", "(2, 3)"),
        ("records.npy", "[('x', '<f4')]", "False", "(2, 3)"),
        ("huge.npy", "'<f4'", "False", "(4294967295, 4294967295, 4294967295)"),
        ("promise.npy", "'<f4'", "False", "(100000, 100000)"),
        ("giant.npy", "'<f4'", "False", "(4294967296, 1)"),
        ("broken.npy", "'<f4'", "Maybe", "(2, 3)"),
    ] {
        bytes(
            name,
            &npy::bytes(&npy::header(dtype, fortran, shape), &good[good.len() - 24..]),
        );
    }
    bytes("deep.npy", &npy::bytes(&"(".repeat(9000), b""));
    bytes("deepish.npy", &npy::bytes(&"(".repeat(4000), b""));

    for (files, words) in [
        ("nosuch.npy b.npy", "cannot read nosuch.npy: "),
        (". b.npy", "cannot read .: "),
        ("empty.npy b.npy", "empty.npy: the file is empty"),
        ("text.npy b.npy", "text.npy: this is not an npy file"),
        ("magic.npy b.npy", "magic.npy: the file is truncated inside its header"),
        (
            "cuthead.npy b.npy",
            "cuthead.npy: the file is truncated inside its header",
        ),
        (
            "cut.npy b.npy",
            "cut.npy: the file is truncated: an array of shape (2, 3) takes 24 bytes and 23 are there",
        ),
        ("tail.npy b.npy", "tail.npy: 4 bytes follow the array of shape (2, 3)"),
        ("double.npy b.npy", "double.npy: its dtype is '<f8': kernels read f32"),
        (
            "unsigned.npy b.npy",
            "unsigned.npy: its dtype is '|u1': kernels read f32",
        ),
        ("records.npy b.npy", "records.npy: it holds records"),
        ("huge.npy b.npy", "huge.npy: "),
        (
            "promise.npy b.npy",
            "promise.npy: the file is truncated: an array of shape (100000, 100000) takes 40000000000",
        ),
        (
            "giant.npy b.npy",
            "giant.npy: its header makes no sense: a dimension of shape (4294967296, 1) is over 2^32 - 1",
        ),
        ("broken.npy b.npy", "broken.npy: its header makes no sense"),
        ("deep.npy b.npy", "deep.npy: its header makes no sense"),
        ("deepish.npy b.npy", "deepish.npy: its header makes no sense"),
        ("none.npy b.npy", "none.npy: the array of shape (0, 3) is empty"),
        ("line.npy b.npy", "line.npy has shape (6,): a matmul takes matrices"),
        (
            "a.npy a.npy",
            "a.npy has shape (2, 3) and a.npy has shape (2, 3): the columns of the first",
        ),
        ("a.npy batch.npy", "give both two dimensions, or both three"),
        ("batches.npy batch.npy", "the batches must be equal"),
        ("half.npy b.npy", "b.npy: it holds f32, and precision f16 reads f16"),
        (
            "a.npy b.npy --precision i8",
            "a.npy: it holds f32, and precision i8 reads i8",
        ),
        (
            "a.npy b.npy --padding 1",
            "--padding is for convolutions, and matmul/naive is none",
        ),
        ("a.npy b.npy --variant nosuch=1", "no tuning parameter `nosuch`"),
    ] {
        let message = error(folder.path(), &format!("exec matmul/naive {files} -o c.npy"), 1);
        assert!(message.contains(words), "{files}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    for (files, words) in [
        ("a.npy filters.npy", "a.npy has shape (2, 3): the input of a conv2d is"),
        (
            "images.npy a.npy",
            "a.npy has shape (2, 3): the weights of a conv2d are",
        ),
        (
            "images.npy filters.npy",
            "with 1 group(s) each filter must have 3 channels",
        ),
        (
            "images.npy filters.npy --groups 2",
            "input channels c = 3 cannot be split into 2 equal groups",
        ),
        ("images.npy filters.npy --groups 0", "groups is 0"),
        ("images.npy filters.npy --stride 0", "stride (height) is 0"),
        (
            "images.npy wide.npy",
            "images.npy and wide.npy: conv2d n1c3h2w2k1r3s3: the filter spans 3 in height",
        ),
    ] {
        let message = error(folder.path(), &format!("exec conv2d/direct {files} -o c.npy"), 1);
        assert!(message.contains(words), "{files}: {message}");
    }
    error(
        folder.path(),
        "exec conv2d/direct images.npy filters.npy -o c.npy --stride 1,2,3",
        2,
    );
    assert!(!folder.path().join("c.npy").exists());
}

#[test]
fn selftest_measures_one_case_under_two_names() {
    let folder = here();
    let tried = output(
        folder.path(),
        "selftest --pairs 2 --window 0.3 --energy simulated:period=1ms",
    );
    let text = stdout(&tried);
    assert!(text.starts_with("simulated joules: they try the harness"), "{text}");
    for name in ["energy", "time"] {
        assert!(
            text.contains(&format!("A/A by {name}: 0 of 2 pairs called different; ratio ")),
            "{text}"
        );
    }
    // On a busy machine the sweep may fail; then the sentence says so.
    let message = stderr(&tried);
    assert_eq!(
        tried.status.success(),
        text.ends_with("the harness passed\n"),
        "{message}"
    );
    assert!(
        tried.status.success() || message.contains("error: the harness failed: "),
        "{message}"
    );
    assert!(text.contains("R² of the logarithms"), "{text}");
    assert!(
        text.contains("overhead: readings ") && text.contains(" readings/s of "),
        "{text}"
    );
}

#[test]
fn estimates_stay_in_columns_of_their_own() {
    let folder = here();
    let (_, run) = campaign(
        folder.path(),
        "--window 0.03 --energy none --rounds 1 --allow-estimates matmul/naive",
    );
    let rows = rows(folder.path(), &run);
    assert!(!rows.is_empty());
    for row in rows {
        let (low_j, mid_j, high_j) = (row.est_energy_low_j, row.est_energy_mid_j, row.est_energy_high_j);
        assert!(low_j.unwrap() > 0.0 && low_j < mid_j && mid_j < high_j);
        assert_eq!(
            (row.device.energy_j, row.device.quality),
            (None, Some(Quality::Unavailable))
        );
    }
    let findings = json(folder.path(), &format!("analyze {run} --json"));
    assert!(findings["energy"]["unavailable"].is_string(), "{}", findings["energy"]);
}
