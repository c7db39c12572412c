//! The run folder from outside: what is written can be read, what cannot be is refused by file, line and column, and
//! a kill, a full disk or a second writer loses nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use joulemark_base::quality::Quality;
use joulemark_base::timestamp::Timestamp;
use joulemark_records::{
    COLUMNS, Energy, Error, Host, Manifest, Row, RunState, RunWriter, SCHEMA_VERSION, Scanner, Status, TickLine,
    UnavailableSource, check, locate, machine_slug, read_run, read_ticks, read_unfinished,
};
use proptest::prelude::*;

const DATE: &str = "2026-11-23";

fn row(case_id: &str) -> Row {
    Row {
        round: 1,
        case_id: case_id.into(),
        op: "matmul".into(),
        algorithm: "tiled".into(),
        precision: "f32".into(),
        m: Some(256),
        padding: "1,1,1,1".into(),
        iterations: Some(100),
        wall_s: Some(0.25),
        device: Energy {
            energy_j: Some(12.5),
            active_j: Some(-0.125),
            quality: Some(Quality::Counter),
            ..Energy::default()
        },
        throttled: Some(false),
        flops_task: Some(33_554_432),
        gate_ops: Some(4.6e15),
        status: Status::Ok,
        ..Row::default()
    }
}

fn writer(root: &Path) -> RunWriter {
    RunWriter::create(
        root,
        "box",
        DATE,
        Manifest {
            suite: "quick".into(),
            host: Host {
                name: "Node 7".into(),
                ..Host::default()
            },
            ..Manifest::default()
        },
    )
    .unwrap()
}

/// The marks of a row's window.
fn marks(row: u64) -> [TickLine; 2] {
    TickLine::marks(row, Timestamp::from_nanos(500), Timestamp::from_nanos(750))
}

fn table(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("theirs.csv");
    fs::write(&path, text).unwrap();
    path
}

fn scan(path: &Path) -> Result<usize, Error> {
    let scanner = Scanner::open(path, false)?;
    let mut count = 0;
    for part in scanner.parts(3) {
        scanner.scan(part, |_| {
            count += 1;
            Ok::<_, Error>(())
        })?;
    }
    Ok(count)
}

const HEADER: &str = "case_id,op,algorithm,precision,iterations,wall_s,device_energy_j,flops_task\n";

#[test]
fn the_header_is_the_list_of_columns() {
    // The keys in the order of the struct; those of an energy get its domain before them.
    let text = serde_json::to_string(&Row::default()).unwrap();
    let (mut names, mut domain) = (Vec::new(), "");
    for part in text.split_inclusive([',', '{', '}']) {
        let Some((key, value)) = part.split_once("\":") else {
            continue;
        };
        let key = key.trim_start_matches('"');
        match (value, key) {
            ("{", _) => domain = key,
            (_, "u_j") => names.push(format!("{domain}_energy_u_j")),
            _ if domain.is_empty() => names.push(key.to_owned()),
            _ => names.push(format!("{domain}_{key}")),
        }
        if value.ends_with('}') {
            domain = "";
        }
    }
    assert_eq!(names, COLUMNS.map(|column| column.name));
}

#[test]
fn words_are_spelled_alike_in_csv_and_code() {
    for status in Status::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        assert_eq!(Status::from_word(status.as_str()), Some(status));
    }
    for quality in Quality::ALL {
        assert_eq!(serde_json::to_value(quality).unwrap(), quality.as_str());
        assert_eq!(Quality::from_word(quality.as_str()), Some(quality));
    }
    assert_eq!(
        Quality::ALL.map(Quality::is_measured),
        [true, true, true, false, false, false, false]
    );
}

#[test]
fn every_column_is_documented() {
    let page = include_str!("../../../results/README.md");
    for column in COLUMNS {
        assert!(
            page.contains(&format!("| `{}` |", column.name)),
            "results/README.md lacks `{}`",
            column.name
        );
    }
}

