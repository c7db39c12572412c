//! The README cannot go stale: its examples of output are what the command prints, and each command line in it has words that the
//! command knows. `UPDATE_README=1 cargo test -p joulemark-cli --test readme` writes the outputs anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const BEGIN: &str = "<!-- output: ";
const END: &str = "<!-- end -->";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_owned()
}

fn joulemark(arguments: &str) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_joulemark"))
        .args(arguments.split_whitespace())
        .current_dir(repository())
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.success(), text)
}

/// The text with what each named command prints between its marker and the next end.
fn spliced(text: &str) -> String {
    let mut parts = text.split(BEGIN);
    let mut fresh = parts.next().unwrap().to_owned();
    for part in parts {
        let (command, rest) = part.split_once(" -->\n").expect("a marker that ends");
        let (_, after) = rest.split_once(END).expect("an end for each marker");
        let arguments = command.strip_prefix("joulemark ").expect("a command of ours");
        let (succeeded, output) = joulemark(arguments);
        assert!(succeeded, "{command}: {output}");
        write!(fresh, "{BEGIN}{command} -->\n\n```console\n$ {command}\n").unwrap();
        for line in output.trim_end().lines() {
            writeln!(fresh, "{}", line.trim_end()).unwrap();
        }
        write!(fresh, "```\n\n{END}{after}").unwrap();
    }
    fresh
}

#[test]
fn outputs_in_the_readme_are_what_the_command_prints() {
    let path = repository().join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let fresh = spliced(&text);
    assert!(fresh.contains(BEGIN), "the README shows no output");
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, fresh).unwrap();
    } else {
        assert!(fresh == text, "README.md is stale: UPDATE_README=1 writes it anew");
    }
}

#[test]
fn every_command_line_of_the_readme_has_words_that_the_command_knows() {
    let text = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let lines: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("    joulemark "))
        .collect();
    assert!(lines.len() > 10, "{lines:?}");
    for line in lines {
        let words: Vec<_> = line
            .split('#')
            .next()
            .unwrap()
            .split(" -- ")
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let (known, help) = joulemark(&format!("{} --help", words[0]));
        assert!(known, "{line}: {help}");
        for flag in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(flag), "{line}: {flag} is not in the help of {}", words[0]);
        }
    }
}
