//! What one thread reads of a table. In: checked records. Out: cases with their windows, and what became of the rows, which are
//! merged into the samples in the order of the table.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use joulemark_records::{Error, Record, Scanner, Status};

use super::idle::drift;
use crate::layout::{Layout, difference, number, parse_facts, text};
use crate::ledger::Ledger;
use crate::rows::{self, RowEnergy};
use crate::samples::{Case, Census, Device, IdleWindow, Samples, Window};

/// What tells a case apart: its machine (where rows name it), id and variant.
pub(super) type Key = (Option<String>, String, String);

/// What one thread read.
#[derive(Default)]
pub(super) struct Part {
    index: HashMap<u64, usize>,
    entries: Vec<Entry>,
    pub(super) identities: Vec<(u64, u64)>,
    /// Rows that do not count and hold a number that cannot be.
    pub(super) flawed: u64,
    census: Census,
    pub(super) ledger: Ledger,
}

struct Entry {
    key: Key,
    fingerprint: u64,
    offset: u64,
    case: Case,
    suite: String,
    workload: String,
}

impl Part {
    pub(super) fn take(&mut self, record: &Record<'_>, layout: &Layout) -> Result<(), Error> {
        let at = &layout.at;
        self.identities.push((record.identity(), record.offset()));
        let status = Status::from_word(text(record, at.status)).unwrap_or(Status::Ok);
        *self.census.by_status.entry(status).or_default() += 1;
        let reason = text(record, at.reason);
        if !reason.is_empty() {
            match self.census.reasons.get_mut(reason) {
                Some(count) => *count += 1,
                None => drop(self.census.reasons.insert(reason.to_owned(), 1)),
            }
        }
        self.census.throttled += u64::from(text(record, at.throttled) == "true");
        self.flawed += u64::from(record.flaw().is_some());
        let said = record.device_energy();
        self.ledger.enter(record, &layout.ledger, status, &said);
        // A table that has the column and no word in it has not measured.
        let energy = match said.quality {
            None if at.quality.is_some() => RowEnergy::Absent,
            quality => RowEnergy::of(quality, said.energy_j),
        };
        if status == Status::Idle {
            let duration = number(record, at.wall_s).filter(|duration| *duration > 0.0);
            if let Some((energy, duration)) = energy.joules().zip(duration) {
                self.census.idle.push(IdleWindow {
                    run: layout.run,
                    offset: record.offset(),
                    power_w: energy / duration,
                });
            }
        } else if rows::counts(status) {
            *self.census.by_quality.entry(said.quality).or_default() += 1;
            let wall_s = layout.needed(record, at.wall_s, MOST_SECONDS)?;
            if let Some(why) = said.left_out {
                *self.census.implausible.entry(why.to_owned()).or_default() += 1;
            }
            return self.take_window(record, layout, wall_s, energy);
        }
        Ok(())
    }

    fn take_window(
        &mut self,
        record: &Record<'_>,
        layout: &Layout,
        wall_s: f64,
        energy: RowEnergy,
    ) -> Result<(), Error> {
        let at = &layout.at;
        let iterations = layout.needed(record, at.iterations, MOST_ITERATIONS)?;
        let gross = energy.joules();
        let around = number(record, at.idle_before_w).zip(number(record, at.idle_after_w));
        let (idle_w, drift_w) = around.map_or((number(record, at.idle_w), 0.0), |(before, after)| {
            (Some(0.5 * (before + after)), drift(before, after))
        });
        let taken_off = gross.zip(idle_w).map(|(gross, idle_w)| gross - idle_w * wall_s);
        let stated = taken_off
            .filter(|_| around.is_some())
            .or(number(record, at.active_j))
            .or(taken_off);
        // More above idle than there is in all is as little of this world as the rest.
        let active = stated.filter(|active| gross.is_some_and(|gross| active.abs() <= MOST_ACTIVE * gross));
        let per_iteration = |value: f64| value / iterations;
        let count = |position: Option<usize>| {
            let whole = position.and_then(|position| record.whole(position));
            whole.and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
        };
        let window = Window {
            run: layout.run,
            round: count(at.round),
            order: count(at.order),
            offset: record.offset(),
            time_s: per_iteration(wall_s),
            gpu_s: number(record, at.gpu_s).map(per_iteration),
            clock_mhz: number(record, at.clock_mhz)
                .map(|clock| clock as f32)
                .filter(|clock| *clock > 0.0),
            gross_j: gross.map(per_iteration),
            active_j: active.map(per_iteration),
            idle_u_j: per_iteration(drift_w * wall_s),
            simulated: matches!(energy, RowEnergy::Simulated(_)),
        };
        let limit = number(record, at.power_limit_w);
        let entry = self.entry(record, layout)?;
        entry.case.windows.push(window);
        entry.case.power_limit_w = least(entry.case.power_limit_w, limit);
        let (suite, workload) = (text(record, at.suite), text(record, at.workload));
        if !suite.is_empty() && entry.suite != suite {
            entry.suite = suite.to_owned();
            entry.case.facts.suites.insert(suite.to_owned());
        }
        if !workload.is_empty() && entry.workload != workload {
            entry.workload = workload.to_owned();
            entry.case.facts.workloads.insert(workload.to_owned());
        }
        Ok(())
    }

