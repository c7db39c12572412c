//! Tables of other people's layouts become tables that joulemark reads, and what cannot be is told by file and place.

use std::fs;
use std::path::PathBuf;

use joulemark_import::{Imported, Map, SHIPPED, import};
use joulemark_records::{Scanner, locate};
use proptest::prelude::*;

/// A folder with files, and what an import of all of them gives: the table's text, or the error.
fn convert(map: &str, constants: &[(&str, &str)], files: &[(&str, &str)]) -> Result<(String, Imported), String> {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = files
        .iter()
        .map(|(name, text)| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        })
        .collect();
    let shipped = SHIPPED.iter().any(|(name, _)| *name == map);
    let read = if shipped {
        Map::open(map)
    } else {
        Map::parse("mine.toml", map)
    };
    let mut map = read.map_err(|error| error.to_string())?;
    for (name, value) in constants {
        map.set(name, value);
    }
    let table = folder.path().join("out.csv");
    let imported = import(&map, &paths, &table).map_err(|error| error.to_string())?;
    // The one reader takes every line of it.
    let scanner = Scanner::open(&locate(&table).unwrap()[0].samples, false).unwrap();
    let mut rows = 0;
    scanner
        .scan(scanner.body(), |_| {
            rows += 1;
            Ok::<_, joulemark_records::Error>(())
        })
        .unwrap();
    assert_eq!(rows, imported.rows);
    Ok((fs::read_to_string(table).unwrap(), imported))
}

/// The field of a column in a row, from 0.
fn field(table: &str, row: usize, column: &str) -> String {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let at = reader.headers().unwrap().iter().position(|name| name == column);
    let at = at.unwrap_or_else(|| panic!("no column {column} in {table}"));
    reader.records().nth(row).unwrap().unwrap()[at].to_owned()
}

fn number(table: &str, row: usize, column: &str) -> f64 {
    field(table, row, column).parse().unwrap()
}

const MINE: &str = r#"
problem         = "matmul {M}x{N}x{K}"
algorithm       = "{kernel}"
precision       = "f32"
iterations      = "reps"
wall_s          = "t_ms * ms"
device_energy_j = "P_W * t_ms / 1000"
source          = "wattmeter"
quality         = "external"
idle_w          = "20"
where           = "valid == 1"
"#;

#[test]
fn a_map_of_ten_lines_makes_a_table() {
    let csv = "kernel,M,N,K,reps,t_ms,P_W,valid,note\nours,64,32,16,10,2000,50,1,x\nours,64,32,16,10,2100,51,1,y\ntheirs,64,32,16,10,9,9,0,z\n";
    let (table, imported) = convert(MINE, &[], &[("their data.csv", csv)]).unwrap();
    assert_eq!(field(&table, 0, "case_id"), "matmul/ours/f32/64x32x16");
    assert_eq!(number(&table, 0, "wall_s"), 2.0);
    assert_eq!(number(&table, 0, "device_energy_j"), 100.0);
    assert_eq!(number(&table, 0, "device_active_j"), 60.0);
    assert_eq!(number(&table, 0, "flops_task"), 2.0 * 64.0 * 32.0 * 16.0);
    assert_eq!(
        number(&table, 0, "bytes_min"),
        4.0 * (64.0 * 16.0 + 16.0 * 32.0 + 64.0 * 32.0)
    );
    assert_eq!((number(&table, 0, "window"), number(&table, 1, "window")), (0.0, 1.0));
    assert_eq!(field(&table, 1, "origin"), "their data.csv, line 3");
    assert_eq!(field(&table, 1, "run_id"), "their-data/import");
    assert_eq!((imported.rows, imported.cases, imported.with_energy), (2, 1, 2));
    assert_eq!(imported.unused.into_iter().collect::<Vec<_>>(), ["note"]);
    assert_eq!(
        imported.left_out.into_iter().collect::<Vec<_>>(),
        [("where not valid == 1".to_owned(), 1)]
    );
}

#[test]
fn semicolons_decimal_commas_and_marks_of_spreadsheets_are_read() {
    for head in ["", "\u{feff}", "sep=;\r\n"] {
        let csv = format!("{head}kernel;M;N;K;reps;t_ms;P_W;valid\r\nours;8;8;8;1;1500,5;40,25;1\r\n");
        let (table, _) = convert(MINE, &[], &[("a.csv", &csv)]).unwrap();
        assert!(
            (number(&table, 0, "device_energy_j") - 40.25 * 1.5005).abs() < 1e-9,
            "{table}"
        );
    }
}