#[test]
fn what_is_written_can_be_read() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = writer(root.path());
    assert!(
        writer.run_id().starts_with("box/2026-11-23-1@node-7-"),
        "{}",
        writer.run_id()
    );
    let mut hard = row("with, comma and \"marks\"");
    hard.reason = "two\nlines".into();
    assert_eq!(writer.append(hard).unwrap().row, 0);
    assert_eq!(writer.append(row("b")).unwrap().row, 1);
    let ticks = marks(0);
    writer.append_ticks(&ticks).unwrap();
    let reason = "permission denied".to_owned();
    writer
        .update(|manifest| {
            manifest.unavailable_sources.push(UnavailableSource {
                name: "rapl".into(),
                reason,
                fix: None,
            });
        })
        .unwrap();
    writer.set_state(RunState::Complete).unwrap();

    let run = read_run(writer.dir()).unwrap();
    assert_eq!(run.manifest, *writer.manifest());
    assert_eq!(
        (
            run.manifest.totals.rows,
            run.manifest.totals.rows_ok,
            run.manifest.totals.ticks
        ),
        (2, 2, 2)
    );
    assert_eq!(run.rows[0].reason, "two lines");
    assert_eq!(
        run.rows[1],
        Row {
            run_id: writer.run_id().into(),
            row: 1,
            ..row("b")
        }
    );
    assert_eq!(read_ticks(&writer.dir().join("ticks.csv")).unwrap(), ticks);
    assert_eq!(locate(root.path()).unwrap().len(), 1);
}

#[test]
fn folders_are_never_overwritten() {
    let root = tempfile::tempdir().unwrap();
    let dirs: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| writer(root.path()).dir().to_owned()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let distinct: std::collections::BTreeSet<_> = dirs.iter().collect();
    assert_eq!(distinct.len(), 16);
    fs::remove_dir_all(root.path().join("box/2026-11-23-1")).unwrap();
    let next = writer(root.path());
    assert!(
        next.dir().ends_with("box/2026-11-23-17"),
        "a freed number is not given out again"
    );
    assert!(RunWriter::create(root.path(), "../up", DATE, Manifest::default()).is_err());
    assert!(RunWriter::create(root.path(), "box", "23.11.2026", Manifest::default()).is_err());
    assert_eq!(machine_slug("NVIDIA H200 (Node #7)"), "nvidia-h200-node-7");
    assert_eq!(machine_slug("../.."), "unknown");
}

#[test]
fn a_value_that_cannot_be_leaves_its_field_empty_and_says_so() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = writer(root.path());
    let odd = Row {
        utilisation: Some(1.01),
        gpu_s: Some(f64::NAN),
        temperature_c: Some(f64::INFINITY),
        device: Energy {
            energy_j: Some(f64::INFINITY),
            u_j: Some(1.0),
            quality: Some(Quality::Counter),
            ..Energy::default()
        },
        reason: "hot".into(),
        ..row("a")
    };
    let written = writer.append(odd).unwrap();
    assert_eq!(
        (
            written.utilisation,
            written.gpu_s,
            written.temperature_c,
            written.wall_s
        ),
        (None, None, None, Some(0.25))
    );
    let device = &written.device;
    assert_eq!(
        (device.energy_j, device.u_j, device.quality),
        (None, None, Some(Quality::Invalid))
    );
    assert!(!device.reason.is_empty());
    for column in [
        "utilisation was 1.01",
        "gpu_s was NaN",
        "temperature_c was inf",
        "device_energy_j was inf",
    ] {
        assert!(written.reason.contains(column), "{}", written.reason);
    }
    assert!(written.reason.starts_with("hot; "), "{}", written.reason);
    assert_eq!(read_run(writer.dir()).unwrap().rows, [written]);
    let error = writer.append(row("")).unwrap_err().to_string();
    assert!(error.contains("`case_id`"), "{error}");
    assert_eq!(writer.next_row(), 1);
}

#[test]
fn texts_are_written_so_that_nothing_obeys_them() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = writer(root.path());
    for (text, written) in [
        ("=1+2", "'=1+2"),
        ("+x", "'+x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\u{1b}[31mred", "\\u{1b}[31mred"),
        ("a\u{202e}b", "a\\u{202e}b"),
        ("two\r\nlines", "two  lines"),
        ("-", "-"),
    ] {
        let row = Row {
            workload: text.into(),
            ..row("a")
        };
        assert_eq!(writer.append(row).unwrap().workload, written);
    }
}

