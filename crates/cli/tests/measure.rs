//! `joulemark measure` and `watch`: programs of this system, on the simulated source and on none.
#![cfg(unix)]

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use joulemark_base::quality::Quality;
use joulemark_records::{RunState, Status, read_run};
use serde_json::Value;

fn joulemark(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_joulemark"));
    command.args(arguments).current_dir(folder);
    command
}

fn output(folder: &Path, arguments: &[&str]) -> Output {
    joulemark(folder, arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(output)))
}

const SIMULATED: &str = "simulated:period=5ms,power=100,idle=40";

#[test]
fn commands_are_compared_by_joules_and_their_rows_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let measured = output(
        folder.path(),
        &[
            "measure",
            "-n",
            "3",
            "--energy",
            SIMULATED,
            "--window",
            "1s",
            "--json",
            "--name",
            "short",
            "--command",
            "sleep 0.1",
            "--name",
            "long",
            "--command",
            "sleep 0.3; exit 0",
        ],
    );
    assert!(measured.status.success(), "{}", text(&measured));
    let report = json(&measured);
    let [short, long] = [0, 1].map(|index| &report["commands"][index]);
    for (summary, name) in [(short, "short"), (long, "long")] {
        assert_eq!((&summary["name"], &summary["runs"]), (&name.into(), &3.into()));
        let value = |key: &str| summary[key]["value"].as_f64().unwrap();
        // 100 W while it runs, 40 W of them idle.
        let power_w = value("energy_j") / value("time_s");
        assert!((90.0..101.0).contains(&power_w), "{power_w} W: {summary}");
        let active_w = value("active_j") / value("time_s");
        assert!((50.0..61.0).contains(&active_w), "{active_w} W: {summary}");
        assert_eq!(summary["quality"], "simulated");
    }
    assert_eq!(short["relative"], 1.0);
    assert!(long["relative"].as_f64().unwrap() > 1.5, "{long}");

    let run = report["results"].as_str().unwrap();
    let read = read_run(&folder.path().join(run)).unwrap();
    assert_eq!(read.manifest.state, RunState::Complete);
    let rows: Vec<_> = read.rows.iter().filter(|row| row.status != Status::Idle).collect();
    assert_eq!(rows.len(), 6);
    for row in rows {
        assert_eq!(
            (row.op.as_str(), row.device.quality),
            ("command", Some(Quality::Simulated))
        );
        assert!(row.case_id.len() <= 64 && row.device.energy_j > Some(0.0), "{row:?}");
    }
    let checked = output(folder.path(), &["check", run]);
    assert!(
        text(&checked).contains("8 rows of 2 cases") && checked.status.success(),
        "{}",
        text(&checked)
    );
}

#[test]
fn without_a_source_time_is_told_and_why_joules_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let measured = output(
        folder.path(),
        &["measure", "-n", "2", "--energy", "none", "--", "sleep", "0.05"],
    );
    assert!(measured.status.success(), "{}", text(&measured));
    assert!(text(&measured).contains("relative time") && text(&measured).contains("energy: not measured: "));
    let table = output(
        folder.path(),
        &["measure", "-n", "2", "--energy", "none", "--csv", "--command", "true"],
    );
    let table = text(&table);
    assert!(
        table.starts_with("name,command,runs,executions,time_s,time_s_low,"),
        "{table}"
    );
    assert!(
        table.lines().nth(1).unwrap().starts_with("true,true,2,1,0.0"),
        "{table}"
    );
}

#[test]
fn rows_of_commands_are_ranked_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let measured = output(
        folder.path(),
        &[
            "measure",
            "-n",
            "3",
            "--energy",
            "none",
            "--json",
            "--command",
            "sleep 0.05",
            "--name",
            "short",
            "--name",
            "long",
            "--command",
            "sleep 0.2",
        ],
    );
    let report = json(&measured);
    let run = report["results"].as_str().unwrap();
    let ranked = output(folder.path(), &["rank", run, "--problem", "as-given"]);
    assert!(text(&ranked).contains("least time: short"), "{}", text(&ranked));
    let compared = output(folder.path(), &["compare", run, run]);
    assert!(compared.status.success(), "{}", text(&compared));
}

