//! The files. In: a path and the map. Out: its records one after the other, each with its place.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::error::Error;
use crate::expression::Scope;
use crate::json::{self, JsonRecord};
use crate::log::PowerLog;
use crate::map::Map;
use crate::value::Value;

/// Largest JSON document that is read: it is held whole.
const LONGEST_JSON: u64 = 1 << 30;

/// Units, as factors to SI, for expressions as `t * ms`.
const UNITS: [(&str, f64); 20] = [
    ("s", 1.0),
    ("ms", 1e-3),
    ("us", 1e-6),
    ("ns", 1e-9),
    ("minutes", 60.0),
    ("hours", 3600.0),
    ("J", 1.0),
    ("mJ", 1e-3),
    ("uJ", 1e-6),
    ("kJ", 1e3),
    ("Wh", 3600.0),
    ("kWh", 3.6e6),
    ("W", 1.0),
    ("mW", 1e-3),
    ("uW", 1e-6),
    ("kW", 1e3),
    ("kHz", 1e-3),
    ("MHz", 1.0),
    ("GHz", 1e3),
    ("percent", 1e-2),
];

/// One record of any file.
pub(crate) enum Fields<'a> {
    Csv {
        header: &'a BTreeMap<String, usize>,
        record: &'a csv::StringRecord,
        decimal_comma: bool,
    },
    Json(&'a JsonRecord<'a>),
}

/// A record with what stands around it: an expression's scope.
pub(crate) struct RecordScope<'a> {
    pub(crate) fields: Fields<'a>,
    pub(crate) path: &'a Path,
    pub(crate) map: &'a Map,
    pub(crate) log: &'a PowerLog,
    /// Names that were found at least once.
    pub(crate) found: &'a RefCell<BTreeSet<String>>,
}

impl Scope for RecordScope<'_> {
    fn field(&self, name: &str) -> Result<Value, String> {
        let field = match &self.fields {
            Fields::Csv {
                header,
                record,
                decimal_comma,
            } => header.get(name).map(|index| {
                let text = record.get(*index).unwrap_or_default();
                match *decimal_comma && text.matches(',').count() == 1 && !text.contains('.') {
                    // A text with a comma may be a number: only who takes it for one sees the point.
                    true if text.replace(',', ".").trim().parse::<f64>().is_ok() => {
                        Value::of_text(&text.replace(',', "."))
                    }
                    _ => Value::of_text(text),
                }
            }),
            Fields::Json(record) => record.field(name),
        };
        if let Some(field) = field {
            if !self.found.borrow().contains(name) {
                self.found.borrow_mut().insert(name.to_owned());
            }
            return Ok(field);
        }
        if let Some(constant) = self.map.constants.get(name) {
            return match constant {
                toml::Value::String(text) => Ok(Value::of_text(text)),
                toml::Value::Integer(number) => Ok(Value::Number(*number as f64)),
                toml::Value::Float(number) => Ok(Value::Number(*number)),
                _ => Err(format!("the constant `{name}` should be a number or a text")),
            };
        }
        if let Some((_, factor)) = UNITS.iter().find(|(unit, _)| *unit == name) {
            return Ok(Value::Number(*factor));
        }
        if let Some(part) = part_of_path(self.path, name) {
            return Ok(Value::Text(part));
        }
        match &self.fields {
            _ if self.map.is_optional(name) => Ok(Value::Missing),
            Fields::Csv { header, .. } => Err(no_such_column(name, header)),
            // A record may lack what others have.
            Fields::Json(_) => Ok(Value::Missing),
        }
    }

    fn log_j(&self, begin_s: f64, end_s: f64) -> Result<Value, String> {
        match self.log.is_empty() {
            true => Err("there is no power log: the map's `log.files` names none of the given files".into()),
            false => Ok(self.log.joules(begin_s, end_s)),
        }
    }
}

