//! The map. In: TOML. Out: an expression or a template for each of our columns, checked before any file is opened.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use joulemark_base::plain_text::shown;
use joulemark_records::{COLUMNS, Column, Kind};
use toml::Value as Toml;

use crate::error::Error;
use crate::expression::Expression;
use crate::parse::parse;
use crate::template::Template;

/// Maps that come with joulemark, by name: for files of a known layout.
pub const SHIPPED: [(&str, &str); 7] = [
    ("criterion", include_str!("../maps/criterion.toml")),
    ("hyperfine", include_str!("../maps/hyperfine.toml")),
    ("kernel-tuner", include_str!("../maps/kernel-tuner.toml")),
    ("kernel-tuner-t4", include_str!("../maps/kernel-tuner-t4.toml")),
    ("nvbench", include_str!("../maps/nvbench.toml")),
    ("power-log", include_str!("../maps/power-log.toml")),
    ("zeus", include_str!("../maps/zeus.toml")),
];

/// How the columns of a table from elsewhere become ours.
#[derive(Debug)]
pub struct Map {
    /// Where the records lie in a JSON file; `None` for a CSV.
    pub(crate) rows: Option<String>,
    /// What parts the fields of a CSV; found by itself where the map does not say.
    pub(crate) separator: Option<u8>,
    /// Lines of a CSV that begin with this are no records.
    pub(crate) comment: Option<u8>,
    pub(crate) filters: Vec<(String, Expression)>,
    pub(crate) problem: Option<Template>,
    pub(crate) machine: Option<Template>,
    pub(crate) columns: Vec<(Column, Filling)>,
    pub(crate) constants: BTreeMap<String, Toml>,
    pub(crate) log: Option<LogMap>,
    /// Fields that need not be there.
    optional: Vec<String>,
}

/// What fills a column.
#[derive(Clone, Debug)]
pub(crate) enum Filling {
    Number(Expression),
    Text(Template),
}

/// Where watts over time are.
#[derive(Debug)]
pub(crate) struct LogMap {
    /// How the names of its files end.
    pub(crate) files: String,
    pub(crate) time: Expression,
    pub(crate) watts: Expression,
    pub(crate) filters: Vec<(String, Expression)>,
}

/// Where the text is no TOML, and why.
fn placed(text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map_or(0, |span| text.floor_char_boundary(span.start));
    let before = &text[..at];
    let (line, column) = (
        before.matches('\n').count() + 1,
        before.chars().rev().take_while(|c| *c != '\n').count() + 1,
    );
    format!("line {line}, column {column}: {}", shown(error.message().trim_end()))
}

/// Shorter names that a map may use.
const ALIASES: [(&str, &str); 4] = [
    ("case", "case_id"),
    ("quality", "device_quality"),
    ("source", "device_source"),
    ("idle_w", "device_idle_w"),
];

impl Map {
    /// Reads a map: the file at this path, or the shipped one of this name.
    ///
    /// # Errors
    /// No such file and no such name, or what is wrong in it.
    pub fn open(name: &str) -> Result<Self, Error> {
        if let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == name) {
            return Self::parse(name, text);
        }
        let path = Path::new(name);
        if !path.exists() {
            let names: Vec<_> = SHIPPED.iter().map(|(name, _)| *name).collect();
            return Err(wrong(
                name,
                format!(
                    "there is no such file, nor a shipped map of that name; shipped are {}",
                    names.join(", ")
                ),
            ));
        }
        Self::parse(name, &joulemark_records::read_text(path, 1 << 20)?)
    }

    /// Reads the text of a map.
    ///
    /// # Errors
    /// What is wrong in it, with the key.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| wrong(name, placed(text, &error)))?;
        Self::of(table).map_err(|what| wrong(name, what))
    }

    /// Sets a constant, in place of the map's own or beside them.
    pub fn set(&mut self, name: &str, value: &str) {
        self.constants.insert(name.to_owned(), Toml::String(value.to_owned()));
    }

    fn of(mut table: toml::Table) -> Result<Self, String> {
        let mut text = |key: &str| match table.remove(key) {
            None => Ok(None),
            Some(Toml::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("`{key}` should be a text")),
        };
        text("about")?;
        let byte = |key: &str, text: Option<String>| match text.as_deref().map(str::as_bytes) {
            None => Ok(None),
            Some([byte]) if byte.is_ascii() => Ok(Some(*byte)),
            Some(_) => Err(format!("`{key}` should be one character")),
        };
        let rows = text("rows")?;
        let separator = byte("separator", text("separator")?)?;
        let comment = byte("comment", text("comment")?)?;
        let template = |key: &str, text: Option<String>| {
            let read = text.map(|text| Template::parse(&text)).transpose();
            read.map_err(|what| format!("in `{key}`: {what}"))
        };
        let problem = template("problem", text("problem")?)?;
        let machine = template("machine", text("machine")?)?;
        let filters = filters(table.remove("where"))?;
        let constants = match table.remove("constants") {
            None => BTreeMap::new(),
            Some(Toml::Table(constants)) => constants.into_iter().collect(),
            Some(_) => return Err("`constants` should be a table".into()),
        };
        let optional = match table.remove("optional") {
            None => Vec::new(),
            Some(list) => list
                .try_into()
                .map_err(|_| "`optional` should be a list of names".to_owned())?,
        };
        let log = table.remove("log").map(LogMap::of).transpose()?;
        let mut columns = Vec::new();
        for (key, value) in table {
            let alias = ALIASES.iter().find(|(short, _)| *short == key);
            let column = alias.map_or(key.as_str(), |(_, long)| long);
            let known = Column::named(column).filter(|column| !matches!(column.name, "run_id" | "row"));
            let column = known.ok_or_else(|| unknown(&key))?;
            let filling = filling(column, value).map_err(|what| format!("in `{key}`: {what}"))?;
            columns.push((column, filling));
        }
        let map = Self {
            rows,
            separator,
            comment,
            filters,
            problem,
            machine,
            columns,
            constants,
            log,
            optional,
        };
        map.check()?;
        Ok(map)
    }

    pub(crate) fn gives(&self, column: &str) -> bool {
        self.columns.iter().any(|(known, _)| known.name == column)
    }

    pub(crate) fn is_optional(&self, field: &str) -> bool {
        self.optional.iter().any(|known| known == field)
    }

    /// What a table cannot do without.
    fn check(&self) -> Result<(), String> {
        for column in ["algorithm", "precision", "wall_s"] {
            if !self.gives(column) {
                return Err(format!("`{column}` is missing: each row needs one"));
            }
        }
        if self.problem.is_none() {
            for column in ["op", "case_id", "flops_task"] {
                if !self.gives(column) {
                    return Err(format!(
                        "give `problem` (as in \"matmul {{M}}x{{N}}x{{K}}\"), from which the counts follow, or `{column}`"
                    ));
                }
            }
        }
        let energy = self.gives("device_energy_j");
        if energy && !self.gives("device_quality") {
            return Err("`quality` is missing: say counter, integrated or external, so that nobody takes an estimate for a measurement".into());
        }
        Ok(())
    }

    /// The names of all fields that the map reads from the records.
    pub(crate) fn fields(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        for (_, filling) in &self.columns {
            match filling {
                Filling::Number(expression) => expression.fields(&mut names),
                Filling::Text(template) => template.fields(&mut names),
            }
        }
        self.filters.iter().for_each(|(_, filter)| filter.fields(&mut names));
        for template in [&self.problem, &self.machine].into_iter().flatten() {
            template.fields(&mut names);
        }
        names
    }
}

