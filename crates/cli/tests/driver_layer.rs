//! With the layer of `layer/` between the loader and the driver: a device that is lost or hangs in the middle of a real
//! run leaves complete rows and a manifest that says what happened, and the run goes on from there on a sound device; and what
//! the driver gets for timing has no checks in it.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use joulemark_records::{RunState, Status, read_run};

const LAYER: &str = "VK_LAYER_JOULEMARK_test";
/// Cases × rounds × windows of the run below.
const WINDOWS: usize = 4 * 2 * 3;

/// Without a variable of the layer's, the layer is not there.
fn joulemark(folder: &Path, arguments: &str, variable: Option<(&str, &str)>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_joulemark"));
    command.args(arguments.split(' ')).current_dir(folder);
    if let Some((name, value)) = variable {
        command
            .env(name, value)
            .env("VK_LAYER_PATH", folder)
            .env("VK_INSTANCE_LAYERS", LAYER);
    }
    command.output().expect("cargo builds the command before its tests")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// Tells the loader of the layer.
fn announce_layer(folder: &Path) {
    let library = Path::new(env!("CARGO_BIN_EXE_joulemark")).with_file_name("deps/libtest_layer.so");
    assert!(library.exists(), "{} is missing", library.display());
    let manifest = serde_json::json!({
        "file_format_version": "1.2.0",
        "layer": {
            "name": LAYER,
            "type": "GLOBAL",
            "library_path": library,
            "api_version": "1.3.0",
            "implementation_version": "1",
            "description": "breaks the device, copies shaders",
        }
    });
    std::fs::write(folder.join("test_layer.json"), manifest.to_string()).unwrap();
}

fn only_run(folder: &Path) -> Option<PathBuf> {
    let entry = |path: PathBuf| Some(std::fs::read_dir(path).ok()?.next()?.unwrap().path());
    entry(folder.join("results")).and_then(entry)
}

#[test]
fn a_lost_or_hanging_device_costs_no_row_and_the_run_goes_on_later() {
    let begin = "run --suite quick --window 0.02 --windows 3 --rounds 2 --timeout 1 --energy simulated:period=1ms";
    let mut in_windows = 0;
    // The first submissions upload and verify; 60 and 80 fall between measured windows.
    for fault in ["lost:1", "lost:4", "lost:60", "lost:80", "hangs:2", "hangs:80"] {
        let folder = tempfile::tempdir().unwrap();
        announce_layer(folder.path());
        let broken = joulemark(folder.path(), begin, Some(("BROKEN_DRIVER", fault)));
        let said = text(&broken);
        assert_eq!(broken.status.code(), Some(1), "{fault}: {said}");
        assert!(!said.contains("panicked"), "{fault}: {said}");
        let why = if fault.starts_with("lost") {
            "the device was lost"
        } else {
            "did not finish within 1 s"
        };
        assert!(said.contains(why), "{fault}: {said}");
        let run = only_run(folder.path()).unwrap();
        let before = read_run(&run).unwrap();
        let RunState::Failed { reason } = &before.manifest.state else {
            panic!("{fault}: {:?}", before.manifest.state)
        };
        assert!(reason.contains(why), "{reason}");
        assert_eq!(
            before.rows.iter().filter(|row| row.status == Status::Error).count(),
            1,
            "{fault}"
        );
        in_windows += before
            .rows
            .iter()
            .filter(|row| matches!(row.status, Status::Ok | Status::Suspect))
            .count();

        let resumed = joulemark(folder.path(), &format!("run --resume {}", run.display()), None);
        assert!(resumed.status.success(), "{fault}: {}", text(&resumed));
        let after = read_run(&run).unwrap();
        assert_eq!(after.manifest.state, RunState::Complete);
        assert_eq!(
            after.rows[..before.rows.len()],
            before.rows[..],
            "{fault}: rows were lost"
        );
        let measured = after
            .rows
            .iter()
            .filter(|row| matches!(row.status, Status::Ok | Status::Suspect));
        assert!(measured.count() >= WINDOWS, "{fault}");
        let checked = joulemark(folder.path(), &format!("check {}", run.display()), None);
        assert!(text(&checked).contains(": sound"), "{fault}: {}", text(&checked));
    }
    assert!(in_windows > 0, "no fault came in the middle of the measuring");
}

#[test]
fn verification_ends_with_the_device() {
    let folder = tempfile::tempdir().unwrap();
    announce_layer(folder.path());
    let broken = joulemark(folder.path(), "verify --suite quick", Some(("BROKEN_DRIVER", "lost:6")));
    let said = text(&broken);
    assert_eq!(broken.status.code(), Some(1), "{said}");
    assert_eq!(said.matches("ERROR").count(), 1, "{said}");
    assert!(said.contains("error: the device was lost"), "{said}");
}

/// naga's counter that ends every loop begins at this word, twice.
const LOOP_BOUND: [u8; 4] = [0xff; 4];

#[test]
fn what_is_timed_has_no_loop_counters() {
    let folder = tempfile::tempdir().unwrap();
    announce_layer(folder.path());
    let verified = joulemark(
        folder.path(),
        "verify matmul/naive --suite quick",
        Some(("SPIRV_FOLDER", folder.path().to_str().unwrap())),
    );
    assert!(verified.status.success(), "{}", text(&verified));
    // The checked module comes first, then the trusted one.
    let has_bound = [1, 2].map(|number| {
        let code = std::fs::read(folder.path().join(format!("{number}.spv"))).unwrap();
        code.chunks_exact(4).any(|word| word == LOOP_BOUND)
    });
    assert_eq!(has_bound, [true, false]);
    assert!(!folder.path().join("3.spv").exists());
}
