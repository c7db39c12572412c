//! `joulemark show --compiled`: on a driver that tells what it compiled, and on one that does not.
#![cfg(target_os = "linux")]

use std::process::{Command, Output};

fn show(arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_joulemark"))
        .arg("show")
        .args(arguments.split(' '))
        .output()
        .expect("cargo builds the command before its tests")
}

fn sentence(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Mesa's names of AMD GPUs have been the same in all its versions up to RDNA 2.
#[test]
#[ignore = "needs Mesa's RADV: .ci/tools runs this"]
fn radv_tells_what_it_compiled_for_a_gpu_that_is_not_there() {
    let shown = show("matmul/register_blocked --problem 1024x1024x1024 --compiled --gpu navi21 --json");
    assert!(shown.status.success(), "{}", sentence(&shown));
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert!(shown["compiled_by"].as_str().unwrap().contains("RADV"), "{shown}");
    let compiled = &shown["passes"][0]["compiled"];
    let hot = &compiled["instructions"]["hot_loop"];
    let multiplies = hot["arithmetic"].as_u64().unwrap();
    assert!(
        multiplies >= 512 && multiplies < hot["instructions"].as_u64().unwrap(),
        "{hot}"
    );
    assert!(hot["counts"]["ds_read_b128"].as_u64().unwrap() > 0, "{hot}");
    let statistics = compiled["statistics"].as_array().unwrap();
    let statistic = |name: &str| statistics.iter().find(|pair| pair[0] == name).unwrap()[1].as_f64();
    assert_eq!(statistic("Spilled VGPRs"), Some(0.0));
    assert!(statistic("VGPRs") >= Some(40.0), "{statistics:?}");

    let unknown = show("matmul/naive --compiled --gpu voodoo2");
    assert_eq!(unknown.status.code(), Some(3), "{}", sentence(&unknown));
    assert!(
        sentence(&unknown).contains("knows no GPU `voodoo2`"),
        "{}",
        sentence(&unknown)
    );
}

/// Mesa's software driver, which tests run on elsewhere too, has no such extension.
#[test]
fn a_driver_that_does_not_tell_is_named() {
    let silent = show("matmul/naive --compiled --adapter llvmpipe");
    assert_eq!(silent.status.code(), Some(3), "{}", sentence(&silent));
    assert!(
        sentence(&silent).contains("does not tell what it compiled"),
        "{}",
        sentence(&silent)
    );
    let lonely = show("matmul/naive --gpu navi21");
    assert_eq!(lonely.status.code(), Some(2), "{}", sentence(&lonely));
}