    /// Finds the record's case, or makes it; the texts of its facts are compared by their hash, and parsed only when new.
    fn entry(&mut self, record: &Record<'_>, layout: &Layout) -> Result<&mut Entry, Error> {
        let mut hasher = DefaultHasher::new();
        let key = (
            layout.machine(record),
            text(record, layout.at.case_id),
            text(record, layout.at.variant),
        );
        key.hash(&mut hasher);
        let key_hash = hasher.finish();
        for position in layout.facts.iter().flatten() {
            record.get(*position).hash(&mut hasher);
        }
        let fingerprint = hasher.finish();
        let index = match self.index.get(&key_hash) {
            Some(index) => {
                if self.entries[*index].fingerprint != fingerprint {
                    let facts = parse_facts(record, layout)?;
                    if let Some(column) = difference(&facts, &self.entries[*index].case.facts) {
                        return Err(record.wrong(layout.position(column), SAME_FACT));
                    }
                }
                *index
            }
            None => {
                self.index.insert(key_hash, self.entries.len());
                self.entries.push(Entry {
                    key: (key.0.map(str::to_owned), key.1.to_owned(), key.2.to_owned()),
                    fingerprint,
                    offset: record.offset(),
                    case: Case {
                        facts: parse_facts(record, layout)?,
                        windows: Vec::new(),
                        power_limit_w: None,
                    },
                    suite: String::new(),
                    workload: String::new(),
                });
                self.entries.len() - 1
            }
        };
        Ok(&mut self.entries[index])
    }

    pub(super) fn merge_into(
        self,
        samples: &mut Samples,
        index: &mut HashMap<(usize, Key), usize>,
        layout: &Layout,
    ) -> Result<(), Error> {
        for mut entry in self.entries {
            let device = match &entry.key.0 {
                Some(machine) => Device {
                    name: machine.clone(),
                    machine: machine.clone(),
                },
                None => layout.device.clone(),
            };
            let known = samples.devices.iter().position(|other| *other == device);
            let device = known.unwrap_or_else(|| {
                samples.devices.push(device);
                samples.devices.len() - 1
            });
            entry.case.facts.device = device;
            match index.get(&(device, entry.key.clone())) {
                Some(existing) => {
                    let case = &mut samples.cases[*existing];
                    if let Some(column) = difference(&entry.case.facts, &case.facts) {
                        return Err(conflict(layout, &entry, column));
                    }
                    case.facts.suites.append(&mut entry.case.facts.suites);
                    case.facts.workloads.append(&mut entry.case.facts.workloads);
                    case.windows.append(&mut entry.case.windows);
                    case.power_limit_w = least(case.power_limit_w, entry.case.power_limit_w);
                }
                None => {
                    index.insert((device, entry.key), samples.cases.len());
                    samples.cases.push(entry.case);
                }
            }
        }
        let census = &mut samples.census;
        for (status, count) in self.census.by_status {
            *census.by_status.entry(status).or_default() += count;
        }
        for (quality, count) in self.census.by_quality {
            *census.by_quality.entry(quality).or_default() += count;
        }
        for (reason, count) in self.census.reasons {
            *census.reasons.entry(reason).or_default() += count;
        }
        census.throttled += self.census.throttled;
        for (why, count) in self.census.implausible {
            *census.implausible.entry(why).or_default() += count;
        }
        census.idle.extend(self.census.idle);
        Ok(())
    }
}

fn least(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.into_iter().chain(b).reduce(f64::min)
}

/// Longer than any window (four months).
const MOST_SECONDS: f64 = 1e7;
/// More than any window holds.
const MOST_ITERATIONS: f64 = 1e15;
/// Energy above idle as a share of all, at most; below zero it may be as far.
const MOST_ACTIVE: f64 = 10.0;

const SAME_FACT: &str = "what earlier rows of this case say; give cases that differ different ids";

/// Reads the entry's first line once more, to speak of it.
fn conflict(layout: &Layout, entry: &Entry, column: &'static str) -> Error {
    let find = || -> Result<(), Error> {
        let scanner = Scanner::open(&layout.path, !layout.machine_from_rows)?;
        scanner.scan(entry.offset..entry.offset + 1, |record| {
            Err(record.wrong(layout.position(column), SAME_FACT))
        })
    };
    find().err().unwrap_or(Error::MissingColumns {
        path: layout.path.clone(),
        missing: vec![column.into()],
    })
}