#[test]
fn a_table_that_somebody_else_changes_ends_the_run_at_its_next_row() {
    type Disturb = fn(&Path);
    let disturbances: [(&str, Disturb); 4] = [
        ("removed", |path| fs::remove_file(path).unwrap()),
        ("shortened", |path| fs::write(path, "").unwrap()),
        ("replaced", |path| {
            let text = fs::read(path).unwrap();
            fs::rename(path, path.with_extension("bak")).unwrap();
            fs::write(path, text).unwrap();
        }),
        ("written to", |path| {
            let text = fs::read_to_string(path).unwrap();
            fs::write(path, text + "x\n").unwrap();
        }),
    ];
    for (word, disturb) in disturbances {
        for table in ["samples.csv", "ticks.csv"] {
            let root = tempfile::tempdir().unwrap();
            let mut writer = writer(root.path());
            writer.append_ticks(&marks(0)).unwrap();
            writer.append(row("a")).unwrap();
            disturb(&writer.dir().join(table));
            let ticks = writer.append_ticks(&marks(1)).map(drop);
            let error = ticks
                .and_then(|()| writer.append(row("b")).map(drop))
                .unwrap_err()
                .to_string();
            assert!(error.contains(table) && error.contains(word), "{error}");
        }
    }
}

#[test]
fn the_manifest_is_written_only_when_it_changed() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = writer(root.path());
    let path = writer.dir().join("manifest.json");
    fs::remove_file(&path).unwrap();
    writer.update(|manifest| manifest.seed = 0).unwrap();
    assert!(!path.exists());
    writer.update(|manifest| manifest.seed = 1).unwrap();
    assert!(path.exists());
}

#[cfg(unix)]
#[test]
fn links_planted_in_a_run_folder_are_not_written_through() {
    use std::os::unix::fs::symlink;
    for name in ["samples.csv", "ticks.csv", "manifest.json", "manifest.json.new"] {
        let root = tempfile::tempdir().unwrap();
        let victim = root.path().join("victim");
        let mut first = writer(root.path());
        first.append(row("a")).unwrap();
        let (dir, link) = (first.dir().to_owned(), first.dir().join(name));
        drop(first);
        let content = fs::read_to_string(&link).unwrap_or_else(|_| "precious".into());
        fs::write(&victim, &content).unwrap();
        let _ = fs::remove_file(&link);
        symlink(&victim, &link).unwrap();
        let resumed = RunWriter::resume(&dir);
        assert_eq!(resumed.is_err(), name.ends_with(".csv"), "{name}");
        assert_eq!(fs::read_to_string(&victim).unwrap(), content, "{name}");
    }
}

#[test]
fn a_torn_line_is_refused_and_cut_off_on_resume() {
    let root = tempfile::tempdir().unwrap();
    let mut first = writer(root.path());
    first.append(row("a")).unwrap();
    first.append_ticks(&marks(0)).unwrap();
    let dir = first.dir().to_owned();
    assert!(matches!(RunWriter::resume(&dir), Err(Error::Busy { .. })));
    drop(first);
    let whole = fs::read_to_string(dir.join("samples.csv")).unwrap();
    let torn = &whole[whole.find('\n').unwrap() + 1..whole.len() - 1];
    for length in [1, 40, torn.len()] {
        fs::write(dir.join("samples.csv"), format!("{whole}{}", &torn[..length])).unwrap();
        let error = read_run(&dir).unwrap_err().to_string();
        assert!(error.contains("samples.csv, line 3: the last line is torn"), "{error}");
        let resumed = RunWriter::resume(&dir).unwrap();
        assert_eq!((resumed.next_row(), resumed.manifest().totals.ticks), (1, 2));
        assert_eq!(fs::read_to_string(dir.join("samples.csv")).unwrap(), whole);
    }
    fs::write(dir.join("samples.csv"), &whole[..30]).unwrap();
    assert_eq!(
        RunWriter::resume(&dir).unwrap().next_row(),
        0,
        "a torn header is written again"
    );
    fs::write(dir.join("samples.csv"), "other,columns\n").unwrap();
    assert!(matches!(RunWriter::resume(&dir), Err(Error::ForeignColumns { .. })));
}

/// The process that the next test kills; without its variable it is no test.
#[test]
fn writes_until_killed() {
    let Some(root) = std::env::var_os("JOULEMARK_TEST_WRITER") else {
        return;
    };
    let mut writer = writer(Path::new(&root));
    loop {
        writer.append(row("a")).unwrap();
        writer.append_ticks(&marks(0)).unwrap();
        writer.update(|manifest| manifest.totals.wall_s = Some(1.0)).unwrap();
    }
}