#[test]
fn convolutions_are_named_by_their_sizes() {
    let map = MINE.replace(
        "matmul {M}x{N}x{K}",
        "conv2d n={M} c=3 h=8 w=8 k={K} r=3 s=3 stride=2 padding=1",
    );
    let csv = "kernel,M,N,K,reps,t_ms,P_W,valid\na,2,0,4,1,1,1,1\n";
    let (table, _) = convert(&map, &[], &[("a.csv", csv)]).unwrap();
    assert_eq!(field(&table, 0, "op"), "conv2d");
    assert_eq!(number(&table, 0, "macs"), 2.0 * 4.0 * 4.0 * 4.0 * 3.0 * 9.0);
    assert_eq!(field(&table, 0, "stride"), "2,2");
    assert_eq!(number(&table, 0, "parameters"), 4.0 * 3.0 * 9.0);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let csv = "kernel,M,N,K,reps,t_ms,P_W,valid\nours,8,8,8,1,abc,40,1\n";
    for (map, csv, says) in [
        (
            MINE.to_owned(),
            csv.to_owned(),
            "a.csv, line 2: column `t_ms`: `abc` is not a number (in the map's `device_energy_j`)",
        ),
        (
            MINE.replace("P_W", "watts"),
            csv.replace("abc", "1"),
            "there is no column `watts`; there are K, M",
        ),
        (
            MINE.replace("t_ms / 1000", "t_ms / 0"),
            csv.replace("abc", "1"),
            "divided by zero",
        ),
        (MINE.replace("{M}x", "{M}*"), csv.replace("abc", "1"), "is no problem"),
        (
            MINE.to_owned(),
            csv.replace("8,8,8", "8,0,8").replace("abc", "1"),
            "line 2",
        ),
        (
            MINE.to_owned(),
            csv.replace("abc", "-5"),
            "a.csv, line 2: `-0.2` is not a finite number, 0 or more",
        ),
        (
            MINE.to_owned(),
            csv.replace("abc", "1").replace(",1\n", "\n"),
            "7 fields where the header has 8",
        ),
        (
            MINE.to_owned(),
            csv.replace(",1\n", ",2\n").replace("abc", "1"),
            "no record makes a row: 1 where not valid == 1",
        ),
        (
            MINE.replace("wall_s ", "wall_sec "),
            csv.to_owned(),
            "there is no column `wall_sec`",
        ),
        (
            MINE.replace("t_ms * ms", "t_ms *"),
            csv.to_owned(),
            "the map mine.toml: in `wall_s`: `t_ms *`: a number, a name or `(` should stand at character 7",
        ),
        (MINE.replace("quality ", "#"), csv.to_owned(), "`quality` is missing"),
        (
            MINE.replace("\"external\"", "\"guessed\""),
            csv.replace("abc", "1"),
            "`guessed` is not counter, integrated, external",
        ),
        (MINE.replace("problem", "workload"), csv.to_owned(), "give `problem`"),
        (
            MINE.replace("\"reps\"", "[1]"),
            csv.to_owned(),
            "in `iterations`: a text is needed",
        ),
        (
            MINE.replace("t_ms * ms", "meen(t_ms)"),
            csv.to_owned(),
            "there is no function meen; there are mean",
        ),
        (
            "x = ".to_owned(),
            csv.to_owned(),
            "the map mine.toml: line 1, column 5: ",
        ),
    ] {
        let error = convert(&map, &[], &[("a.csv", &csv)])
            .map(|(table, _)| table)
            .unwrap_err();
        assert!(error.contains(says), "`{error}` does not say `{says}`");
    }
    let rows = "rows = \"results.*\"\n".to_owned() + MINE;
    for (json, says) in [
        ("{", "a.csv, line 1: no JSON"),
        ("{\"result\": []}", "there is no `results`"),
        ("{\"results\": []}", "finds no record"),
        (
            r#"{"results": [{"kernel": "a", "M": 8, "N": 8, "K": 8, "reps": 1, "t_ms": "x", "P_W": 1, "valid": 1}]}"#,
            "a.csv, results.0: column `t_ms`: `x` is not a number",
        ),
        (
            r#"{"results": [{"kernel": "a", "M": 8, "N": 8, "K": 8, "reps": 1, "t_ms": 1, "valid": 1}]}"#,
            "no record has `P_W`",
        ),
    ] {
        let error = convert(&rows, &[], &[("a.csv", json)])
            .map(|(table, _)| table)
            .unwrap_err();
        assert!(error.contains(says), "`{error}` does not say `{says}`");
    }
}

