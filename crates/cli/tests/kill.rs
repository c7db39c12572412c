//! Nothing is lost: a real run is ended at 100 random moments, mostly by SIGKILL, its tables are torn as by a power cut each
//! third time, and it is resumed; every file is looked at each time.
#![cfg(unix)]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use joulemark_records::{RunState, Status, read_run, read_ticks};

const MOMENTS: u32 = 100;
/// Cases × rounds × windows of the run below.
const WINDOWS: usize = 4 * 3 * 4;

/// A fresh run, or one that goes on.
fn start(folder: &Path, resume: Option<&Path>) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_joulemark"));
    command
        .arg("run")
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    match resume {
        Some(run) => command.arg("--resume").arg(run),
        None => command.args([
            "--suite",
            "quick",
            "--window",
            "0.02",
            "--windows",
            "4",
            "--energy",
            "simulated:period=1ms",
        ]),
    };
    command.spawn().unwrap()
}

/// A number from 0 to 1 that looks random and is the same in every run of this test.
fn random(state: &mut u64) -> f64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1_u64 << 53) as f64
}

fn run_folders(results: &Path) -> Vec<PathBuf> {
    let list = |path: &Path| {
        fs::read_dir(path)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
    };
    let mut runs: Vec<_> = list(results)
        .flat_map(|machine| list(&machine).collect::<Vec<_>>())
        .collect();
    runs.sort();
    runs
}

/// Cuts some bytes off the end of a table, as a power cut does: whatever part of it had not reached the disk.
fn tear(run: &Path, seed: &mut u64) {
    for table in ["samples.csv", "ticks.csv"] {
        let file = fs::OpenOptions::new().write(true).open(run.join(table)).unwrap();
        let length = file.metadata().unwrap().len();
        let lost = (1200.0 * random(seed) * random(seed)) as u64;
        file.set_len(length.saturating_sub(lost)).unwrap();
    }
}

/// The places of the measured windows. Every line is whole, but for a last one that the kill may have torn.
fn places(run: &Path) -> Vec<(u32, u32, u32, String)> {
    let samples = run.join("samples.csv");
    let text = fs::read_to_string(&samples).unwrap();
    let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    if whole.is_empty() {
        return Vec::new();
    }
    let copy = tempfile::tempdir().unwrap();
    fs::write(copy.path().join("samples.csv"), whole).unwrap();
    fs::copy(run.join("manifest.json"), copy.path().join("manifest.json")).unwrap();
    let read = read_run(copy.path()).unwrap_or_else(|error| panic!("{}: {error}", samples.display()));
    let measured = read
        .rows
        .iter()
        .filter(|row| matches!(row.status, Status::Ok | Status::Suspect));
    measured
        .map(|row| (row.round, row.order, row.window, row.case_id.clone()))
        .collect()
}

#[test]
fn a_run_that_is_killed_at_any_moment_loses_nothing_and_measures_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results");
    let (mut seed, mut current, mut complete): (u64, Option<PathBuf>, u32) = (20_261_123, None, 0);
    for moment in 0..MOMENTS {
        let before = current.as_deref().map(places).unwrap_or_default();
        let mut child = start(folder.path(), current.as_deref());
        std::thread::sleep(Duration::from_secs_f64(0.5 * random(&mut seed)));
        // The last one is let be, so that the run comes to its end however slow the machine is.
        match moment % 5 {
            _ if moment == MOMENTS - 1 => {}
            0 => signal("-INT", &child),
            1 => signal("-TERM", &child),
            _ => child.kill().unwrap(),
        }
        let output = child.wait_with_output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!message.contains("panicked"), "{message}");
        let Some(run) = run_folders(&results).pop() else {
            continue;
        };
        if !run.join("samples.csv").exists() || fs::read(run.join("samples.csv")).unwrap().is_empty() {
            // It was killed between making the folder and writing the header: there is nothing to lose.
            fs::remove_dir_all(&run).unwrap();
            current = None;
            continue;
        }
        let after = places(&run);
        assert_eq!(after[..before.len()], before, "rows were lost");
        let distinct: HashSet<_> = after.iter().collect();
        assert_eq!(distinct.len(), after.len(), "a window was measured twice");
        let manifest = fs::read_to_string(run.join("manifest.json")).unwrap();
        let manifest: joulemark_records::Manifest = serde_json::from_str(&manifest).unwrap();
        if manifest.state == RunState::Complete {
            let whole = read_run(&run).unwrap();
            assert_eq!(after.len(), WINDOWS, "{:?}", whole.manifest.totals);
            assert!(!read_ticks(&run.join("ticks.csv")).unwrap().is_empty());
            complete += 1;
            current = None;
        } else {
            assert!(after.len() <= WINDOWS);
            if moment % 3 == 0 {
                tear(&run, &mut seed);
            }
            current = Some(run);
        }
    }
    assert!(complete > 0, "the run never came to its end");
}

fn signal(name: &str, child: &Child) {
    // The process may have ended by itself meanwhile.
    let _ = Command::new("kill")
        .args([name, &child.id().to_string()])
        .stderr(Stdio::null())
        .status();
}

/// A complete run that a power cut has torn: what `check` promises is what resuming does.
#[test]
fn a_torn_run_is_mended_though_it_was_complete() {
    let folder = tempfile::tempdir().unwrap();
    assert!(start(folder.path(), None).wait().unwrap().success());
    let run = run_folders(&folder.path().join("results")).pop().unwrap();
    let check = || {
        let output = Command::new(env!("CARGO_BIN_EXE_joulemark"))
            .arg("check")
            .arg(&run)
            .output()
            .unwrap();
        String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
    };
    for (table, lost) in [
        ("samples.csv", 20),
        ("samples.csv", 2000),
        ("ticks.csv", 3),
        ("ticks.csv", 1500),
    ] {
        let mut bytes = fs::read(run.join(table)).unwrap();
        bytes.truncate(bytes.len() - lost);
        // In the middle of a line, wherever lines end.
        while bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        fs::write(run.join(table), bytes).unwrap();
        let found = check();
        assert!(
            found.contains(table) && found.contains("torn") && found.contains("--resume"),
            "{found}"
        );
        let resumed = start(folder.path(), Some(&run)).wait_with_output().unwrap();
        assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
        let mended = check();
        assert!(mended.contains(": sound") && mended.contains("note: "), "{mended}");
        assert_eq!(places(&run).len(), WINDOWS);
    }
    let again = start(folder.path(), Some(&run)).wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(message.contains("it is complete"), "{message}");
}

/// A file-size limit stands for a full disk: writing fails in the same way, and needs no disk of its own.
#[test]
fn a_full_disk_is_told_and_the_run_goes_on_once_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_joulemark");
    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 32; exec \"$0\" run \"$@\"", program])
        .args([
            "--suite",
            "quick",
            "--window",
            "0.02",
            "--windows",
            "4",
            "--energy",
            "none",
        ])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&limited.stderr).into_owned();
    assert_eq!(limited.status.code(), Some(1), "{message}");
    assert!(
        message.contains("error: cannot write") && message.contains("samples.csv"),
        "{message}"
    );
    let run = run_folders(&folder.path().join("results")).pop().unwrap();
    let before = places(&run);
    let state = read_run(&run).unwrap().manifest.state;
    assert!(
        matches!(state, RunState::Failed { .. }) && !before.is_empty() && before.len() < WINDOWS,
        "{state:?}"
    );
    let resumed = start(folder.path(), Some(&run)).wait_with_output().unwrap();
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    let after = places(&run);
    assert_eq!((&after[..before.len()], after.len()), (&before[..], WINDOWS));
}
