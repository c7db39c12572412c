//! The verbs `literature` and `account` on a table whose answers are known.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Two kernels of one problem in three rounds of ten iterations; joules per iteration 2 in f32 and 0.5 in f16.
fn table(folder: &Path, quality: &str) -> String {
    let mut text = String::from(
        "round,case_id,op,algorithm,precision,iterations,wall_s,device_energy_j,device_quality,flops_task,status\n",
    );
    for round in 0..3 {
        for (precision, joules) in [("f32", 20.0), ("f16", 5.0)] {
            text += &format!(
                "{round},matmul/tiled/{precision}/8x8x8,matmul,tiled,{precision},10,1.5,{joules},{quality},1024,ok\n"
            );
        }
    }
    let path = folder.join("table.csv");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn joulemark(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_joulemark"))
        .args(words)
        .output()
        .expect("cargo builds the command before its tests")
}

fn json(words: &[&str]) -> Value {
    let output = joulemark(words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn claims_stand_beside_the_papers() {
    let folder = tempfile::tempdir().unwrap();
    let page = json(&["literature", &table(folder.path(), "counter"), "--json"]);
    let claims = page["claims"].as_array().unwrap();
    let claim = |name: &str| claims.iter().find(|claim| claim["name"] == name).unwrap();
    let joules = claim("wu-precision")["ours"]
        .as_array()
        .unwrap()
        .iter()
        .find(|answer| answer["basis"] == "measured");
    assert_eq!(
        joules.unwrap()["value"]["value"]
            .as_f64()
            .map(|value| (1e9 * value).round()),
        Some(4e9)
    );
    assert!(
        claim("qin-shares")["ours"]["unavailable"]
            .as_str()
            .unwrap()
            .contains("mobilenet-v1")
    );
    let text = joulemark(&["literature", &table(folder.path(), "counter")]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("2.4×") && text.contains("4.00×") && text.contains("Not measured here, because"),
        "{text}"
    );
}

#[test]
fn executions_are_accounted_for_with_their_interval() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path(), "counter");
    let page = json(&[
        "account", &table, "--region", "50", "--pue", "1.2", "--times", "1e9", "--case", "/f32/", "--json",
    ]);
    let accounts = page["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 1);
    let near = |value: &Value, truth: f64| (value.as_f64().unwrap() / truth - 1.0).abs() < 1e-9;
    assert!(near(&accounts[0]["kwh"]["value"], 2e9 * 1.2 / 3.6e6), "{accounts:?}");
    assert!(
        near(&accounts[0]["kg_co2e"]["ci95"][1], 2e9 * 1.2 / 3.6e6 * 0.05),
        "{accounts:?}"
    );
    assert_eq!(accounts[0]["derived"], true);
    let run = json(&["account", &table, "--json", "--embodied", "150,4"]);
    assert!(near(&run["accounts"][0]["joules"]["value"], 75.0), "{run}");
    assert!(
        near(
            &run["accounts"][0]["embodied_kg_co2e"],
            150.0 * 9.0 / (4.0 * 365.25 * 86_400.0)
        ),
        "{run}"
    );
}

#[test]
fn what_cannot_be_accounted_for_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let estimated = table(folder.path(), "estimated");
    for (words, exit, message) in [
        (vec!["account", &estimated], 1, "no joules to account for"),
        (
            vec!["account", &estimated, "--region", "Atlantis"],
            2,
            "there is no grid `Atlantis`",
        ),
        (vec!["account", &estimated, "--pue", "0.5"], 2, "0.5 is no PUE"),
        (vec!["account", &estimated, "--times", "-1"], 2, "-1"),
        (vec!["account", &estimated, "--case", "x"], 2, "--times"),
        (vec!["literature", "nowhere.csv"], 1, "nowhere.csv"),
    ] {
        let output = joulemark(&words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{words:?}: {said}");
        assert!(said.contains(message), "{words:?}: {said}");
    }
    let simulated = joulemark(&["account", &table(folder.path(), "simulated")]);
    assert!(String::from_utf8_lossy(&simulated.stdout).contains("SIMULATED"));
}
