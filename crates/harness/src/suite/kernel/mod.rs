//! `[[kernel]]`: a WGSL file of the user's own in a suite. In: a table and the suite's folder. Out: a kernel that is checked
//! against what naga reads in the file, and its cases.

mod buffer;
mod check;
mod expected;

use std::path::{Path, PathBuf};

use joulemark_base::plain_file::read_text;
use joulemark_kernels::custom::{Source, evaluate};
use joulemark_kernels::{Custom, Element, Other, Precision, Problem};
use toml::de::{DeTable, DeValue};

use super::document::{Document, Value};
use super::scale::Scale;
use crate::case::Case;
use crate::error::Error;

const KEYS: [&str; 15] = [
    "name",
    "problem",
    "workload",
    "wgsl",
    "entry",
    "precision",
    "workgroups",
    "constants",
    "variants",
    "buffers",
    "flops",
    "bytes",
    "expected",
    "unchecked",
    "scales",
];

/// Combinations of constants at most: each is composed and checked when the suite is read.
const MOST_VARIANTS: usize = 256;

/// A kernel of a suite.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    workload: String,
    scales: Vec<Scale>,
    kernel: &'static Custom,
    /// Whether every variant is a case, or only the default one, which tuning may choose.
    is_swept: bool,
}

impl Kernel {
    /// Its cases at a scale.
    pub(super) fn cases(&self, scale: Scale) -> Vec<Case> {
        if !self.scales.contains(&scale) {
            return Vec::new();
        }
        let case = Case {
            workload: self.workload.clone(),
            ..Case::new(
                self.kernel,
                self.kernel.precision,
                Problem::Other(Other::of(self.kernel)),
            )
        };
        let variants = self.kernel.swept();
        if !self.is_swept || variants.len() == 1 {
            return vec![case];
        }
        let tagged = variants.into_iter().map(|variant| Case {
            tag: Some(super::variants::tag(&variant)),
            variant: Some(variant),
            ..case.clone()
        });
        tagged.collect()
    }

    /// Whether the scale makes a difference.
    pub(super) fn varies(&self) -> bool {
        self.scales.len() < Scale::ALL.len()
    }

    /// Reads an entry. The kernel stays in memory until the program ends, as those of the catalogue do.
    pub(super) fn read(document: &Document, whole: Value, table: &DeTable) -> Result<Self, Error> {
        let kernel = Reader {
            document,
            whole,
            table,
            folder: Path::new(document.path).parent().unwrap_or(Path::new("")).to_path_buf(),
        };
        kernel.read()
    }
}

/// One table while it is read.
struct Reader<'d> {
    document: &'d Document<'d>,
    whole: Value<'d>,
    table: &'d DeTable<'d>,
    folder: PathBuf,
}