/// More with `JOULEMARK_TEST_KILLS=1000`.
fn kills() -> u64 {
    let kills = std::env::var("JOULEMARK_TEST_KILLS").ok();
    kills.and_then(|text| text.parse().ok()).unwrap_or(20)
}

#[test]
fn a_killed_run_leaves_whole_rows_and_is_resumed_however_it_is_torn() {
    for attempt in 0..kills() {
        let root = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writes_until_killed"])
            .env("JOULEMARK_TEST_WRITER", root.path())
            .spawn()
            .unwrap();
        let samples = root.path().join("box/2026-11-23-1/samples.csv");
        while !fs::metadata(&samples).is_ok_and(|file| file.len() > 2000) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(137 * (attempt % 100)));
        child.kill().unwrap();
        child.wait().unwrap();
        let dir = samples.parent().unwrap();
        // A kill in the middle of a write tears that line, about once in a thousand times.
        let run = read_unfinished(dir).unwrap();
        assert!(!run.rows.is_empty() && run.manifest.state == RunState::Running);
        // Every other time a power cut takes the ends of the tables too.
        if attempt % 2 == 1 {
            for (table, lost) in [("samples.csv", attempt * 7 % 500), ("ticks.csv", attempt * 13 % 300)] {
                let file = fs::OpenOptions::new().write(true).open(dir.join(table)).unwrap();
                let length = file.metadata().unwrap().len();
                file.set_len(length.saturating_sub(lost)).unwrap();
            }
        }
        let left = read_unfinished(dir).unwrap().rows;
        assert_eq!(left, run.rows[..left.len()], "a whole row was lost");
        assert!(attempt % 2 == 1 || left.len() == run.rows.len());
        let resumed = RunWriter::resume(dir).unwrap();
        assert_eq!(resumed.next_row(), left.len() as u64);
        drop(resumed);
        assert_eq!(read_run(dir).unwrap().rows, left);
    }
}