/// `$file` is the file's name without its ending, `$folder1` the folder that it lies in, `$folder2` the one above.
fn part_of_path(path: &Path, name: &str) -> Option<String> {
    let part = match name.strip_prefix('$')? {
        "file" => path.file_stem()?,
        folder => {
            let up: usize = folder.strip_prefix("folder")?.parse().ok()?;
            path.ancestors().nth(up)?.file_name()?
        }
    };
    Some(part.to_string_lossy().into_owned())
}

fn no_such_column(name: &str, header: &BTreeMap<String, usize>) -> String {
    let names: Vec<_> = header
        .keys()
        .map(|name| joulemark_base::plain_text::shown(name))
        .take(40)
        .collect();
    format!(
        "there is no column `{}`; there are {}",
        joulemark_base::plain_text::shown(name),
        names.join(", ")
    )
}

/// Calls `visit` with each record of a file and its place, and returns the names of the columns or keys that it has.
pub(crate) fn read(
    path: &Path,
    map: &Map,
    mut visit: impl FnMut(Fields<'_>, &str) -> Result<(), Error>,
) -> Result<BTreeSet<String>, Error> {
    let Some(rows) = &map.rows else {
        return read_csv(path, map, visit);
    };
    let text = joulemark_records::read_text(path, LONGEST_JSON)?;
    let whole = serde_json::from_str(&text);
    // Kernel Tuner's cache has no end while it grows, nor after a tuner that was stopped.
    let ended = || serde_json::from_str(&format!("{}}}}}", text.trim_end().trim_end_matches(',')));
    let document: Json = whole
        .or_else(|error: serde_json::Error| {
            if error.is_eof() {
                ended().map_err(|_| error)
            } else {
                Err(error)
            }
        })
        .map_err(|error| Error::input(path, format!("line {}", error.line()), format!("no JSON: {error}")))?;
    let records = json::records(&document, rows)
        .map_err(|what| Error::input(path, "", format!("in the map's `rows`: {what}")))?;
    if records.is_empty() {
        return Err(Error::input(
            path,
            "",
            format!("the map's `rows` ({rows}) finds no record in it"),
        ));
    }
    let mut names = BTreeSet::new();
    for record in &records {
        if let Some(object) = record.chain.last().and_then(|record| record.as_object()) {
            names.extend(
                object
                    .keys()
                    .filter(|key| !names.contains(*key))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
        }
        visit(Fields::Json(record), &record.path)?;
    }
    Ok(names)
}

/// Reads a CSV, whatever the map says of JSON: power logs are CSVs.
pub(crate) fn read_csv(
    path: &Path,
    map: &Map,
    mut visit: impl FnMut(Fields<'_>, &str) -> Result<(), Error>,
) -> Result<BTreeSet<String>, Error> {
    let (file, found, skipped) = joulemark_records::open_table(path)?;
    let separator = map.separator.unwrap_or(found);
    let decimal_comma = separator != b',';
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .comment(map.comment)
        .trim(csv::Trim::All)
        .from_reader(file);
    let failed = |error: &csv::Error| {
        let line = error.position().map_or(0, csv::Position::line) + skipped;
        let what = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("{len} fields where the header has {expected_len}")
            }
            csv::ErrorKind::Utf8 { .. } => "it is not UTF-8 text; save the file as UTF-8".into(),
            _ => error.to_string(),
        };
        Error::input(path, format!("line {line}"), what)
    };
    let names = reader.headers().map_err(|error| failed(&error))?.clone();
    let names = names.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned());
    let header: BTreeMap<String, usize> = names.enumerate().map(|(index, name)| (name, index)).collect();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| failed(&error))? {
        let line = record.position().map_or(0, csv::Position::line) + skipped;
        let fields = Fields::Csv {
            header: &header,
            record: &record,
            decimal_comma,
        };
        visit(fields, &format!("line {line}"))?;
    }
    Ok(header.into_keys().collect())
}

/// The files that hold the power log, and the others.
pub(crate) fn part_log(map: &Map, files: &[PathBuf]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let is_log = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        map.log.as_ref().is_some_and(|log| name.ends_with(&log.files))
    };
    files.iter().cloned().partition(is_log)
}
