//! What the joules came to when all benchmarks are over. Criterion tells a measurement neither a benchmark's name nor its
//! iterations; both stand in the files that it wrote. In: readings, and Criterion's folder. Out: a line per benchmark, and rows.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::SystemTime;

use joulemark_base::si::{reach, si};
use joulemark_records::Row;

use super::Reading;
use crate::bench::Bench;
use crate::logged::Logged;
use crate::measure::row;
use crate::measured::Measured;
use crate::seen::Seen;

/// A benchmark as Criterion's files tell of it.
struct Benchmark {
    id: String,
    iterations: Vec<f64>,
    numbers: Vec<f64>,
}

/// Prints the lines and writes the rows.
pub(super) fn tell(bench: &mut Bench, readings: Vec<Reading>, since: SystemTime) {
    let folder = criterion_folder();
    let benchmarks = benchmarks(&folder, since);
    let idle = bench.idle();
    let mut told = Vec::new();
    for benchmark in benchmarks {
        let count = benchmark.numbers.len();
        let same = |window: &&[Reading]| {
            let pairs = window.iter().zip(&benchmark.numbers);
            pairs
                .into_iter()
                .all(|(reading, number)| (reading.number / number - 1.0).abs() < 1e-9)
        };
        let Some(place) = readings.windows(count.max(1)).position(|window| same(&window)) else {
            continue;
        };
        told.push((place, benchmark));
    }
    told.sort_by_key(|(place, _)| *place);
    if told.is_empty() {
        eprintln!(
            "joulemark: the joules of {} samples have no name, since Criterion's files of them are not in {}: leave its output \
             directory as it is, or name it in CRITERION_HOME",
            readings.len(),
            folder.display()
        );
    }
    for (place, benchmark) in told {
        let mut seen = Seen::default();
        let mut log = Vec::new();
        for (index, (reading, iterations)) in readings[place..].iter().zip(&benchmark.iterations).enumerate() {
            let named = Row {
                window: index as u32,
                iterations: Some(*iterations as u64),
                ..merged(row(&benchmark.id), &reading.row)
            };
            seen.add(&named);
            log.push(Logged {
                row: named,
                ends: Some(reading.ends),
            });
        }
        if let Some((Some(before), after)) = &idle {
            log.iter_mut()
                .for_each(|logged| crate::idle::Idle::complete(&mut logged.row, before, after));
        }
        let measured = Measured::new(bench, &benchmark.id, log, seen);
        println!("{}", line(&measured));
        let root = std::env::var_os("JOULEMARK_OUTPUT").or_else(|| std::env::var_os("JOULEMARK_OUT"));
        if let Err(error) = measured.append_to(root.map_or_else(|| PathBuf::from("results"), PathBuf::from)) {
            eprintln!("joulemark: {error}");
        }
    }
    let folder = bench.folder();
    if let Some(dir) = folder.lock().unwrap_or_else(PoisonError::into_inner).dir() {
        println!("results: {}", dir.display());
    }
}

/// The row of a case with what was measured.
fn merged(case: Row, measured: &Row) -> Row {
    Row {
        case_id: case.case_id,
        suite: case.suite,
        op: case.op,
        algorithm: case.algorithm,
        ..measured.clone()
    }
}

/// Why there are no joules was said with the first sample that has none.
fn line(measured: &Measured) -> String {
    let time = measured.seconds().map_or_else(String::new, |time| {
        format!("{:>7} {:<6}", si(time.value, "s"), reach(&time))
    });
    match measured.joules() {
        Some(_) => format!("{:<28}  {time}  {measured}", measured.name()),
        None => format!("{:<28}  {time}  joules not measured", measured.name()),
    }
}

/// Where Criterion keeps its files: as it finds the place itself, but for asking cargo, which marks its folder with a tag.
pub(super) fn criterion_folder() -> PathBuf {
    if let Some(home) = std::env::var_os("CRITERION_HOME") {
        return home.into();
    }
    if let Some(target) = std::env::var_os("CARGO_TARGET_DIR") {
        return Path::new(&target).join("criterion");
    }
    let program = std::env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    target.unwrap_or(Path::new("target")).join("criterion")
}

/// The benchmarks whose samples were written since a moment.
fn benchmarks(folder: &Path, since: SystemTime) -> Vec<Benchmark> {
    let mut found = Vec::new();
    collect(folder, since, 6, &mut found);
    found
}

fn collect(folder: &Path, since: SystemTime, depth: u32, found: &mut Vec<Benchmark>) {
    let sample = folder.join("new/sample.json");
    let fresh = fs::metadata(&sample)
        .and_then(|facts| facts.modified())
        .is_ok_and(|written| written >= since);
    if fresh {
        found.extend(read(folder));
    }
    if depth == 0 {
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&entry.path(), since, depth - 1, found);
        }
    }
}

fn read(folder: &Path) -> Option<Benchmark> {
    let json = |name: &str| {
        let text = fs::read_to_string(folder.join("new").join(name)).ok()?;
        serde_json::from_str::<serde_json::Value>(&text).ok()
    };
    let numbers = |value: &serde_json::Value, key: &str| {
        let list = value.get(key)?.as_array()?;
        list.iter().map(serde_json::Value::as_f64).collect::<Option<Vec<f64>>>()
    };
    let sample = json("sample.json")?;
    Some(Benchmark {
        id: json("benchmark.json")?.get("full_id")?.as_str()?.to_owned(),
        iterations: numbers(&sample, "iters")?,
        numbers: numbers(&sample, "times")?,
    })
}
