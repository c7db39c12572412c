//! xtask as users start it, with a script in cargo's place: what reaches cargo, and how xtask ends.
#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

/// Runs xtask with a cargo that prints its arguments and folder and exits with `status`.
fn xtask(arguments: &[&str], status: u8, variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let cargo = folder.path().join("cargo");
    std::fs::write(&cargo, format!("#!/bin/sh\necho \"$PWD: $*\"\nexit {status}\n")).unwrap();
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).envs(variables.iter().copied());
    command
        .env("CARGO", &cargo)
        .env("CARGO_MANIFEST_DIR", folder.path().join("crates/xtask"));
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn bench_and_test_hand_their_arguments_to_cargo_as_they_stand() {
    for (arguments, expected) in [
        (&["bench", "--", "matmul/naive"][..], ": bench -- matmul/naive\n"),
        (
            &["bench", "--bench", "conv2d", "--", "--list"],
            ": bench --bench conv2d -- --list\n",
        ),
        (&["test"], ": test --workspace\n"),
        (
            &["test", "small", "--", "--help"],
            ": test --workspace small -- --help\n",
        ),
    ] {
        let output = xtask(arguments, 0, &[]);
        let ran = String::from_utf8_lossy(&output.stdout);
        assert!(ran.ends_with(expected), "{arguments:?} ran `{ran}`: {}", said(&output));
        assert!(!ran.contains("xtask:"), "not in the workspace: {ran}");
        assert!(said(&output).contains("xtask: adapter: Vulkan"), "{}", said(&output));
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn the_exit_status_of_cargo_comes_through() {
    let output = xtask(&["test"], 101, &[]);
    assert_eq!(output.status.code(), Some(101));
    assert!(
        said(&output).contains("`cargo test --workspace` failed"),
        "{}",
        said(&output)
    );
}

#[test]
fn wrong_usage_has_exit_status_2_and_names_the_word() {
    for (arguments, word) in [
        (&[][..], "no command"),
        (&["benhc"], "`benhc`"),
        (&["setup", "now"], "`now`"),
    ] {
        let output = xtask(arguments, 0, &[]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(word), "{arguments:?}: {}", said(&output));
    }
    let help = xtask(&["test", "--help"], 0, &[]);
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("Usage: cargo xtask"));
}

#[test]
fn no_work_starts_where_a_variable_hides_the_drivers() {
    for name in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
        let output = xtask(&["bench"], 0, &[(name, "/gone.json")]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(
            said(&output).ends_with(&format!("\n  unset {name}\n")),
            "{}",
            said(&output)
        );
        assert!(output.stdout.is_empty(), "cargo ran");
    }
}
