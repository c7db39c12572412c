//! What a table's rows cost, whatever became of them. In: rows, as they are loaded. Out: seconds, joules, iterations and operations by
//! status and by the method of the energy.

use std::collections::{BTreeMap, BTreeSet};

use joulemark_base::quality::Quality;
use joulemark_records::{DeviceEnergy, Record, Scanner, Status};

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

/// Where the columns stand in a table that are looked at in every row.
pub(crate) struct Columns {
    case_id: Option<usize>,
    wall_s: Option<usize>,
    iterations: Option<usize>,
    flops_task: Option<usize>,
    tracked: [Option<usize>; TRACKED.len()],
}

impl Columns {
    pub(crate) fn of(scanner: &Scanner) -> Self {
        let position = |column: &str| scanner.position(column);
        Self {
            case_id: position("case_id"),
            wall_s: position("wall_s"),
            iterations: position("iterations"),
            flops_task: position("flops_task"),
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
    /// Enters one row.
    pub(crate) fn enter(&mut self, record: &Record<'_>, columns: &Columns, status: Status, energy: &DeviceEnergy) {
        let text = |position: Option<usize>| position.map_or("", |position| record.get(position));
        let number = |position| text(position).parse::<f64>().unwrap_or(0.0);
        let iterations = number(columns.iterations);
        let entry = self.entries.entry((status, energy.quality)).or_default();
        entry.rows += 1;
        entry.rows_with_joules += u64::from(energy.energy_j.is_some());
        entry.wall_s += number(columns.wall_s);
        entry.joules += energy.energy_j.unwrap_or(0.0);
        entry.iterations += iterations;
        entry.operations += iterations * number(columns.flops_task);
        if status != Status::Ok {
            return;
        }
        if energy.energy_j.is_some() && is_measured(energy.quality) {
            let case = text(columns.case_id);
            match self.methods.get_mut(case) {
                Some(methods) => drop(methods.insert(energy.quality)),
                None => drop(self.methods.insert(case.to_owned(), BTreeSet::from([energy.quality]))),
            }
        }
        let tracked = TRACKED.into_iter().zip(columns.tracked);
        for (column, _) in tracked.filter(|(_, position)| !text(*position).is_empty()) {
            *self.filled.entry(column).or_default() += 1;
        }
    }

    /// Adds what another part of the same table holds.
    pub(crate) fn absorb(&mut self, other: Self) {
        for (key, entry) in other.entries {
            let own = self.entries.entry(key).or_default();
            *own = own.plus(&entry);
        }
        for (case, methods) in other.methods {
            self.methods.entry(case).or_default().extend(methods);
        }
        for (column, rows) in other.filled {
            *self.filled.entry(column).or_default() += rows;
        }
    }

    /// The sum over the rows of some statuses and methods.
    #[must_use]
    pub fn sum(&self, which: impl Fn(Status, Option<Quality>) -> bool) -> Entry {
        let own = self
            .entries
            .iter()
            .filter(|((status, quality), _)| which(*status, *quality));
        own.fold(Entry::default(), |sum, (_, entry)| sum.plus(entry))
    }
}

impl Entry {
    fn plus(&self, other: &Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            rows_with_joules: self.rows_with_joules + other.rows_with_joules,
            wall_s: self.wall_s + other.wall_s,
            joules: self.joules + other.joules,
            iterations: self.iterations + other.iterations,
            operations: self.operations + other.operations,
        }
    }
}

/// Whether joules of this method count as measured; a table that does not name its methods is taken at its word.
#[must_use]
pub fn is_measured(method: Option<Quality>) -> bool {
    method.is_none_or(Quality::is_measured)
}
