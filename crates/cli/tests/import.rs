//! The page "Your own table in five minutes" is what happens: its map, its data and its output are taken from the page.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn joulemark(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_joulemark"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// The block of the page behind a mark.
fn block(mark: &str) -> String {
    let page = include_str!("../../../results/README.md");
    let from = page.split_once(&format!("<!-- import:{mark} -->\n```")).expect(mark).1;
    let body = from.split_once('\n').unwrap().1;
    body.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_page_tells_what_happens() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["measured.csv", "map.toml"] {
        fs::write(folder.path().join(name), block(name)).unwrap();
    }
    let shown = block("output");
    let (command, output) = shown.split_once('\n').unwrap();
    let arguments: Vec<&str> = command.strip_prefix("$ joulemark ").unwrap().split(' ').collect();
    let imported = joulemark(folder.path(), &arguments);
    assert_eq!(text(&imported), output);
    let analysed = joulemark(folder.path(), &["analyze", "table.csv"]);
    assert!(
        analysed.status.success() && text(&analysed).contains("matmul 512x512x512, f32\n  tiled"),
        "{}",
        text(&analysed)
    );
}

#[test]
fn mistakes_end_with_one_sentence_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), block("measured.csv")).unwrap();
    fs::write(
        folder.path().join("map.toml"),
        block("map.toml").replace("P_W", "watts"),
    )
    .unwrap();
    for (arguments, status, says) in [
        ("import map.toml a.csv -o t.csv", 1, "there is no column `watts`"),
        ("import no-map a.csv -o t.csv", 1, "shipped are criterion"),
        ("import zeus a.csv -o a.csv", 1, "a.csv is an input"),
        ("import zeus missing.csv -o t.csv", 1, "missing.csv"),
        ("import zeus . -o t.csv", 1, "is a folder"),
        ("import zeus a.csv --set x -o t.csv", 1, "write NAME=VALUE"),
        ("import --show-map no-map", 1, "there is no map"),
        ("import zeus a.csv", 2, "--out"),
    ] {
        let output = joulemark(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(status), "{arguments}: {}", text(&output));
        assert!(text(&output).contains(says), "{arguments}: {}", text(&output));
    }
    assert!(!folder.path().join("t.csv").exists());
    let shown = joulemark(folder.path(), &["import", "--show-map", "hyperfine"]);
    assert!(text(&shown).contains("results.*.times.*"));
}
