//! Reads tables into [`Samples`], each once, on all cores. In: inputs that records found. Out: cases with their windows,
//! or the file, line and column of what cannot be.

mod idle;
mod part;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use joulemark_base::plain_text::shown;
use joulemark_base::si::plural;
use joulemark_records::{Error, Input, Manifest, RunState, Scanner, TICKS_FILE, count_ticks, locate};

use crate::layout::Layout;
use crate::ledger::Ledger;
use crate::samples::{RunFacts, Samples};
use idle::{keep_kinds_apart, take_idle_off};
use part::Part;

/// Which energies count. Simulated energy alone needs no permission: everything made of it is marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Mix simulated energy with measured energy; without, it is left out where there is both.
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
pub fn load_inputs(mut inputs: Vec<Input>, options: LoadOptions) -> Result<Samples, Error> {
    // What is found must not depend on the order in which files were named.
    inputs.sort_by_cached_key(|input| {
        let run_id = input.manifest.as_ref().map(|manifest| manifest.run_id.clone());
        (run_id, input.samples.clone())
    });
    let mut samples = Samples::default();
    let mut index = HashMap::new();
    let mut identities = Vec::new();
    let mut scanners = Vec::new();
    let mut present = BTreeSet::new();
    for (run, input) in inputs.into_iter().enumerate() {
        let scanner = Scanner::open(&input.samples, input.manifest.is_some())?;
        present.extend(scanner.header().iter().cloned());
        let layout = Layout::new(&scanner, &input, run as u32);
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
        let (mut rows, mut flawed, mut ledger) = (0, 0, Ledger::default());
        for part in parts {
            let mut part = part?;
            flawed += part.flawed;
            ledger.absorb(std::mem::take(&mut part.ledger));
            rows += part.identities.len() as u64;
            identities.extend(
                part.identities
                    .iter()
                    .map(|(hash, offset)| (*hash, run as u32, *offset)),
            );
            part.merge_into(&mut samples, &mut index, &layout)?;
        }
        samples.runs.push(RunFacts {
            notes: notes(&scanner, input.manifest.as_ref(), rows, flawed),
            path: input.samples.display().to_string(),
            manifest: input.manifest,
            rows,
            ledger,
        });
        scanners.push(scanner);
    }
    identities.sort_unstable();
    if let Some(pair) = identities.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let [first, again] = [pair[0], pair[1]].map(|(_, run, offset)| (&scanners[run as usize], offset));
        return Err(again.0.duplicate(again.1, first.0, first.1));
    }
    tell_variants_apart(&mut samples);
    take_idle_off(&mut samples);
    keep_kinds_apart(&mut samples, options);
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

/// What is to be known of a table before its numbers are believed.
fn notes(scanner: &Scanner, manifest: Option<&Manifest>, rows: u64, flawed: u64) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(manifest) = manifest {
        match &manifest.state {
            RunState::Complete => {}
            RunState::Running => notes.push("the run has not come to its end: resume it".into()),
            RunState::Interrupted { reason } => notes.push(format!("the run was interrupted ({reason}): resume it")),
            RunState::Failed { reason } => notes.push(format!("the run failed: {reason}")),
        }
        let ticks = count_ticks(&scanner.path().with_file_name(TICKS_FILE));
        if let Some(miscount) = manifest.miscount(rows, None, Some(ticks.unwrap_or(0))) {
            notes.push(format!(
                "lines are missing or too many: the manifest says otherwise, {miscount}"
            ));
        }
    }
    if flawed > 0 {
        notes.push(format!(
            "{} of no account left out: a number there cannot be",
            plural(flawed, "row")
        ));
    }
    let unknown: Vec<_> = scanner.unknown_columns().map(shown).collect();
    if !unknown.is_empty() {
        notes.push(format!("columns that are not read: {}", unknown.join(", ")));
    }
    notes
}
