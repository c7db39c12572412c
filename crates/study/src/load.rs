//! Reads tables into [`Samples`], each once, on all cores. In: inputs that records found. Out: cases with their windows,
//! or the file, line and column of what cannot be.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use joulemark_base::quality::Quality;
use joulemark_records::{Error, Input, Record, Scanner, Status, locate};

use crate::layout::{Layout, difference, parse_facts};
use crate::samples::{Case, Census, Device, RunFacts, Samples, Window};

/// Which energies count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Let simulated energy in; every output is then marked.
    pub include_simulated: bool,
}

/// Reads what lies at the paths: run folders, machines' folders, or any CSV with the minimal columns.
///
/// # Errors
/// The first thing that cannot be read or cannot be, with file, line and column.
pub fn load(paths: &[PathBuf], options: LoadOptions) -> Result<Samples, Error> {
    let mut inputs = Vec::new();
    for path in paths {
        inputs.extend(locate(path)?);
    }
    load_inputs(inputs, options)
}

/// Reads tables that were found before.
///
/// # Errors
/// As [`load`].
pub fn load_inputs(inputs: Vec<Input>, options: LoadOptions) -> Result<Samples, Error> {
    let mut samples = Samples {
        includes_simulated: options.include_simulated,
        ..Samples::default()
    };
    let mut index = HashMap::new();
    let mut identities = Vec::new();
    let mut scanners = Vec::new();
    let mut present = BTreeSet::new();
    for (run, input) in inputs.into_iter().enumerate() {
        let scanner = Scanner::open(&input.samples, input.manifest.is_some())?;
        present.extend(scanner.header().iter().cloned());
        let layout = Layout::new(&scanner, &input, options, run as u32);
        let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        let parts: Vec<Result<Part, Error>> = std::thread::scope(|scope| {
            let work = |range| {
                let (scanner, layout) = (&scanner, &layout);
                scope.spawn(move || {
                    let mut part = Part::default();
                    scanner.scan(range, |record| part.take(record, layout)).map(|()| part)
                })
            };
            let threads: Vec<_> = scanner.parts(threads).into_iter().map(work).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        let mut rows = 0;
        for part in parts {
            let part = part?;
            rows += part.identities.len() as u64;
            identities.extend(
                part.identities
                    .iter()
                    .map(|(hash, offset)| (*hash, run as u32, *offset)),
            );
            part.merge_into(&mut samples, &mut index, &layout)?;
        }
        samples.runs.push(RunFacts {
            path: input.samples.display().to_string(),
            manifest: input.manifest,
            rows,
        });
        scanners.push(scanner);
    }
    identities.sort_unstable();
    if let Some(pair) = identities.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let [first, again] = [pair[0], pair[1]].map(|(_, run, offset)| (&scanners[run as usize], offset));
        return Err(again.0.duplicate(again.1, first.0, first.1));
    }
    tell_variants_apart(&mut samples);
    samples.missing_columns = joulemark_records::COLUMNS
        .into_iter()
        .map(|column| column.name.to_owned())
        .filter(|name| !present.contains(name))
        .collect();
    Ok(samples)
}

/// Notes which cases share their id with another variant on the same device.
fn tell_variants_apart(samples: &mut Samples) {
    let mut variants: HashMap<(usize, String), usize> = HashMap::new();
    for case in &samples.cases {
        *variants
            .entry((case.facts.device, case.facts.case_id.clone()))
            .or_default() += 1;
    }
    for case in &mut samples.cases {
        let facts = &mut case.facts;
        facts.has_other_variants = variants[&(facts.device, facts.case_id.clone())] > 1;
    }
}

/// What tells a case apart: its machine (where rows name it), id and variant.
type Key = (Option<String>, String, String);

/// What one thread read.
#[derive(Default)]
struct Part {
    index: HashMap<u64, usize>,
    entries: Vec<Entry>,
    identities: Vec<(u64, u64)>,
    census: Census,
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
    fn take(&mut self, record: &Record<'_>, layout: &Layout) -> Result<(), Error> {
        self.identities.push((record.identity(), record.offset()));
        let status = Status::from_word(layout.text(record, "status")).unwrap_or(Status::Ok);
        *self.census.by_status.entry(status).or_default() += 1;
        let reason = layout.text(record, "reason");
        if !reason.is_empty() {
            match self.census.reasons.get_mut(reason) {
                Some(count) => *count += 1,
                None => drop(self.census.reasons.insert(reason.to_owned(), 1)),
            }
        }
        self.census.throttled += u64::from(layout.text(record, "throttled") == "true");
        let quality = Quality::from_word(layout.text(record, "device_quality"));
        let counts = match quality {
            Some(Quality::Simulated) => layout.include_simulated,
            Some(quality) => quality.is_measured(),
            None => !layout.columns.contains_key("device_quality"),
        };
        let energy = layout.number(record, "device_energy_j").filter(|_| counts);
        match status {
            Status::Idle => {
                if let Some((energy, duration)) = energy.zip(layout.number(record, "wall_s")) {
                    self.census.idle_w.push(energy / duration);
                }
                Ok(())
            }
            // Without an expectation a kernel of the user's own is timed all the same; the census tells how many.
            Status::Ok | Status::Unverified => {
                *self.census.by_quality.entry(quality).or_default() += 1;
                self.take_window(record, layout, energy)
            }
            _ => Ok(()),
        }
    }

    fn take_window(&mut self, record: &Record<'_>, layout: &Layout, energy: Option<f64>) -> Result<(), Error> {
        let iterations = layout.needed(record, "iterations")?;
        let wall_s = layout.needed(record, "wall_s")?;
        let active = layout
            .number(record, "device_active_j")
            .or_else(|| Some(energy? - layout.number(record, "device_idle_w")? * wall_s))
            .filter(|_| energy.is_some());
        let per_iteration = |value: f64| value / iterations;
        let window = Window {
            run: layout.run,
            round: layout.text(record, "round").parse().unwrap_or(0),
            time_s: per_iteration(wall_s),
            gpu_s: layout.number(record, "gpu_s").map(per_iteration),
            gross_j: energy.map(per_iteration),
            active_j: active.map(per_iteration),
            u_j: layout.number(record, "device_energy_u_j").map(per_iteration),
            utilisation: layout.number(record, "utilisation").map(|value| value as f32),
            temperature_c: layout.number(record, "temperature_c").map(|value| value as f32),
        };
        let entry = self.entry(record, layout)?;
        entry.case.windows.push(window);
        let (suite, workload) = (layout.text(record, "suite"), layout.text(record, "workload"));
        if entry.suite != suite {
            entry.suite = suite.to_owned();
            entry.case.facts.suites.insert(suite.to_owned());
        }
        if entry.workload != workload {
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
            layout.text(record, "case_id"),
            layout.text(record, "variant"),
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
                    let facts = parse_facts(record, layout);
                    if let Some(column) = difference(&facts, &self.entries[*index].case.facts) {
                        let position = layout.columns.get(column).copied().unwrap_or(0);
                        return Err(record.wrong(position, SAME_FACT));
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
                        facts: parse_facts(record, layout),
                        windows: Vec::new(),
                    },
                    suite: String::new(),
                    workload: String::new(),
                });
                self.entries.len() - 1
            }
        };
        Ok(&mut self.entries[index])
    }

    fn merge_into(
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
        census.idle_w.extend(self.census.idle_w);
        Ok(())
    }
}

const SAME_FACT: &str = "what earlier rows of this case say; give cases that differ different ids";

/// Reads the entry's first line once more, to speak of it.
fn conflict(layout: &Layout, entry: &Entry, column: &'static str) -> Error {
    let find = || -> Result<(), Error> {
        let scanner = Scanner::open(&layout.path, !layout.machine_from_rows)?;
        let position = layout.columns.get(column).copied().unwrap_or(0);
        scanner.scan(entry.offset..entry.offset + 1, |record| {
            Err(record.wrong(position, SAME_FACT))
        })
    };
    find().err().unwrap_or(Error::MissingColumns {
        path: layout.path.clone(),
        missing: vec![column.into()],
    })
}