#[test]
fn what_does_not_run_is_named_and_leaves_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, status, words) in [
        (
            &["--", "false"][..],
            1,
            "`false` failed (exit status: 1); --ignore-failure",
        ),
        (
            &["--", "no-such-program"],
            1,
            "cannot start `no-such-program`: No such file",
        ),
        (&["--prepare", "exit 3", "--", "true"], 1, "--prepare: `exit 3` failed"),
        (&["-n", "0", "--", "true"], 2, "1..=100000"),
        (
            &["--window", "1e300", "--", "true"],
            2,
            "--window is `1e300`: it must be a duration from 1ms to 1h",
        ),
        (&["--energy", "replay:nothing.csv", "--", "true"], 3, "nothing.csv"),
        (&[], 2, "PROGRAM"),
    ] {
        let refused = output(folder.path(), &[&["measure"], arguments].concat());
        assert_eq!(refused.status.code(), Some(status), "{arguments:?}: {}", text(&refused));
        assert!(text(&refused).contains(words), "{arguments:?}: {}", text(&refused));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let failing = output(
        folder.path(),
        &[
            "measure",
            "-n",
            "2",
            "--energy",
            "none",
            "--ignore-failure",
            "--",
            "false",
        ],
    );
    assert!(failing.status.success(), "{}", text(&failing));
}

#[test]
fn a_signal_stops_the_program_too() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let line = format!("echo $$ > {}; exec sleep 60", mark.display());
    for signal in ["TERM", "HUP", "INT"] {
        let _ = std::fs::remove_file(&mark);
        let mut command = joulemark(folder.path(), &["measure", "--energy", "none", "--command", &line]);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        // SAFETY: `signal` may be called between fork and exec. Whoever runs these tests may have SIGHUP ignored.
        unsafe {
            command.pre_exec(|| {
                libc::signal(libc::SIGHUP, libc::SIG_DFL);
                Ok(())
            });
        }
        let child = command.spawn().unwrap();
        let begin = Instant::now();
        let program = loop {
            assert!(begin.elapsed() < Duration::from_secs(60), "the program does not start");
            let told = std::fs::read_to_string(&mark).unwrap_or_default();
            if told.ends_with('\n') {
                break told.trim().to_owned();
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let kill = |what: &str, id: &str| {
            Command::new("kill")
                .args([what, id])
                .stderr(Stdio::null())
                .status()
                .unwrap()
        };
        kill(&format!("-{signal}"), &child.id().to_string());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(130), "{signal}: {}", text(&ended));
        assert!(
            begin.elapsed() < Duration::from_secs(50),
            "{signal}: the program was waited for"
        );
        assert!(!kill("-0", &program).success(), "{signal}: the program goes on");
    }
}

#[test]
fn watts_are_watched_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["watch", "--every", "300ms", "--for", "700ms", "--energy", SIMULATED];
    let watched = output(folder.path(), &[&arguments[..], &["--json"]].concat());
    let lines: Vec<Value> = text(&watched)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3, "{}", text(&watched));
    for line in &lines {
        let watts = line["devices"][0]["watts"].as_f64().unwrap();
        assert!((36.0..44.0).contains(&watts), "{line}");
    }
    assert!(lines[2]["devices"][0]["joules"].as_f64() > lines[0]["devices"][0]["joules"].as_f64());
    let plain = text(&output(folder.path(), &arguments));
    assert!(plain.starts_with("    time") && plain.contains(" W  "), "{plain}");
    let nothing = output(folder.path(), &["watch", "--energy", "none"]);
    assert_eq!(nothing.status.code(), Some(3), "{}", text(&nothing));
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "watching writes nothing"
    );
}
