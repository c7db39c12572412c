//! Where the columns stand in one table, and what a record says about its case. In: a scanner and records. Out: texts,
//! numbers and facts by column name.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use joulemark_records::{Error, Input, Manifest, Record, Scanner};

use crate::load::LoadOptions;
use crate::samples::{CaseFacts, Count, Device, Shape};

/// Where the columns stand in one table, and what goes for all its rows.
pub(crate) struct Layout {
    pub(crate) path: PathBuf,
    pub(crate) run: u32,
    pub(crate) device: Device,
    pub(crate) machine_from_rows: bool,
    pub(crate) include_simulated: bool,
    pub(crate) facts: Vec<Option<usize>>,
    pub(crate) columns: HashMap<&'static str, usize>,
}

/// The columns that must not change within a case, in the order of [`Layout::facts`].
const FACT_COLUMNS: [&str; 24] = [
    "op",
    "algorithm",
    "precision",
    "input",
    "batch",
    "m",
    "n",
    "k",
    "c",
    "h",
    "w",
    "r",
    "s",
    "groups",
    "flops_task",
    "ops_executed",
    "macs",
    "bytes_min",
    "bytes_model",
    "activations",
    "parameters",
    "gate_ops",
    "horowitz_j",
    "variant",
];

impl Layout {
    pub(crate) fn new(scanner: &Scanner, input: &Input, options: LoadOptions, run: u32) -> Self {
        let columns = joulemark_records::COLUMNS
            .into_iter()
            .filter_map(|column| Some((column.name, scanner.position(column.name)?)))
            .collect();
        Self {
            path: input.samples.clone(),
            run,
            device: device_of(&input.samples, input.manifest.as_ref()),
            machine_from_rows: input.manifest.is_none(),
            include_simulated: options.include_simulated,
            facts: FACT_COLUMNS.map(|name| scanner.position(name)).to_vec(),
            columns,
        }
    }

    pub(crate) fn text<'a>(&self, record: &'a Record<'_>, column: &str) -> &'a str {
        self.columns.get(column).map_or("", |position| record.get(*position))
    }

    pub(crate) fn number(&self, record: &Record<'_>, column: &str) -> Option<f64> {
        self.text(record, column).parse().ok()
    }

    /// A number that a row of status `ok` cannot do without.
    pub(crate) fn needed(&self, record: &Record<'_>, column: &'static str) -> Result<f64, Error> {
        self.number(record, column).ok_or_else(|| {
            record.wrong(
                self.columns.get(column).copied().unwrap_or(0),
                "a number, which a measured row must have",
            )
        })
    }

    /// The machine's name in the row, for a table that joins several.
    pub(crate) fn machine<'a>(&self, record: &'a Record<'_>) -> Option<&'a str> {
        self.machine_from_rows
            .then(|| self.text(record, "run_id").split_once('/').map(|(machine, _)| machine))?
    }
}

fn device_of(path: &Path, manifest: Option<&Manifest>) -> Device {
    match manifest {
        Some(manifest) => {
            let machine = manifest.run_id.split('/').next().unwrap_or_default().to_owned();
            let name = match manifest.adapter.name.as_str() {
                "" => machine.clone(),
                adapter => format!("{adapter} on {machine}"),
            };
            Device { name, machine }
        }
        None => {
            let stem = path
                .file_stem()
                .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
            Device {
                name: stem.clone(),
                machine: stem,
            }
        }
    }
}

/// What a record says about its case.
pub(crate) fn parse_facts(record: &Record<'_>, layout: &Layout) -> CaseFacts {
    let text = |column| layout.text(record, column).to_owned();
    CaseFacts {
        device: 0,
        case_id: text("case_id"),
        variant: text("variant"),
        has_other_variants: false,
        op: text("op"),
        algorithm: text("algorithm"),
        precision: text("precision"),
        input: text("input"),
        shape: Shape(Shape::COLUMNS.map(|column| layout.text(record, column).parse().ok())),
        counts: Count::ALL.map(|count| layout.number(record, count.column())),
        suites: BTreeSet::new(),
        workloads: BTreeSet::new(),
    }
}

/// The first column in which two descriptions of one case differ.
pub(crate) fn difference(new: &CaseFacts, old: &CaseFacts) -> Option<&'static str> {
    let texts = [
        ("op", &new.op, &old.op),
        ("algorithm", &new.algorithm, &old.algorithm),
        ("precision", &new.precision, &old.precision),
        ("input", &new.input, &old.input),
    ];
    let text = texts
        .into_iter()
        .find(|(_, new, old)| new != old)
        .map(|(column, ..)| column);
    let dimensions = Shape::COLUMNS.into_iter().zip(new.shape.0.iter().zip(old.shape.0));
    let dimension = || {
        dimensions
            .into_iter()
            .find(|(_, (new, old))| **new != *old)
            .map(|(column, _)| column)
    };
    let counts = Count::ALL.into_iter().zip(new.counts.iter().zip(old.counts));
    let count = || {
        counts
            .into_iter()
            .find(|(_, (new, old))| **new != *old)
            .map(|(count, _)| count.column())
    };
    text.or_else(dimension).or_else(count)
}