impl Reader<'_> {
    fn read(&self) -> Result<Kernel, Error> {
        let document = self.document;
        document.known(self.table, &KEYS)?;
        let wgsl = self.required("wgsl")?;
        let stem = Path::new(document.string(wgsl)?).file_stem().unwrap_or_default();
        let name = self.text_or("name", &stem.to_string_lossy())?;
        let problem = self.text_or("problem", &name)?;
        for (key, word) in [("name", &name), ("problem", &problem)] {
            let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if word.is_empty() || !word.chars().all(is_part) {
                let at = self.table.get(key).unwrap_or(self.whole);
                return Err(document.error_at(
                    at,
                    format!("`{word}`: a {key} has letters, digits, `-`, `_` and `.` only"),
                ));
            }
        }
        let constants = self.constants()?;
        let source = self.source(wgsl, self.table, None)?;
        // What has to be the same in every variant is worked out from the constants that have one value.
        let fixed = |name: &str| {
            let constant = constants.iter().find(|(other, _)| *other == name);
            constant
                .filter(|(_, values)| values.len() == 1)
                .map(|(_, values)| u64::from(values[0]))
        };
        let buffers = self.buffers(&fixed)?;
        let output = buffers.iter().find(|buffer| buffer.is_output);
        let output =
            output.ok_or_else(|| self.wrong(self.whole, "no buffer of this kernel is `written`: one has to be"))?;
        let precision = match self.table.get("precision") {
            Some(value) => {
                let precision: Result<Precision, String> = document.string(value)?.parse();
                precision.map_err(|why| document.error_at(value, why))?
            }
            None => match output.element {
                Element::F32 => Precision::F32,
                Element::F16 => Precision::F16,
                Element::I8 | Element::I32 => {
                    let why = "its output is of whole numbers: give the `precision` as which its rows count, f32, f16, f16acc or i8";
                    return Err(self.wrong(self.whole, why));
                }
            },
        };
        let moved: u64 = buffers
            .iter()
            .map(|buffer| buffer.count() as u64 * buffer.element.bytes())
            .sum();
        let expected = self.expected(output, &source)?;
        let flag = |key: &str| self.table.get(key).map(|value| self.boolean(value)).transpose();
        let kernel = Custom {
            name: leak(name),
            problem: leak(problem.clone()),
            precision,
            source,
            flops: self.number(self.required("flops")?, &fixed)?,
            bytes: self
                .table
                .get("bytes")
                .map_or(Ok(moved), |value| self.number(value, &fixed))?,
            expected,
            is_vouched_for: flag("unchecked")?.unwrap_or(false),
            constants,
            buffers,
        };
        check::check(&kernel, document.path)?;
        let is_swept = match self.table.get("variants") {
            None => true,
            Some(value) => match document.string(value)? {
                "listed" => true,
                "default" => false,
                _ => return Err(document.error_at(value, "here must be \"listed\" or \"default\"")),
            },
        };
        let scales = |value: Value| {
            let scale: Result<Scale, String> = document.string(value)?.parse();
            scale.map_err(|why| document.error_at(value, why))
        };
        let read = Kernel {
            workload: self.text_or("workload", &problem)?,
            scales: self
                .table
                .get("scales")
                .map_or_else(|| Ok(Scale::ALL.to_vec()), |value| document.list(value, scales))?,
            kernel: Box::leak(Box::new(kernel)),
            is_swept,
        };
        let cases = read.scales.iter().flat_map(|scale| read.cases(*scale));
        if let Some(id) = cases.map(|case| case.id()).find(|id| id.len() > 64) {
            return Err(self.wrong(self.whole, format!("the id {id} has more than 64 characters")));
        }
        Ok(read)
    }

    fn wrong(&self, value: Value, why: impl std::fmt::Display) -> Error {
        self.document.error_at(value, why)
    }

    fn required(&self, key: &str) -> Result<Value<'_>, Error> {
        let value = self.table.get(key);
        value.ok_or_else(|| self.wrong(self.whole, format!("this kernel has no `{key}`")))
    }

    fn text_or(&self, key: &str, default: &str) -> Result<String, Error> {
        let text = self
            .table
            .get(key)
            .map(|value| self.document.string(value))
            .transpose()?;
        Ok(text.unwrap_or(default).to_string())
    }

    fn boolean(&self, value: Value) -> Result<bool, Error> {
        value
            .get_ref()
            .as_bool()
            .ok_or_else(|| self.wrong(value, "here must be true or false"))
    }

    /// A whole number, or a text with an expression of constants.
    fn number(&self, value: Value, value_of: &dyn Fn(&str) -> Option<u64>) -> Result<u64, Error> {
        match value.get_ref() {
            DeValue::String(text) => evaluate(text, value_of).map_err(|why| self.wrong(value, why)),
            DeValue::Integer(number) if number.as_str() == "0" => Ok(0),
            _ => self.document.count(value),
        }
    }

    /// A number or expression as it is written.
    fn expression(&self, value: Value) -> Result<String, Error> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            _ => self.document.count(value).map(|number| number.to_string()),
        }
    }

    fn constants(&self) -> Result<Vec<(&'static str, Vec<u32>)>, Error> {
        let Some(value) = self.table.get("constants") else {
            return Ok(Vec::new());
        };
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self.wrong(value, "constants are a table, as { TILE = [8, 16], ROWS = 1024 }"));
        };
        let whole = |value: Value| match value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix())
                .map_err(|_| self.wrong(value, "here must be a whole number from 0 to 2^32 - 1")),
            _ => Err(self.wrong(
                value,
                "here must be a whole number from 0 to 2^32 - 1, or a list of them",
            )),
        };
        let mut constants = Vec::new();
        let mut variants = 1_usize;
        for (name, value) in table {
            let mut values = self.document.list(value, whole)?;
            let mut seen = std::collections::HashSet::new();
            values.retain(|value| seen.insert(*value));
            variants = variants.saturating_mul(values.len());
            constants.push((leak(name.get_ref().to_string()), values));
        }
        if variants > MOST_VARIANTS {
            let why = format!("these are {variants} combinations, and a kernel may have {MOST_VARIANTS}");
            return Err(self.wrong(value, why));
        }
        Ok(constants)
    }

    /// A shader with the entry point and workgroups of a table; those of `of` where it does not tell.
    fn source(&self, wgsl: Value, table: &DeTable, of: Option<&Source>) -> Result<Source, Error> {
        let path = self.folder.join(self.document.string(wgsl)?);
        let text = read_text(&path, super::LONGEST)
            .map_err(|error| self.wrong(wgsl, format!("cannot read {}: {error}", path.display())))?;
        let entry = match (table.get("entry"), of) {
            (Some(value), _) => self.document.string(value)?.to_string(),
            (None, Some(of)) => of.entry.to_string(),
            (None, None) => "main".into(),
        };
        let workgroups = match (table.get("workgroups"), of) {
            (Some(value), _) => {
                let mut groups = self.document.list(value, |value| self.expression(value))?;
                if groups.len() > 3 {
                    return Err(self.wrong(value, "workgroups are at most three numbers: x, y, z"));
                }
                groups.resize(3, "1".into());
                groups.try_into().unwrap_or_default()
            }
            (None, Some(of)) => of.workgroups.clone(),
            (None, None) => return Err(self.wrong(self.whole, "this kernel has no `workgroups`")),
        };
        Ok(Source {
            path: path.display().to_string(),
            wgsl: text,
            entry: leak(entry),
            workgroups,
        })
    }
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}
