//! The whole way from a case to its row, on a real device: the Criterion driver as a process. Energy comes
//! from the simulated source, whose joules are known.

use std::path::Path;
use std::process::{Command, Output};

use joulemark_base::quality::Quality;
use joulemark_records::{Row, Status, read_run};

/// Runs the benchmark program, which cargo builds beside the tests.
fn bench(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    Command::new(program())
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder)
        .env("JOULEMARK_SUITE", "quick")
        .env("JOULEMARK_WINDOW", "0.02")
        .env("JOULEMARK_OUT", folder.join("results"))
        .envs(variables.iter().copied())
        .output()
        .expect("cargo builds examples before it runs tests")
}

fn program() -> std::path::PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.ancestors().nth(2).unwrap().join("examples/matmul_bench")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// The only run folder below `results`.
fn run_folder(results: &Path) -> std::path::PathBuf {
    let machine = std::fs::read_dir(results).unwrap().next().unwrap().unwrap().path();
    let runs: Vec<_> = std::fs::read_dir(machine)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs[0].clone()
}

#[test]
fn criterion_measures_filters_lists_and_compares() {
    let folder = tempfile::tempdir().unwrap();
    let listed = bench(folder.path(), &[], &["--bench", "--list"]);
    assert!(
        text(&listed).contains("matmul/naive/f32/128x128x128: benchmark"),
        "{}",
        text(&listed)
    );
    assert!(!folder.path().join("results").exists(), "--list must touch nothing");

    // The sampler looks every 20 ms at most: a window needs several of those.
    let energy = [
        ("JOULEMARK_ENERGY", "simulated:period=1ms,power=100,idle=40"),
        ("JOULEMARK_WINDOW", "0.2"),
    ];
    let measured = bench(
        folder.path(),
        &energy,
        &["--bench", "naive", "--save-baseline", "first"],
    );
    let output = text(&measured);
    assert!(measured.status.success(), "{output}");
    assert!(output.contains("GFLOP/s") && output.contains("simulated"), "{output}");
    assert!(
        output.contains(" J/GFLOP ") && output.contains("  simulated"),
        "{output}"
    );
    assert!(
        !output.contains("register_only"),
        "the filter lets others through: {output}"
    );

    let run = read_run(&run_folder(&folder.path().join("results"))).unwrap();
    let rows: Vec<&Row> = run.rows.iter().filter(|row| row.status != Status::Idle).collect();
    assert!(
        (3..=10).contains(&rows.len()),
        "one row for each window: {}",
        rows.len()
    );
    let sample = folder
        .path()
        .join("criterion/matmul/naive_f32_128x128x128/new/sample.json");
    let sample: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(sample).unwrap()).unwrap();
    let numbers = |key: &str| -> Vec<f64> {
        let list = sample[key].as_array().unwrap().iter();
        list.map(|number| number.as_f64().unwrap()).collect()
    };
    // Ten samples, cut from these windows: in the mean they take the time of the rows.
    let (times_ns, iterations) = (numbers("times"), numbers("iters"));
    assert_eq!(times_ns.len(), 10);
    let by_criterion_s = 1e-9 * times_ns.iter().sum::<f64>() / iterations.iter().sum::<f64>();
    let by_rows_s = rows.iter().filter_map(|row| row.wall_s).sum::<f64>()
        / rows.iter().filter_map(|row| row.iterations).sum::<u64>() as f64;
    assert!(
        (by_criterion_s / by_rows_s - 1.0).abs() < 0.3,
        "{by_criterion_s} s by Criterion, {by_rows_s} s by the rows"
    );
    for row in rows {
        assert_eq!(row.device.quality, Some(Quality::Simulated), "{}", row.reason);
        let (energy_j, wall_s) = (row.device.energy_j.unwrap(), row.wall_s.unwrap());
        let tolerance = row.device.u_j.unwrap().max(0.02 * energy_j) * 2.0;
        assert!(
            (energy_j - 100.0 * wall_s).abs() < tolerance,
            "{energy_j} J in {wall_s} s is not 100 W"
        );
        assert_eq!(row.flops_task, Some(2 << 21));
    }
    assert!(run.rows.iter().filter(|row| row.status == Status::Idle).count() >= 2);

    let compared = bench(folder.path(), &energy, &["--bench", "naive", "--baseline", "first"]);
    assert!(
        compared.status.success() && text(&compared).contains("change:"),
        "{}",
        text(&compared)
    );
}

#[test]
fn test_mode_verifies_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let tested = bench(folder.path(), &[], &["--test"]);
    assert!(tested.status.success(), "{}", text(&tested));
    assert!(text(&tested).contains("Success"), "{}", text(&tested));
    assert!(!folder.path().join("results").exists());
}

#[test]
fn bad_options_end_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value, message) in [
        ("JOULEMARK_WINDOWS_", "1", "error: unknown variable JOULEMARK_WINDOWS_"),
        (
            "JOULEMARK_SUITE",
            "nothing",
            "error: there is no suite `nothing`; there are default, standard",
        ),
        (
            "JOULEMARK_BUDGET",
            "9m",
            "error: JOULEMARK_BUDGET plans the windows of `joulemark run`",
        ),
        (
            "JOULEMARK_ADAPTER",
            "no such card",
            "error: no adapter is called `no such card`; there are: 0 ",
        ),
    ] {
        let output = bench(folder.path(), &[(name, value)], &["--bench"]);
        assert!(text(&output).contains(message), "{}", text(&output));
        let status = match name {
            "JOULEMARK_ADAPTER" => 3,
            "JOULEMARK_WINDOWS_" => 2,
            _ => 1,
        };
        assert_eq!(output.status.code(), Some(status), "{name}");
    }
}

#[test]
fn the_first_case_has_windows_of_the_sensors_length() {
    let folder = tempfile::tempdir().unwrap();
    let energy = ("JOULEMARK_ENERGY", "simulated:period=100ms,power=200,idle=60");
    let measured = Command::new(program())
        .args(["--bench", "matmul/naive"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", folder.path())
        .env("JOULEMARK_SUITE", "quick")
        .env(energy.0, energy.1)
        .output()
        .unwrap();
    assert!(measured.status.success(), "{}", text(&measured));
    let run = read_run(&run_folder(&folder.path().join("results"))).unwrap();
    let rows: Vec<&Row> = run.rows.iter().filter(|row| row.status != Status::Idle).collect();
    assert_eq!(run.manifest.options["until_by_default"], "2%");
    assert_eq!(run.manifest.options["windows_per_round"], serde_json::json!([3, 10]));
    assert!((3..=10).contains(&rows.len()), "{} windows", rows.len());
    // Twelve ticks are 1.2 s, whatever the warm-up took an iteration for on a busy machine; the fault was 0.1 s.
    let walls_s: Vec<f64> = rows.iter().map(|row| row.wall_s.unwrap()).collect();
    assert!(walls_s.iter().all(|wall_s| *wall_s > 0.6), "{walls_s:?} s");
    for row in rows {
        let (energy_j, u_j) = (row.device.energy_j.expect(&row.device.reason), row.device.u_j.unwrap());
        assert!(
            (energy_j - 200.0 * row.wall_s.unwrap()).abs() < 2.0 * u_j,
            "{energy_j} ± {u_j} J"
        );
    }
}
