//! No file brings a reader down. In: each parser's corpus, cut, repeated, overwritten, spliced. Out: rows or one sentence;
//! never a panic, never a hang, never a byte changed.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use joulemark_base::timestamp::Timestamp;
use joulemark_records::{
    Energy, Error, Manifest, Row, RunWriter, Scanner, Status, TickLine, check, locate, read_run, read_ticks,
    read_unfinished,
};
use proptest::prelude::*;

const FILES: [&str; 3] = ["manifest.json", "samples.csv", "ticks.csv"];

/// Texts that broke readers of tables before, ours or others'.
const SPLICES: [&str; 24] = [
    "",
    "\0",
    "\r",
    "\n",
    "\r\n",
    ",",
    ";",
    "\"",
    "\"\"",
    "-1",
    "NaN",
    "inf",
    "1e308",
    "1e-308",
    "18446744073709551616",
    "\u{feff}",
    "\u{1b}[2J",
    "\u{202e}",
    "=1+2",
    "window",
    "begin",
    "{}",
    "[[[[[[[[",
    "null",
];

/// A run of a few rows.
fn corpus(root: &Path) -> [Vec<u8>; 3] {
    let mut writer = RunWriter::create(root, "box", "2026-11-23", Manifest::default()).unwrap();
    for row in 0..4 {
        let begin = Timestamp::from_nanos(row * 1000);
        writer
            .append_ticks(&TickLine::marks(row, begin, Timestamp::from_nanos(row * 1000 + 250)))
            .unwrap();
        let row = Row {
            case_id: format!("matmul/tiled/f32/{row}"),
            op: "matmul".into(),
            algorithm: "tiled".into(),
            precision: "f32".into(),
            iterations: Some(10),
            wall_s: Some(2.5e-7),
            flops_task: Some(100),
            device: Energy {
                energy_j: Some(12.5),
                ..Energy::default()
            },
            status: Status::Ok,
            ..Row::default()
        };
        writer.append(row).unwrap();
    }
    FILES.map(|name| fs::read(writer.dir().join(name)).unwrap())
}

/// One change of a file: cut it, overwrite bytes, splice a text in, or repeat a part.
fn change(bytes: &mut Vec<u8>, kind: u8, at: f64, splice: usize, length: usize) {
    let at = (at * bytes.len() as f64) as usize;
    let end = (at + length).min(bytes.len());
    let text = SPLICES[splice % SPLICES.len()].as_bytes();
    match kind {
        0 => bytes.truncate(at),
        1 => bytes[at..end].fill(text.first().copied().unwrap_or(0xff)),
        2 => drop(bytes.splice(at..at, text.iter().copied())),
        3 => drop(bytes.splice(at..end, text.iter().copied())),
        _ => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
    }
}

