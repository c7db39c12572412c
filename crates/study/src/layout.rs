//! Where the columns stand in one table, and what a record says about its case. In: a scanner and records. Out: texts,
//! numbers and facts by column name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use joulemark_records::{Error, Input, Manifest, Record, Scanner};

use crate::ledger;
use crate::samples::{CaseFacts, Count, Device, Shape};

/// Where the columns stand in one table, and what goes for all its rows.
pub(crate) struct Layout {
    pub(crate) path: PathBuf,
    pub(crate) run: u32,
    pub(crate) device: Device,
    pub(crate) machine_from_rows: bool,
    pub(crate) facts: Vec<Option<usize>>,
    pub(crate) at: Positions,
    pub(crate) ledger: ledger::Columns,
}

/// Where the columns stand that are read in every row; looked up once, not a million times.
pub(crate) struct Positions {
    pub(crate) run_id: Option<usize>,
    pub(crate) case_id: Option<usize>,
    pub(crate) variant: Option<usize>,
    pub(crate) suite: Option<usize>,
    pub(crate) workload: Option<usize>,
    pub(crate) round: Option<usize>,
    pub(crate) order: Option<usize>,
    pub(crate) iterations: Option<usize>,
    pub(crate) wall_s: Option<usize>,
    pub(crate) gpu_s: Option<usize>,
    pub(crate) clock_mhz: Option<usize>,
    pub(crate) idle_w: Option<usize>,
    pub(crate) idle_before_w: Option<usize>,
    pub(crate) idle_after_w: Option<usize>,
    pub(crate) active_j: Option<usize>,
    pub(crate) quality: Option<usize>,
    pub(crate) power_limit_w: Option<usize>,
    pub(crate) throttled: Option<usize>,
    pub(crate) status: Option<usize>,
    pub(crate) reason: Option<usize>,
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
    pub(crate) fn new(scanner: &Scanner, input: &Input, run: u32) -> Self {
        let at = |column| scanner.position(column);
        Self {
            path: input.samples.clone(),
            run,
            device: device_of(&input.samples, input.manifest.as_ref()),
            machine_from_rows: input.manifest.is_none(),
            facts: FACT_COLUMNS.map(at).to_vec(),
            ledger: ledger::Columns::of(scanner),
            at: Positions {
                run_id: at("run_id"),
                case_id: at("case_id"),
                variant: at("variant"),
                suite: at("suite"),
                workload: at("workload"),
                round: at("round"),
                order: at("order"),
                iterations: at("iterations"),
                wall_s: at("wall_s"),
                gpu_s: at("gpu_s"),
                clock_mhz: at("clock_mhz"),
                idle_w: at("device_idle_w"),
                idle_before_w: at("idle_before_w"),
                idle_after_w: at("idle_after_w"),
                active_j: at("device_active_j"),
                quality: at("device_quality"),
                power_limit_w: at("power_limit_w"),
                throttled: at("throttled"),
                status: at("status"),
                reason: at("reason"),
            },
        }
    }

    /// A number that a row of status `ok` cannot do without, up to a bound that nothing in this world passes.
    pub(crate) fn needed(&self, record: &Record<'_>, position: Option<usize>, most: f64) -> Result<f64, Error> {
        match number(record, position) {
            Some(value) if value <= most => Ok(value),
            Some(_) => Err(record.wrong(position.unwrap_or(0), "a number of this world")),
            None => Err(record.wrong(position.unwrap_or(0), "a number, which a measured row must have")),
        }
    }

    /// The machine's name in the row, for a table that joins several.
    pub(crate) fn machine<'a>(&self, record: &'a Record<'_>) -> Option<&'a str> {
        self.machine_from_rows
            .then(|| text(record, self.at.run_id).split_once('/').map(|(machine, _)| machine))?
    }

    /// Where a fact's column stands; 0 where the table has none.
    pub(crate) fn position(&self, fact: &str) -> usize {
        self.fact_at(fact).unwrap_or(0)
    }

    fn fact_at(&self, fact: &str) -> Option<usize> {
        let index = FACT_COLUMNS.iter().position(|column| *column == fact);
        index.and_then(|index| self.facts[index])
    }

    fn fact<'a>(&self, record: &'a Record<'_>, fact: &str) -> &'a str {
        text(record, self.fact_at(fact))
    }
}

/// The text of a column, empty where the table has none.
pub(crate) fn text<'a>(record: &'a Record<'_>, position: Option<usize>) -> &'a str {
    position.map_or("", |position| record.get(position))
}

/// The number in a column, where there is one.
pub(crate) fn number(record: &Record<'_>, position: Option<usize>) -> Option<f64> {
    text(record, position).parse().ok()
}

/// More operations or bytes than anything performs in one iteration.
const MOST_COUNT: f64 = 1e30;

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
///
/// # Errors
/// A count that nothing in this world reaches.
pub(crate) fn parse_facts(record: &Record<'_>, layout: &Layout) -> Result<CaseFacts, Error> {
    let fact = |column| layout.fact(record, column).to_owned();
    let counts = Count::ALL.map(|count| layout.fact(record, count.column()).parse::<f64>().ok());
    let absurd = |count: &Count| counts[*count as usize].is_some_and(|value| value > MOST_COUNT);
    if let Some(count) = Count::ALL.into_iter().find(absurd) {
        return Err(record.wrong(layout.position(count.column()), "a count of this world, at most 1e30"));
    }
    Ok(CaseFacts {
        device: 0,
        case_id: text(record, layout.at.case_id).to_owned(),
        variant: text(record, layout.at.variant).to_owned(),
        has_other_variants: false,
        op: fact("op"),
        algorithm: fact("algorithm"),
        precision: fact("precision"),
        input: fact("input"),
        shape: Shape(Shape::COLUMNS.map(|column| layout.fact_at(column).and_then(|position| record.whole(position)))),
        counts,
        suites: BTreeSet::new(),
        workloads: BTreeSet::new(),
    })
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
