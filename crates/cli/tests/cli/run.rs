//! Verbs that measure: what is measured, what is labelled, and where it ends.

use std::fs;
use std::path::Path;

use joulemark_base::quality::Quality;
use joulemark_records::{Row, RunState, Status, read_run};

use super::{error, here, json, ok, output, stderr, stdout};

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
