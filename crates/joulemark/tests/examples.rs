//! Every example runs, on the simulated sensor: `cargo test -p joulemark --all-features`.
#![cfg(all(feature = "criterion", feature = "wgpu"))]

use std::path::Path;
use std::process::Command;

/// Runs an example, which cargo builds beside the tests, and gives what it prints.
fn run(folder: &Path, name: &str, arguments: &[&str]) -> String {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples").join(name);
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder)
        .env("JOULEMARK_ENERGY", "simulated:period=5ms,power=200,idle=60")
        .env("JOULEMARK_WINDOW", "100ms")
        .env("JOULEMARK_WINDOWS", "2")
        .output()
        .expect("cargo builds examples before it runs tests");
    let text = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned();
    assert!(output.status.success(), "{name}: {text}");
    text
}

#[test]
fn all_of_them_run() {
    let folder = tempfile::tempdir().unwrap();
    let softmax = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shaders/custom/softmax.wgsl");
    for (name, arguments, words) in [
        ("cpu", &[][..], "simulated"),
        ("compare", &[], "of the joules of stable"),
        ("guard", &[], "training: "),
        ("command", &["true"], "true: "),
        ("gpus", &["0000:65:00.0", "0000:ca:00.0"], "0000:ca:00.0: "),
        ("own_kernel", &[], "simulated"),
        (
            "wgsl_file",
            &[softmax.to_str().unwrap(), "512", "2097152", "2097152"],
            "simulated",
        ),
        ("criterion_time", &["--bench"], "fibonacci 20"),
        ("criterion_joules", &["--bench"], "sort 4096"),
    ] {
        let text = run(folder.path(), name, arguments);
        assert!(text.contains(words), "{name}: {text}");
    }
    let results = folder.path().join("results");
    let machine = std::fs::read_dir(results).unwrap().next().unwrap().unwrap().path();
    let samples = std::fs::read_dir(machine)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
        .join("samples.csv");
    let text = run(folder.path(), "rows", &[samples.to_str().unwrap()]);
    assert!(text.contains(" J (simulated)"), "{text}");
}
