//! What stands under results/ for other people: the manifest's JSON schema holds for a real manifest, and each example
//! reads a real run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// A run of two cases without energy.
fn measure(out: &Path) -> PathBuf {
    let output = Command::new(env!("CARGO_BIN_EXE_joulemark"))
        .args("run --suite quick matmul --windows 2 --rounds 1 --window 0.02 --energy none --out".split(' '))
        .arg(out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let machine = std::fs::read_dir(out).unwrap().next().unwrap().unwrap().path();
    std::fs::read_dir(machine).unwrap().next().unwrap().unwrap().path()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// What in `value` the schema does not allow; knows the keywords that the schema uses and refuses others.
fn violations(schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (keyword, rule) in schema.as_object().unwrap() {
        let holds = match keyword.as_str() {
            "$schema" | "title" | "description" => true,
            "type" => {
                let is = |name: &Value| match name.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_u64() || value.is_i64(),
                    "number" => value.is_number(),
                    "null" => value.is_null(),
                    other => panic!("type {other}"),
                };
                rule.as_array().map_or_else(|| is(rule), |names| names.iter().any(is))
            }
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_f64() >= rule.as_f64(),
            "minItems" => value
                .as_array()
                .is_some_and(|items| items.len() as u64 >= rule.as_u64().unwrap()),
            "uniqueItems" => {
                let items = value.as_array().unwrap();
                items.iter().enumerate().all(|(at, item)| !items[..at].contains(item))
            }
            "pattern" => regex::Regex::new(rule.as_str().unwrap())
                .unwrap()
                .is_match(value.as_str().unwrap()),
            "oneOf" => {
                rule.as_array()
                    .unwrap()
                    .iter()
                    .filter(|rule| violations(rule, value, "").is_empty())
                    .count()
                    == 1
            }
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                wrong.extend(items.flat_map(|(at, item)| violations(rule, item, &format!("{place}[{at}]"))));
                true
            }
            "required" => {
                let names = rule.as_array().unwrap().iter().filter_map(Value::as_str);
                wrong.extend(
                    names
                        .filter(|name| value.get(name).is_none())
                        .map(|name| format!("{place}.{name} is missing")),
                );
                true
            }
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    wrong.extend(
                        value
                            .get(name)
                            .iter()
                            .flat_map(|value| violations(rule, value, &format!("{place}.{name}"))),
                    );
                }
                true
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                let others = value.as_object().unwrap().iter();
                for (name, value) in others.filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name))) {
                    match rule {
                        Value::Bool(true) => {}
                        Value::Bool(false) => wrong.push(format!("{place}.{name} is not in the schema")),
                        rule => wrong.extend(violations(rule, value, &format!("{place}.{name}"))),
                    }
                }
                true
            }
            other => panic!("the schema uses `{other}`, which this test does not know"),
        };
        if !holds {
            wrong.push(format!("{place}: {keyword} {rule} does not hold for {value}"));
        }
    }
    wrong
}

#[test]
fn a_manifest_is_what_its_schema_says() {
    let folder = tempfile::tempdir().unwrap();
    let read = |path: &Path| -> Value { serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap() };
    let schema = read(&repository().join("results/schema/manifest.schema.json"));
    let manifest = read(&measure(folder.path()).join("manifest.json"));
    assert_eq!(violations(&schema, &manifest, "manifest"), [""; 0]);
    for (pointer, value) in [
        ("/schema_version", 3.into()),
        ("/run_id", "nowhere".into()),
        ("/state", serde_json::json!({"name": "sleeping"})),
        ("/shaders", serde_json::json!({"case": ["abc"]})),
        ("/totals", serde_json::json!({"rows": -1})),
        ("/host/cores", "two".into()),
    ] {
        let mut wrong = manifest.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        assert!(!violations(&schema, &wrong, "manifest").is_empty(), "{pointer}");
    }
}

/// Runs an example on a real run, `RUN` and `OUT` in its arguments replaced; its output names each case.
fn example(program: &str, arguments: &[&str], input: Option<&str>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let run = measure(&folder.path().join("results"));
    let (run_text, figure) = (run.display().to_string(), folder.path().join("figure.svg"));
    let replaced = arguments.iter().map(|argument| {
        argument
            .replace("RUN", &run_text)
            .replace("OUT", &figure.display().to_string())
    });
    let mut command = Command::new(program);
    command
        .args(replaced)
        .current_dir(repository().join("results/examples"));
    if let Some(input) = input {
        let file = std::fs::File::open(repository().join("results/examples").join(input)).unwrap();
        command.stdin(file).current_dir(&run);
    }
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
    assert!(output.status.success(), "{}", text(&output));
    text(&output) + &std::fs::read_to_string(figure).unwrap_or_default()
}

#[cfg_attr(not(unix), ignore = "needs python3")]
#[test]
fn plain_python_reads_a_run() {
    let told = example("python3", &["plain.py", "RUN"], None);
    assert!(
        told.contains("matmul/naive/f32/128x128x128  2 windows") && told.contains("not measured"),
        "{told}"
    );
}

#[ignore = "needs pandas and matplotlib: .ci/tools gets them"]
#[test]
fn pandas_reads_a_run() {
    let told = example("python3", &["plot.py", "RUN", "OUT"], None);
    assert!(
        told.contains("matmul/naive/f32/128x128x128") && told.contains("<svg"),
        "{told}"
    );
}

#[ignore = "needs R: .ci/tools gets it"]
#[test]
fn r_reads_a_run() {
    let told = example("Rscript", &["plot.R", "RUN"], None);
    assert!(told.contains("matmul/naive/f32/128x128x128"), "{told}");
}

#[ignore = "needs DuckDB's command: .ci/tools gets it"]
#[test]
fn duckdb_reads_a_run() {
    let told = example("duckdb", &[], Some("query.sql"));
    assert!(told.contains("matmul/naive/f32/128x128x128"), "{told}");
}

#[ignore = "needs gnuplot: .ci/tools gets it"]
#[test]
fn gnuplot_reads_a_run() {
    let told = example("gnuplot", &["-e", "run='RUN'; figure='OUT'", "plot.gnuplot"], None);
    assert!(told.contains("<svg") && told.contains("GFLOP/s"), "{told}");
}
