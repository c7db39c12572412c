//! From their records to our rows. In: a map and files. Out: a table, written in one step, and what was left out or unused.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use joulemark_base::atomic_file::AtomicFile;
use joulemark_base::plain_text::shown;
use joulemark_base::quality::Quality;
use joulemark_records::{COLUMNS, Column, ORIGIN, machine_slug};

use crate::counts;
use crate::error::Error;
use crate::expression::Scope;
use crate::log::PowerLog;
use crate::map::{Filling, Map};
use crate::source::{Fields, RecordScope, part_log, read, read_csv};

/// What an import came to.
#[derive(Debug, Default)]
pub struct Imported {
    /// Rows written.
    pub rows: u64,
    /// Cases among them.
    pub cases: usize,
    /// Rows with an energy.
    pub with_energy: u64,
    /// Records left out, by why.
    pub left_out: BTreeMap<String, u64>,
    /// Columns or keys of theirs that the map does not use.
    pub unused: BTreeSet<String>,
}

/// Writes the table that a map makes of files.
///
/// # Errors
/// The first thing that cannot be, with file and place; nothing is written then.
pub fn import(map: &Map, files: &[PathBuf], table: &Path) -> Result<Imported, Error> {
    let (logs, files) = part_log(map, files);
    let log = power_log(map, &logs)?;
    let Some(first) = files.first() else {
        return Err(Error::input(
            Path::new("import"),
            "",
            "no file is left to read rows from: all given ones are power logs",
        ));
    };
    let stem = machine_slug(&first.file_stem().unwrap_or_default().to_string_lossy());
    let (found, mut rows, mut imported) = (RefCell::new(BTreeSet::new()), Vec::new(), Imported::default());
    let mut names = BTreeSet::new();
    for path in &files {
        let has = read(path, map, |fields, place| {
            let scope = RecordScope {
                fields,
                path,
                map,
                log: &log,
                found: &found,
            };
            match row(map, &scope, place, &stem)? {
                Ok(row) => rows.push(row),
                Err(why) => *imported.left_out.entry(why).or_default() += 1,
            }
            Ok(())
        })?;
        names.extend(has);
    }
    if rows.is_empty() {
        let why: Vec<_> = imported
            .left_out
            .iter()
            .map(|(why, count)| format!("{count} {why}"))
            .collect();
        return Err(Error::input(
            first,
            "",
            format!("no record makes a row: {}", why.join("; ")),
        ));
    }
    if map.rows.is_some() {
        check_found(map, &found.borrow(), first)?;
    }
    let used = found.into_inner();
    let is_used = |name: &String| {
        used.iter()
            .any(|used| used == name || used.split(['.', '[']).next() == Some(name))
    };
    imported.unused = names.into_iter().filter(|name| !is_used(name)).collect();
    number(&mut rows);
    imported.rows = rows.len() as u64;
    imported.cases = rows
        .iter()
        .map(|row| (&row["case_id"], row.get("variant")))
        .collect::<BTreeSet<_>>()
        .len();
    imported.with_energy = rows.iter().filter(|row| row.contains_key("device_energy_j")).count() as u64;
    write(&rows, table)?;
    Ok(imported)
}

type Row = BTreeMap<&'static str, String>;

/// One record as a row, or why it is left out.
fn row(map: &Map, scope: &RecordScope<'_>, place: &str, stem: &str) -> Result<Result<Row, String>, Error> {
    let wrong = |what: String| Error::input(scope.path, place, what);
    for (text, filter) in &map.filters {
        let holds = filter.evaluate(scope).and_then(|value| value.number());
        let holds = holds.map_err(|what| wrong(format!("{what} (in the map's `where`: {text})")))?;
        if holds.is_none_or(|holds| holds == 0.0) {
            return Ok(Err(format!("where not {text}")));
        }
    }
    let mut row = Row::new();
    for (column, filling) in &map.columns {
        let filled = match filling {
            Filling::Number(expression) => expression
                .evaluate(scope)
                .and_then(|value| Ok(value.number()?.map(|number| number.to_string()))),
            Filling::Text(template) => template.fill(scope),
        };
        let inside = |what: String| wrong(format!("{what} (in the map's `{}`)", column.name));
        if let Some(text) = filled.map_err(inside)? {
            put(&mut row, *column, text).map_err(inside)?;
        }
    }
    row.entry("iterations").or_insert_with(|| "1".into());
    if let Some(problem) = &map.problem {
        let inside = |what: String| wrong(format!("{what} (in the map's `problem`)"));
        let Some(problem) = problem.fill(scope).map_err(inside)? else {
            return Ok(Err(
                "without a problem (a constant that its map names can be given by --set NAME=VALUE)".into(),
            ));
        };
        let precision = row.get("precision").map_or("", String::as_str);
        for (name, text) in counts::columns(&problem, precision).map_err(inside)? {
            row.entry(name).or_insert(text);
        }
        let part = |name: &str| row.get(name).cloned().unwrap_or_default();
        let id = [part("op"), part("algorithm"), part("precision"), counts::id(&problem)].join("/");
        row.entry("case_id").or_insert(id);
    }
    for needed in ["case_id", "wall_s"] {
        if !row.contains_key(needed) {
            return Ok(Err(format!("without {needed}")));
        }
    }
    complete_energy(&mut row);
    let machine = match &map.machine {
        Some(machine) => machine
            .fill(scope)
            .map_err(|what| wrong(format!("{what} (in the map's `machine`)")))?,
        None => None,
    };
    row.insert(
        "run_id",
        format!("{}/import", machine.map_or(stem.to_owned(), |name| machine_slug(&name))),
    );
    let file = scope.path.file_name().unwrap_or_default().to_string_lossy();
    row.insert(ORIGIN, joulemark_base::plain_text::plain(&format!("{file}, {place}")));
    Ok(Ok(row))
}

