//! `joulemark check` on a real run: sound as it is, and every planted defect is named.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn joulemark(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_joulemark"))
        .args(arguments)
        .output()
        .expect("cargo builds the command before its tests")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// A run of two cases with made-up joules.
fn measure(out: &Path) -> PathBuf {
    let options = "--suite quick matmul --windows 2 --rounds 2 --window 0.25 --energy simulated:period=1ms --out";
    let mut arguments = vec!["run"];
    arguments.extend(options.split(' '));
    let out_text = out.display().to_string();
    arguments.push(&out_text);
    let output = joulemark(&arguments);
    assert!(output.status.success(), "{}", text(&output));
    let machine = std::fs::read_dir(out).unwrap().next().unwrap().unwrap().path();
    std::fs::read_dir(machine).unwrap().next().unwrap().unwrap().path()
}

/// The fields of a line; commas in quotes do not part them.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        quoted ^= c == '"';
        match c {
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    fields
}

/// The field of a column, replaced in the first timed row that has one.
fn field(samples: &str, column: &str, change: impl Fn(&str) -> String) -> String {
    let mut lines: Vec<String> = samples.lines().map(str::to_string).collect();
    let at = fields(&lines[0]).iter().position(|name| name == column).unwrap();
    let timed = |line: &&mut String| line.contains(",matmul/") && !fields(line)[at].is_empty();
    let line = lines.iter_mut().find(timed).unwrap();
    let mut row = fields(line);
    row[at] = change(&row[at]);
    *line = row.join(",");
    lines.join("\n") + "\n"
}

/// Ten times all joules of the device, in a way that every sum still adds up.
fn tenfold(samples: &str) -> String {
    let mut lines = samples.lines();
    let header = lines.next().unwrap();
    let at = |name: &str| fields(header).iter().position(|column| column == name).unwrap();
    let columns = [
        "device_energy_j",
        "device_energy_u_j",
        "device_idle_w",
        "device_active_j",
        "idle_before_w",
        "idle_after_w",
    ];
    let mut text = format!("{header}\n");
    for line in lines {
        let mut row = fields(line);
        for column in columns {
            let field = &mut row[at(column)];
            if let Ok(number) = field.parse::<f64>() {
                *field = (10.0 * number).to_string();
            }
        }
        text += &format!("{}\n", row.join(","));
    }
    text
}

#[test]
fn a_sound_run_passes_and_each_defect_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = measure(&folder.path().join("results"));
    let sound = joulemark(&["check", folder.path().to_str().unwrap()]);
    assert!(
        sound.status.success() && text(&sound).contains("sound"),
        "{}",
        text(&sound)
    );

    let replace = |from: &'static str, to: &'static str| move |text: &str| text.replacen(from, to, 1);
    let number = |factor: f64| move |text: &str| (text.parse::<f64>().unwrap() * factor).to_string();
    type Plant<'a> = (&'a str, Box<dyn Fn(&str) -> String>, &'a str);
    let plants: Vec<Plant> = vec![
        (
            "manifest.json",
            Box::new(replace("\"schema_version\": 2", "\"schema_version\": 7")),
            "schema",
        ),
        (
            "manifest.json",
            Box::new(replace("\"rows\": ", "\"rows\": 9")),
            "manifest.json: it counts 9",
        ),
        ("manifest.json", Box::new(replace("{", "[")), "manifest.json"),
        (
            "manifest.json",
            Box::new(|text| {
                let at = text.find("\"shaders\"").unwrap();
                let hash = at + text[at..].find(": [").unwrap();
                let begin = hash + text[hash..].find("\n").unwrap();
                let begin = begin + text[begin..].find('"').unwrap() + 1;
                format!("{}zz{}", &text[..begin], &text[begin + 2..])
            }),
            "are not SHA-256 hashes",
        ),
        ("samples.csv", Box::new(|text| text[..text.len() - 4].into()), "torn"),
        (
            "samples.csv",
            Box::new(replace("wall_s", "wall_ms")),
            "columns are missing: wall_s",
        ),
        (
            "samples.csv",
            Box::new(move |text| field(text, "wall_s", number(-1.0))),
            "wall_s is `-",
        ),
        (
            "samples.csv",
            Box::new(move |text| field(text, "wall_s", number(1e3))),
            "its marks are",
        ),
        (
            "samples.csv",
            Box::new(move |text| field(text, "gpu_s", |_| "1e9".into())),
            "gpu_s exceeds wall_s",
        ),
        (
            "samples.csv",
            Box::new(move |text| field(text, "device_energy_j", number(1e6))),
            "device_active_j is not",
        ),
        ("samples.csv", Box::new(tenfold), "device_energy_j is"),
        ("samples.csv", Box::new(tenfold), "and ticks.csv gives"),
        (
            "samples.csv",
            Box::new(move |text| {
                let text = field(text, "device_idle_w", |_| "1e3".into());
                field(&text, "device_active_j", |_| String::new())
            }),
            "and the idle rows say",
        ),
        (
            "ticks.csv",
            Box::new(|text| text.replacen("simulated,", "another,", 1)),
            "is not among the manifest's",
        ),
        ("ticks.csv", Box::new(replace(",begin\n", ",middle\n")), "no tick"),
        ("ticks.csv", Box::new(replace(",uJ,", ",mJ,")), "and in the manifest in"),
        (
            "samples.csv",
            Box::new(move |text| field(text, "device_energy_j", |_| String::new())),
            "contradict",
        ),
        (
            "samples.csv",
            Box::new(move |text| field(text, "flops_task", number(3.0))),
            "two per multiply-accumulate",
        ),
        (
            "samples.csv",
            Box::new(move |text| field(text, "flops_task", number(3.0))),
            "counts of matmul/",
        ),
        (
            "samples.csv",
            Box::new(move |text| field(text, "status", |_| "fine".into())),
            "status is `fine`",
        ),
        (
            "samples.csv",
            Box::new(move |text| field(text, "relative_error", |_| String::new())),
            "not verified",
        ),
        (
            "samples.csv",
            Box::new(|text| {
                let last = text.trim_end().lines().find(|line| line.contains(",matmul/")).unwrap();
                format!("{text}{last}\n")
            }),
            "stands in line",
        ),
        (
            "ticks.csv",
            Box::new(replace("window", "windows")),
            "no marks of its begin and end",
        ),
        (
            "ticks.csv",
            Box::new(replace("after_ns", "before_ns")),
            "the columns should be source",
        ),
    ];
    for (index, (file, plant, message)) in plants.iter().enumerate() {
        let copy = folder
            .path()
            .join(format!("planted-{index}"))
            .join(run.file_name().unwrap());
        std::fs::create_dir_all(&copy).unwrap();
        for name in ["manifest.json", "samples.csv", "ticks.csv"] {
            let mut content = std::fs::read_to_string(run.join(name)).unwrap();
            if name == *file {
                let planted = plant(&content);
                assert_ne!(planted, content, "nothing was planted for `{message}`");
                content = planted;
            }
            std::fs::write(copy.join(name), content).unwrap();
        }
        let output = joulemark(&["check", copy.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{message}: {}", text(&output));
        assert!(
            text(&output).contains(message),
            "`{}` does not say `{message}`",
            text(&output)
        );
    }
    let nothing = joulemark(&[
        "check",
        folder
            .path()
            .join("planted-0")
            .parent()
            .unwrap()
            .join("no")
            .to_str()
            .unwrap(),
    ]);
    assert_eq!(nothing.status.code(), Some(1));
}