#[test]
#[ignore = "needs root, to mount a file system that is small enough to fill"]
fn a_full_disk_keeps_the_earlier_rows() {
    let root = tempfile::tempdir().unwrap();
    let mount = |command: &str, arguments: &[&str]| {
        assert!(
            Command::new(command)
                .args(arguments)
                .arg(root.path())
                .status()
                .unwrap()
                .success()
        );
    };
    mount("mount", &["-t", "tmpfs", "-o", "size=64k", "none"]);
    let mut writer = writer(root.path());
    let mut written = 0;
    let error = loop {
        match writer.append(row("a")) {
            Ok(row) => written = row.row + 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    assert!(
        error.to_string().contains("the rows written before are intact"),
        "{error}"
    );
    assert_eq!(read_run(writer.dir()).unwrap().rows.len() as u64, written);
    drop(writer);
    mount("umount", &[]);
}

#[test]
fn anyones_table_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = table(
        &folder,
        &format!(
            "\u{feff}{}a,matmul,x,f32,10,1e-3,2.5,2000000000.0\r\n\r\nb,,,,,,,",
            HEADER
        ),
    );
    assert_eq!(scan(&path).unwrap(), 2);
    assert_eq!(locate(&path).unwrap()[0].manifest, None);
    assert!(matches!(locate(&folder.path().join("none.csv")), Err(Error::Io { .. })));
    assert!(matches!(locate(folder.path()), Err(Error::NoRun { .. })));
}

#[test]
fn what_cannot_be_is_refused_by_file_line_and_column() {
    let good = "a,matmul,x,f32,10,0.5,2.5,100\n";
    for (bad, place) in [
        (
            "a,matmul,x,f32,10,-0.5,2.5,100\n",
            "line 3, column `wall_s`: \"-0.5\" is not a finite number above 0",
        ),
        ("a,matmul,x,f32,10,0,2.5,100\n", "line 3, column `wall_s`"),
        ("a,matmul,x,f32,10,0.5,NaN,100\n", "line 3, column `device_energy_j`"),
        ("a,matmul,x,f32,10,0.5,inf,100\n", "line 3, column `device_energy_j`"),
        (
            "a,matmul,x,f32,ten,0.5,2.5,100\n",
            "line 3, column `iterations`: \"ten\" is not a whole number, 1 or more",
        ),
        ("a,matmul,x,f32,1.5,0.5,2.5,100\n", "line 3, column `iterations`"),
        ("a,matmul,x,f32,10,0.5,2.5,-100\n", "line 3, column `flops_task`"),
        (",matmul,x,f32,10,0.5,2.5,100\n", "line 3, column `case_id`"),
        ("a,matmul,x,f32,10,0.5,2.5\n", "line 3: 7 fields where the header has 8"),
        (
            "a,matmul,\"x\n\",f32,10,0.5,2.5,100\n",
            "line 3: a quoted field that does not end on its line",
        ),
        (
            "a,mat\"mul,x,f32,10,0.5,2.5,100\n",
            "line 3: a quotation mark in the middle",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = table(&folder, &format!("{HEADER}{good}{bad}"));
        let error = scan(&path).unwrap_err().to_string();
        assert!(error.contains(place) && error.contains("theirs.csv"), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let error = scan(&table(&folder, "case_id,op,wall_s\n")).unwrap_err().to_string();
    assert!(
        error.contains("line 1: missing columns: algorithm, precision, iterations"),
        "{error}"
    );
    let error = scan(&table(&folder, &HEADER.replace("op,", "op,op,")))
        .unwrap_err()
        .to_string();
    assert!(error.contains("line 1: the column `op` stands there twice"), "{error}");
}

/// As a spreadsheet writes whole numbers: `12582912.0`. The row stays what it was, for every reader.
#[test]
fn whole_numbers_are_read_alike_however_they_are_written() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = writer(root.path());
    writer.append_ticks(&marks(0)).unwrap();
    writer.append(row("matmul/tiled/f32/256x256x256")).unwrap();
    writer.set_state(RunState::Complete).unwrap();
    let (path, dir) = (writer.dir().join("samples.csv"), writer.dir().to_owned());
    let (text, before) = (fs::read_to_string(&path).unwrap(), read_run(&dir).unwrap());
    let floats = text.replace("33554432", "33554432.0").replace(",100,0.25", ",1e2,0.25");
    assert_ne!(floats, text);
    fs::write(&path, floats).unwrap();
    assert_eq!(read_run(&dir).unwrap(), before);
    for (from, to) in [
        ("33554432", "1e20"),
        ("33554432", "0.5"),
        (",1,0,0,matmul", ",4294967296,0,0,matmul"),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        fs::write(&path, text.replace(from, to)).unwrap();
        let read = read_run(&dir).unwrap_err().to_string();
        let scanner = Scanner::open(&path, true).unwrap();
        let scanned = scanner
            .scan(scanner.body(), |_| Ok::<_, Error>(()))
            .unwrap_err()
            .to_string();
        let checked = check(&dir).report.text();
        assert!(read == scanned && read.contains("a whole number"), "{read}; {scanned}");
        assert!(checked.contains("a whole number"), "{checked}");
    }
}

#[test]
fn what_a_manifest_says_is_plain() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = writer(root.path());
    let name = "card\u{1b}[2J\u{202e}\n".to_owned();
    let reason = RunState::Failed { reason: name.clone() };
    writer.set_state(reason).unwrap();
    writer
        .update(|manifest| {
            manifest.adapter.name.clone_from(&name);
            manifest.options.insert(name.clone(), name.clone().into());
        })
        .unwrap();
    let path = writer.dir().join("manifest.json");
    let manifest = Manifest::read(&path).unwrap();
    assert_eq!(manifest.adapter.name, "card\\u{1b}[2J\\u{202e}\\u{a}");
    let text = fs::read_to_string(&path)
        .unwrap()
        .replace("\"failed\"", "\"\\u001b[2J\"");
    fs::write(&path, text).unwrap();
    let error = Manifest::read(&path).unwrap_err().to_string();
    assert!(
        !error.contains('\u{1b}') && error.contains("put a copy of it back"),
        "{error}"
    );
}

#[test]
fn another_schema_version_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let writer = writer(root.path());
    let path = writer.dir().join("manifest.json");
    let newer = fs::read_to_string(&path).unwrap().replace(
        &format!("\"schema_version\": {SCHEMA_VERSION}"),
        &format!("\"schema_version\": {}", SCHEMA_VERSION + 1),
    );
    fs::write(&path, newer).unwrap();
    let error = read_run(writer.dir()).unwrap_err().to_string();
    assert!(
        error.contains("schema version 3, but this joulemark reads versions 1 to 2"),
        "{error}"
    );
}

#[test]
fn a_run_of_schema_version_1_is_read() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = writer(root.path());
    writer.append(row("a")).unwrap();
    let (dir, sent) = (writer.dir().to_owned(), read_run(writer.dir()).unwrap().rows);
    drop(writer);
    let old = ["device_reason", "host_reason", "idle_before_w", "idle_after_w"];
    let text = fs::read_to_string(dir.join("samples.csv")).unwrap();
    let kept: Vec<usize> = (0..COLUMNS.len())
        .filter(|index| !old.contains(&COLUMNS[*index].name))
        .collect();
    let mut lines = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut without = csv::Writer::from_writer(Vec::new());
    for line in lines.records() {
        let line = line.unwrap();
        without.write_record(kept.iter().map(|index| &line[*index])).unwrap();
    }
    fs::write(dir.join("samples.csv"), without.into_inner().unwrap()).unwrap();
    let manifest = fs::read_to_string(dir.join("manifest.json")).unwrap();
    let manifest = manifest.replace("\"schema_version\": 2", "\"schema_version\": 1");
    fs::write(dir.join("manifest.json"), manifest).unwrap();
    assert_eq!(read_run(&dir).unwrap().rows, sent);
    let error = RunWriter::resume(&dir).unwrap_err().to_string();
    assert!(error.contains("cannot be continued"), "{error}");
}