fn put(row: &mut Row, column: Column, text: String) -> Result<(), String> {
    if !column.kind.fits(&text) {
        return Err(format!("`{}` is not {}", shown(&text), column.kind.expected()));
    }
    row.insert(column.name, text);
    Ok(())
}

/// What follows from the energy: active energy where the idle power is known; a quality only where there are joules.
fn complete_energy(row: &mut Row) {
    let number = |row: &Row, name: &str| row.get(name).and_then(|text| text.parse::<f64>().ok());
    match number(row, "device_energy_j") {
        None => {
            row.insert("device_quality", Quality::Unavailable.as_str().into());
        }
        Some(energy_j) => {
            let idle_j = number(row, "device_idle_w").zip(number(row, "wall_s"));
            if let Some((idle_w, wall_s)) = idle_j {
                row.entry("device_active_j")
                    .or_insert_with(|| (energy_j - idle_w * wall_s).to_string());
            }
        }
    }
    row.entry("status").or_insert_with(|| "ok".into());
}

/// Numbers the rows, and the windows of each case in each round where the map does not.
fn number(rows: &mut [Row]) {
    let mut windows: BTreeMap<[String; 3], u64> = BTreeMap::new();
    for (index, row) in rows.iter_mut().enumerate() {
        row.insert("row", index.to_string());
        let key = ["case_id", "variant", "round"].map(|name| row.get(name).cloned().unwrap_or_default());
        let window = windows.entry(key).or_default();
        row.entry("window").or_insert_with(|| window.to_string());
        *window += 1;
    }
}

/// A name that no record of a JSON file has is a mistake in the map.
fn check_found(map: &Map, found: &BTreeSet<String>, path: &Path) -> Result<(), Error> {
    let nowhere = RecordScope {
        fields: Fields::Csv {
            header: &BTreeMap::new(),
            record: &csv::StringRecord::new(),
            decimal_comma: false,
        },
        path,
        map,
        log: &PowerLog::default(),
        found: &RefCell::new(BTreeSet::new()),
    };
    let missing = map
        .fields()
        .into_iter()
        .find(|name| !found.contains(*name) && nowhere.field(name).is_err());
    match missing {
        Some(name) if !map.is_optional(name) => Err(Error::input(
            path,
            "",
            format!("no record has `{}`, which the map names", shown(name)),
        )),
        _ => Ok(()),
    }
}

fn power_log(map: &Map, files: &[PathBuf]) -> Result<PowerLog, Error> {
    let (Some(log), none, found) = (&map.log, PowerLog::default(), RefCell::new(BTreeSet::new())) else {
        return Ok(PowerLog::default());
    };
    let mut readings = Vec::new();
    for path in files {
        read_csv(path, map, |fields, place| {
            let scope = RecordScope {
                fields,
                path,
                map,
                log: &none,
                found: &found,
            };
            let wrong = |what: String| Error::input(path, place, format!("{what} (in the map's `log`)"));
            for (_, filter) in &log.filters {
                let holds = filter
                    .evaluate(&scope)
                    .and_then(|value| value.number())
                    .map_err(wrong)?;
                if holds.is_none_or(|holds| holds == 0.0) {
                    return Ok(());
                }
            }
            let read = |expression: &crate::expression::Expression| {
                expression.evaluate(&scope).and_then(|value| value.number())
            };
            let (time, watts) = (read(&log.time).map_err(wrong)?, read(&log.watts).map_err(wrong)?);
            if let Some((time_s, watts)) = time.zip(watts) {
                if watts < 0.0 {
                    return Err(wrong(format!("{watts} W: power is not negative")));
                }
                readings.push((time_s, watts));
            }
            Ok(())
        })?;
    }
    Ok(PowerLog::of(readings))
}

fn write(rows: &[Row], table: &Path) -> Result<(), Error> {
    let failed = |source| Error::Write {
        path: table.to_owned(),
        source,
    };
    let known = COLUMNS.iter().map(|column| column.name).chain([ORIGIN]);
    // What a study cannot do without stands there even if it is empty.
    let columns: Vec<&str> = known
        .filter(|name| joulemark_records::MINIMAL.contains(name) || rows.iter().any(|row| row.contains_key(name)))
        .collect();
    let file = AtomicFile::create(table).map_err(failed)?;
    let written = file.commit(|writer| {
        let mut csv = csv::Writer::from_writer(writer);
        csv.write_record(&columns)?;
        for row in rows {
            csv.write_record(columns.iter().map(|column| row.get(column).map_or("", String::as_str)))?;
        }
        csv.flush()
    });
    written.map_err(failed)
}