#[test]
fn kernel_tuner_caches_are_read_whole_or_stopped() {
    let cache = r#"{"device_name": "RTX 4000", "kernel_name": "gemm", "tune_params_keys": ["x"], "tune_params": {"x": [16, 32]},
"cache": {
"16": {"x": 16, "time": 2.5, "times": [2.4, 2.6], "ps_energy": 0.25},
"24": {"x": 24, "time": 1e20},
"32": {"x": 32, "time": 5.0, "times": [5.0], "nvml_energy": 0.5},
"64": {"x": 64, "time": "CompilationFailedConfig"}"#;
    let settings = [("problem", "matmul 512x512x512"), ("precision", "f16")];
    for end in ["}}", ",", ""] {
        let file = format!("{cache}{end}");
        let (table, imported) = convert("kernel-tuner", &settings, &[("c.json", &file)]).unwrap();
        assert_eq!((imported.rows, imported.left_out.values().sum()), (2, 2_u64));
        assert_eq!(field(&table, 0, "case_id"), "matmul/gemm/f16/512x512x512");
        assert_eq!(field(&table, 1, "variant"), "32");
        assert_eq!(number(&table, 0, "wall_s"), 0.0025);
        assert_eq!([0, 1].map(|row| number(&table, row, "device_energy_j")), [0.25, 0.5]);
        assert_eq!(
            [0, 1].map(|row| field(&table, row, "device_quality")),
            ["external", "integrated"]
        );
        assert_eq!(field(&table, 0, "run_id"), "rtx-4000/import");
        assert_eq!(field(&table, 0, "origin"), "c.json, cache.16");
    }
    let error = convert("kernel-tuner", &[], &[("c.json", &format!("{cache}}}}}"))]).unwrap_err();
    assert!(
        error.contains("without a problem") && error.contains("--set"),
        "{error}"
    );
}

#[test]
fn shipped_maps_read_their_layouts() {
    let settings = [("problem", "matmul 64x64x64"), ("precision", "f32"), ("flops", "1e9")];
    let t4 = r#"{"results": [{"configuration": {"b": 1, "a": "x"}, "times": {"runtimes": [1.0]}, "invalidity": "correct",
        "correctness": 1, "measurements": [{"name": "time", "value": 4.0, "unit": "ms"}]}]}"#;
    let (table, _) = convert("kernel-tuner-t4", &settings, &[("t.json", t4)]).unwrap();
    assert_eq!(
        (field(&table, 0, "variant"), number(&table, 0, "wall_s")),
        ("a=x;b=1".into(), 0.004)
    );
    assert_eq!(
        (field(&table, 0, "device_energy_j"), field(&table, 0, "device_quality")),
        (String::new(), "unavailable".into())
    );

    let nvbench = r#"{"benchmarks": [{"name": "copy", "states": [
        {"name": "T=1", "summaries": [{"tag": "other", "data": []},
         {"tag": "nv/cold/time/gpu/mean", "data": [{"name": "value", "type": "float64", "value": "0.25"}]}]},
        {"name": "T=2", "is_skipped": true, "summaries": []}]}]}"#;
    let (table, imported) = convert("nvbench", &settings, &[("n.json", nvbench)]).unwrap();
    assert_eq!(
        (field(&table, 0, "case_id"), number(&table, 0, "wall_s"), imported.rows),
        ("copy/T=1".into(), 0.25, 1)
    );

    let criterion = r#"{"sampling_mode": "Flat", "iters": [10.0, 10.0], "times": [2e9, 3e9]}"#;
    let path = "criterion/group/function/new/sample.json";
    let (table, _) = convert("criterion", &settings, &[(path, criterion)]).unwrap();
    assert_eq!(
        (field(&table, 1, "case_id"), number(&table, 1, "wall_s")),
        ("group/function".into(), 3.0)
    );
    assert_eq!(number(&table, 1, "iterations"), 10.0);

    let hyperfine = r#"{"results": [{"command": "sleep 1", "mean": 1.0, "times": [1.0, 1.1], "exit_codes": [0, 0]}]}"#;
    let (table, imported) = convert("hyperfine", &settings, &[("h.json", hyperfine)]).unwrap();
    assert_eq!(
        (field(&table, 1, "algorithm"), number(&table, 1, "wall_s")),
        ("sleep 1".into(), 1.1)
    );
    assert_eq!(imported.cases, 1);

    let zeus = "start_time,window_name,elapsed_time,gpu0_energy\n0,step,2.0,300\n2,step,2.1,310\n";
    let (table, _) = convert("zeus", &settings, &[("z.csv", zeus)]).unwrap();
    assert_eq!(
        (field(&table, 0, "case_id"), number(&table, 1, "device_energy_j")),
        ("step".into(), 310.0)
    );

    let log = "timestamp,power\n2026-01-31T12:00:00,100\n2026-01-31 12:00:10,100\n2026-01-31T12:00:20,300\n";
    let windows = "name,begin,end,iterations\nstep,2026-01-31T12:00:02,2026-01-31T12:00:10,4\nlate,2026-01-31T12:00:15,2026-01-31T12:01:00,4\n";
    let (table, imported) = convert("power-log", &settings, &[("power.csv", log), ("w.csv", windows)]).unwrap();
    assert!((number(&table, 0, "device_energy_j") - 800.0).abs() < 1e-6);
    assert_eq!(
        (imported.rows, imported.with_energy),
        (2, 1),
        "the log ends before the second window"
    );
}

proptest! {
    #[test]
    fn no_map_and_no_file_brings_it_down(map in ".{0,200}", key in "(wall_s|problem|where|rows|log|constants)", value in ".{0,60}", csv in ".{0,200}") {
        let _ = convert(&map, &[], &[("a.csv", &csv)]);
        let mutated = format!("{MINE}\n{key} = {value:?}\n");
        let _ = convert(&mutated.replace("wall_s          =", "#"), &[], &[("a.csv", &csv)]);
        let _ = convert(MINE, &[], &[("a.csv", &format!("kernel,M,N,K,reps,t_ms,P_W,valid\n{csv}"))]);
    }
}
