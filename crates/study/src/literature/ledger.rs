//! What a table's rows cost, whatever became of them. In: one table, read once more. Out: seconds, joules, iterations and operations
//! by status and by the method of the energy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use joulemark_base::quality::Quality;
use joulemark_records::{Error, Record, Scanner, Status};

use super::run::is_measured;
use crate::samples::Samples;

/// What one run cost, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// By status of the row and method of its energy; `None` where the table does not name the method.
    pub entries: BTreeMap<(Status, Option<Quality>), Entry>,
    /// The methods of the joules of each case, by id, over its rows of status `ok` whose joules count as measured.
    pub methods: BTreeMap<String, BTreeSet<Option<Quality>>>,
    /// In how many rows of status `ok` a column has a value, of those in [`TRACKED`].
    pub filled: BTreeMap<&'static str, u64>,
}

/// Sums over rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Entry {
    /// Rows.
    pub rows: u64,
    /// Rows with the device's joules.
    pub rows_with_joules: u64,
    /// Seconds.
    pub wall_s: f64,
    /// Gross joules of the device.
    pub joules: f64,
    /// Iterations.
    pub iterations: f64,
    /// Operations of the task over all iterations.
    pub operations: f64,
}

/// Where the columns stand in a table.
struct Columns {
    /// Seconds, joules, iterations, operations.
    sums: [Option<usize>; 4],
    /// Case, status, method.
    words: [Option<usize>; 3],
    tracked: [Option<usize>; TRACKED.len()],
}

impl Columns {
    fn of(scanner: &Scanner) -> Self {
        let position = |column: &str| scanner.position(column);
        Self {
            sums: ["wall_s", "device_energy_j", "iterations", "flops_task"].map(position),
            words: ["case_id", "status", "device_quality"].map(position),
            tracked: TRACKED.map(position),
        }
    }
}

/// What the tracker of Henderson et al. 2020 keeps besides energy, as far as rows have a column for it.
pub const TRACKED: [&str; 6] = [
    "utilisation",
    "clock_mhz",
    "memory_clock_mhz",
    "temperature_c",
    "power_limit_w",
    "throttled",
];

impl Ledger {
    /// The ledgers of all tables that were loaded, in their order.
    ///
    /// # Errors
    /// A table that can no longer be read.
    pub fn of(samples: &Samples) -> Result<Vec<Self>, Error> {
        let runs = samples.runs.iter();
        runs.map(|run| Self::read(Path::new(&run.path), run.manifest.is_some()))
            .collect()
    }

    /// Reads a table; `own` says that joulemark wrote it.
    ///
    /// # Errors
    /// What cannot be read, with file, line and column.
    pub fn read(samples: &Path, own: bool) -> Result<Self, Error> {
        let scanner = Scanner::open(samples, own)?;
        let columns = Columns::of(&scanner);
        let mut ledger = Self::default();
        for range in scanner.parts(1) {
            scanner.scan(range, |record| {
                ledger.enter(record, &columns);
                Ok::<(), Error>(())
            })?;
        }
        Ok(ledger)
    }

    /// Enters one row.
    fn enter(&mut self, record: &Record<'_>, columns: &Columns) {
        let text = |position: Option<usize>| position.map_or("", |position| record.get(position));
        let [wall_s, joules, iterations, flops] = columns.sums.map(|column| text(column).parse::<f64>().ok());
        let [case_id, status, quality] = columns.words.map(text);
        let (status, method) = (
            Status::from_word(status).unwrap_or(Status::Ok),
            Quality::from_word(quality),
        );
        let entry = self.entries.entry((status, method)).or_default();
        entry.rows += 1;
        entry.rows_with_joules += u64::from(joules.is_some());
        entry.wall_s += wall_s.unwrap_or(0.0);
        entry.joules += joules.unwrap_or(0.0);
        entry.iterations += iterations.unwrap_or(0.0);
        entry.operations += iterations.unwrap_or(0.0) * flops.unwrap_or(0.0);
        if status != Status::Ok {
            return;
        }
        if joules.is_some() && is_measured(method) {
            match self.methods.get_mut(case_id) {
                Some(methods) => drop(methods.insert(method)),
                None => drop(self.methods.insert(case_id.to_owned(), BTreeSet::from([method]))),
            }
        }
        let tracked = TRACKED.into_iter().zip(columns.tracked);
        for (column, _) in tracked.filter(|(_, position)| !text(*position).is_empty()) {
            *self.filled.entry(column).or_default() += 1;
        }
    }

    /// The sum over the rows of some statuses and methods.
    #[must_use]
    pub fn sum(&self, which: impl Fn(Status, Option<Quality>) -> bool) -> Entry {
        let own = self
            .entries
            .iter()
            .filter(|((status, quality), _)| which(*status, *quality));
        own.fold(Entry::default(), |sum, (_, entry)| Entry {
            rows: sum.rows + entry.rows,
            rows_with_joules: sum.rows_with_joules + entry.rows_with_joules,
            wall_s: sum.wall_s + entry.wall_s,
            joules: sum.joules + entry.joules,
            iterations: sum.iterations + entry.iterations,
            operations: sum.operations + entry.operations,
        })
    }
}
