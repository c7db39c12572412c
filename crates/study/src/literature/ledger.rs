//! What a table's rows cost, whatever became of them. In: one table, read once more. Out: seconds, joules, iterations and operations
//! by status and by the method of the energy.

use std::collections::BTreeMap;
use std::path::Path;

use joulemark_base::quality::Quality;
use joulemark_records::{Error, Scanner, Status};

use crate::samples::Samples;

/// What one run cost, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// By status of the row and method of its energy; `None` where the table does not name the method.
    pub entries: BTreeMap<(Status, Option<Quality>), Entry>,
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
        let position = |column: &str| scanner.position(column);
        let columns = ["wall_s", "device_energy_j", "iterations", "flops_task"].map(position);
        let (status, quality) = (position("status"), position("device_quality"));
        let tracked = TRACKED.map(|column| (column, position(column)));
        let mut ledger = Self::default();
        for range in scanner.parts(1) {
            scanner.scan(range, |record| {
                let text = |position: Option<usize>| position.map_or("", |position| record.get(position));
                let [wall_s, joules, iterations, flops] = columns.map(|column| text(column).parse::<f64>().ok());
                let status = Status::from_word(text(status)).unwrap_or(Status::Ok);
                let entry = ledger
                    .entries
                    .entry((status, Quality::from_word(text(quality))))
                    .or_default();
                entry.rows += 1;
                entry.rows_with_joules += u64::from(joules.is_some());
                entry.wall_s += wall_s.unwrap_or(0.0);
                entry.joules += joules.unwrap_or(0.0);
                entry.iterations += iterations.unwrap_or(0.0);
                entry.operations += iterations.unwrap_or(0.0) * flops.unwrap_or(0.0);
                if status == Status::Ok {
                    for (column, _) in tracked.iter().filter(|(_, position)| !text(*position).is_empty()) {
                        *ledger.filled.entry(column).or_default() += 1;
                    }
                }
                Ok::<(), Error>(())
            })?;
        }
        Ok(ledger)
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