/// All readers on one folder. What they say is looked at only for being said.
fn read_all(dir: &Path) {
    let begin = Instant::now();
    let samples = dir.join("samples.csv");
    for own in [true, false] {
        if let Ok(scanner) = Scanner::open(&samples, own) {
            let _ = scanner.scan_all(scanner.body(), |record| {
                if let Ok(record) = record {
                    let _ = (
                        record.device_energy(),
                        record.identity(),
                        record.flaw().map(str::to_owned),
                    );
                }
                Ok::<_, Error>(())
            });
        }
    }
    let _ = (read_run(dir), read_unfinished(dir));
    let _ = (
        read_ticks(&dir.join("ticks.csv")),
        locate(dir),
        check(dir).report.text(),
    );
    assert!(begin.elapsed() < Duration::from_secs(5), "it hung");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn changed_files_are_read_or_refused(
        file in 0..3_usize,
        changes in prop::collection::vec((0..5_u8, 0.0..1.0_f64, 0..SPLICES.len(), 0..40_usize), 1..4),
    ) {
        let root = tempfile::tempdir().unwrap();
        let mut files = corpus(root.path());
        for (kind, at, splice, length) in changes {
            if !files[file].is_empty() {
                change(&mut files[file], kind, at, splice, length);
            }
        }
        let dir = root.path().join("box/2026-11-23-1");
        for (name, bytes) in FILES.iter().zip(&files) {
            fs::write(dir.join(name), bytes).unwrap();
        }
        read_all(&dir);
        let before = FILES.map(|name| fs::read(dir.join(name)).unwrap());
        let rows = read_unfinished(&dir).map(|run| run.rows);
        match RunWriter::resume(&dir) {
            Ok(writer) => {
                let next = writer.next_row();
                drop(writer);
                let after = read_run(&dir).unwrap();
                prop_assert_eq!(&after.rows, &rows.unwrap(), "resuming lost or changed a row");
                prop_assert!(after.rows.iter().all(|row| row.row < next));
                prop_assert!(read_ticks(&dir.join("ticks.csv")).is_ok());
            }
            Err(_) => {
                let after = FILES.map(|name| fs::read(dir.join(name)).unwrap());
                prop_assert!(before == after, "a run that was not resumed was changed");
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let root = tempfile::tempdir().unwrap();
        for name in FILES {
            fs::write(root.path().join(name), &bytes).unwrap();
        }
        read_all(root.path());
    }
}

/// More with `JOULEMARK_TEST_FUZZ=10000`.
fn cases() -> u32 {
    std::env::var("JOULEMARK_TEST_FUZZ")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(64)
}

/// A power cut leaves any prefix of any table, zeros behind it too: all of them are resumed, and lose only what was cut.
#[test]
fn a_run_torn_at_any_byte_is_resumed() {
    let root = tempfile::tempdir().unwrap();
    let files = corpus(root.path());
    let dir = root.path().join("box/2026-11-23-1");
    let whole = read_run(&dir).unwrap().rows;
    let lengths = |table: usize| (0..=files[table].len()).rev().step_by(if table == 1 { 3 } else { 7 });
    for (table, length, zeros) in [1, 2]
        .into_iter()
        .flat_map(|table| lengths(table).map(move |length| (table, length, length % 2 * 9)))
    {
        for (name, bytes) in FILES.iter().zip(&files) {
            fs::write(dir.join(name), bytes).unwrap();
        }
        let torn = [&files[table][..length], &vec![0; zeros][..]].concat();
        let kept = torn.iter().filter(|byte| **byte == b'\n').count().saturating_sub(1);
        fs::write(dir.join(FILES[table]), &torn).unwrap();
        let writer = RunWriter::resume(&dir).unwrap_or_else(|error| panic!("{} at {length}: {error}", FILES[table]));
        let rows = if table == 1 { kept } else { whole.len() };
        assert_eq!(writer.next_row(), rows as u64);
        drop(writer);
        assert_eq!(read_run(&dir).unwrap().rows, whole[..rows]);
        let marked = read_ticks(&dir.join("ticks.csv")).unwrap();
        assert!(
            marked
                .iter()
                .all(|line| matches!(line, TickLine::Mark(mark) if mark.row < rows as u64))
        );
    }
}

#[test]
fn what_is_no_table_is_told_in_a_sentence() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    for (name, bytes, says) in [
        ("a.csv.gz", &b"\x1f\x8b\x08\x00rest"[..], "compressed by gzip"),
        ("book.xlsx", b"PK\x03\x04rest", "save it as CSV"),
        ("wide.csv", b"\xff\xfec\0a\0s\0e\0", "UTF-16"),
        ("latin.csv", b"case_id,op\xe9\n", "not UTF-8"),
        ("empty.csv", b"", "missing columns"),
        ("endless.csv", &vec![b'x'; 3 << 20], "more than 1 MiB"),
        ("colons.csv", b"sep=:\ncase_id:op\n", "use comma, semicolon or tab"),
    ] {
        fs::write(at(name), bytes).unwrap();
        let error = Scanner::open(&at(name), false).unwrap_err().to_string();
        assert!(
            error.contains(says) && error.contains(name),
            "`{error}` does not say `{says}`"
        );
    }
    let folder = Scanner::open(root.path(), false).unwrap_err().to_string();
    assert!(folder.contains("is a folder"), "{folder}");
    #[cfg(unix)]
    for device in ["/dev/zero", "/dev/null"] {
        let error = Scanner::open(device.as_ref(), false).unwrap_err().to_string();
        assert!(error.contains("write it to a file first"), "{error}");
    }
    #[cfg(unix)]
    {
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        let error = Scanner::open(&at("pipe"), false).unwrap_err().to_string();
        assert!(error.contains("is a pipe"), "{error}");
    }
}

#[test]
fn absurd_numbers_in_a_manifest_are_refused_by_name() {
    let root = tempfile::tempdir().unwrap();
    corpus(root.path());
    let path = root.path().join("box/2026-11-23-1/manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    for (from, to, says) in [
        (
            "\"wall_s\": null",
            "\"wall_s\": 1e300",
            "`totals.wall_s` is 1e300, which is not from 0 to 1e18",
        ),
        ("\"wall_s\": null", "\"wall_s\": -1", "totals.wall_s"),
        ("\"rows\": 0", "\"rows\": 18446744073709551615", "totals.rows"),
        (
            "\"options\": {}",
            "\"options\": {\"window_s\": 1e9}",
            "options.window_s",
        ),
        (
            "\"options\": {}",
            "\"options\": {\"rounds\": 4294967295}",
            "options.rounds",
        ),
        ("\"options\": {}", "\"options\": {\"windows\": -3}", "options.windows"),
        ("\"parts\": {}", "\"parts\": {\"x_s\": -2}", "totals.parts.x_s"),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        fs::write(&path, text.replace(from, to)).unwrap();
        let error = Manifest::read(&path).unwrap_err().to_string();
        assert!(error.contains(says), "`{error}` does not say `{says}`");
    }
}