impl LogMap {
    fn of(value: Toml) -> Result<Self, String> {
        let Toml::Table(mut table) = value else {
            return Err("`log` should be a table".into());
        };
        let filters = filters(table.remove("where"))?;
        let mut text = |key: &str| match table.remove(key) {
            Some(Toml::String(text)) => Ok(text),
            _ => Err(format!("in `log`: `{key}` should be a text")),
        };
        let (files, time, watts) = (text("files")?, text("time")?, text("watts")?);
        let read = |key: &str, text: &str| parse(text).map_err(|what| format!("in `log.{key}`: {what}"));
        let log = Self {
            time: read("time", &time)?,
            watts: read("watts", &watts)?,
            files: files.trim_start_matches('*').to_owned(),
            filters,
        };
        match table.keys().next() {
            Some(key) => Err(format!(
                "in `log`: there is no `{key}`; there are files, time, watts and where"
            )),
            None => Ok(log),
        }
    }
}

fn wrong(map: &str, what: String) -> Error {
    Error::Map {
        map: map.to_owned(),
        what,
    }
}

fn unknown(key: &str) -> String {
    let columns: Vec<_> = COLUMNS
        .iter()
        .map(|column| column.name)
        .filter(|name| !matches!(*name, "run_id" | "row"))
        .collect();
    format!(
        "there is no column `{}`. Columns are {}; further keys about, rows, separator, comment, where, problem, machine, optional, constants, log",
        joulemark_base::plain_text::shown(key),
        columns.join(", ")
    )
}

fn filters(value: Option<Toml>) -> Result<Vec<(String, Expression)>, String> {
    let texts = match value {
        None => Vec::new(),
        Some(Toml::String(text)) => vec![Toml::String(text)],
        Some(Toml::Array(texts)) => texts,
        Some(_) => return Err("`where` should be a text or a list of texts".into()),
    };
    let read = |text: Toml| match text {
        Toml::String(text) => parse(&text)
            .map(|tree| (text, tree))
            .map_err(|what| format!("in `where`: {what}")),
        _ => Err("`where` should be a text or a list of texts".into()),
    };
    texts.into_iter().map(read).collect()
}

fn filling(column: Column, value: Toml) -> Result<Filling, String> {
    let is_text = matches!(
        column.kind,
        Kind::Text | Kind::Key | Kind::Quality | Kind::Status | Kind::Flag
    );
    match value {
        Toml::String(text) if is_text => Template::parse(&text).map(Filling::Text),
        Toml::String(text) => parse(&text).map(Filling::Number),
        Toml::Integer(number) if !is_text => Ok(Filling::Number(Expression::Number(number as f64))),
        Toml::Float(number) if !is_text && number.is_finite() => Ok(Filling::Number(Expression::Number(number))),
        _ => Err("a text is needed (a template as \"{name}\", or an expression as \"t_ms / 1000\")".into()),
    }
}