#[test]
fn repeated_and_foreign_rows_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let mut writer = writer(root.path());
    writer.append(row("a")).unwrap();
    let path = writer.dir().join("samples.csv");
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().nth(1).unwrap();
    fs::write(&path, format!("{text}{line}\n")).unwrap();
    let error = read_run(writer.dir()).unwrap_err().to_string();
    assert!(
        error.contains("line 3, column `row`: this row repeats line 2 of "),
        "{error}"
    );
    fs::write(&path, text.replace("box/", "other/")).unwrap();
    let error = read_run(writer.dir()).unwrap_err().to_string();
    assert!(error.contains("line 2, column `run_id`"), "{error}");
}

proptest! {
    #[test]
    fn any_text_and_any_number_survive(text in "[^\\p{C}\\p{Z}=+@][^\\p{C}\\p{Z}]{0,20}", wall in 1e-9_f64..1e6, active in -1e9_f64..1e9) {
        let root = tempfile::tempdir().unwrap();
        let mut writer = writer(root.path());
        let reason = text.clone();
        let sent = Row { algorithm: text, wall_s: Some(wall), host: Energy { active_j: Some(active), ..Energy::default() }, reason, ..row("a") };
        writer.append(sent.clone()).unwrap();
        let got = read_run(writer.dir()).unwrap().rows.remove(0);
        prop_assert_eq!(got, Row { run_id: writer.run_id().into(), ..sent });
    }

    #[test]
    fn parts_cover_each_line_once(lines in 1_usize..40, parts in 1_u64..9) {
        let folder = tempfile::tempdir().unwrap();
        let body: String = (0..lines).map(|index| format!("case{index},,,,{},,,\n", 1 << (index % 20))).collect();
        let scanner = Scanner::open(&table(&folder, &format!("{HEADER}{body}")), false).unwrap();
        let mut seen = Vec::new();
        for part in scanner.parts(parts) {
            scanner.scan(part, |record| { seen.push(record.get(0).to_owned()); Ok::<_, Error>(()) }).unwrap();
        }
        prop_assert_eq!(seen, (0..lines).map(|index| format!("case{index}")).collect::<Vec<_>>());
    }
}

#[test]
fn rows_are_completed_in_one_step() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = RunWriter::create(folder.path(), "m", "2026-01-31", Manifest::default()).unwrap();
    let first = writer.append(row("a")).unwrap();
    let place = writer.place();
    let mut later = vec![writer.append(row("b")).unwrap(), writer.append(row("c")).unwrap()];
    // What a killed process left does not matter.
    std::fs::write(writer.dir().join("samples.csv.new"), "torn").unwrap();
    for row in &mut later {
        row.idle_after_w = Some(12.5);
    }
    writer.rewrite_since(place, &later).unwrap();
    let last = writer.append(row("d")).unwrap();
    let dir = writer.dir().to_owned();
    let read = || read_run(&dir).unwrap().rows;
    assert_eq!(
        read(),
        [std::slice::from_ref(&first), &later[..], std::slice::from_ref(&last)].concat()
    );
    assert!(RunWriter::resume(&dir).is_err(), "the new file is locked too");
    assert!(!dir.join("samples.csv.new").exists());
}
