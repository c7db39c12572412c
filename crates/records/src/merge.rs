//! The shards of one campaign as one run. In: their run folders. Out: a fresh run folder with all rows and ticks; mixed
//! shards, and shards that lack rows, are refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::Error;
use crate::manifest::{Manifest, RunState, Totals};
use crate::row::Row;
use crate::run::read_run;
use crate::run_folder::{TICKS_FILE, machine_slug};
use crate::shard::Shard;
use crate::status::Status;
use crate::ticks::{Mark, TickLine, read_ticks};
use crate::writer::RunWriter;

/// A run that shards were joined to.
#[derive(Debug)]
pub struct Merged {
    /// Its folder.
    pub dir: PathBuf,
    /// Its rows.
    pub rows: u64,
}

/// One shard, read.
struct Part {
    dir: PathBuf,
    shard: Shard,
    manifest: Manifest,
    rows: Vec<Row>,
    ticks: Vec<TickLine>,
}

/// Options that may differ between shards: where, which part, and what follows from the node's sensors or the budget.
const OWN: [&str; 7] = ["shard", "out", "output", "adapter", "window_s", "windows", "rounds"];

/// Joins shards to a fresh run folder below `out`. The shards stay as they are.
///
/// # Errors
/// Shards that do not belong together, are not complete or lack rows, or that cannot be read.
pub fn merge(shards: &[PathBuf], out: &Path) -> Result<Merged, Error> {
    let mut parts = shards
        .iter()
        .map(|dir| Part::read(dir))
        .collect::<Result<Vec<_>, _>>()?;
    parts.sort_by_key(|part| part.shard.index);
    belong_together(&parts)?;
    let first = &parts[0];
    let (place, _) = first
        .manifest
        .run_id
        .split_once('@')
        .unwrap_or((&first.manifest.run_id, ""));
    let (machine, name) = place.split_once('/').unwrap_or((place, ""));
    let (date, _) = name.rsplit_once('-').unwrap_or((name, ""));
    let mut writer = RunWriter::create(out, &machine_slug(machine), date, manifest(&parts))?;
    let mut offset_ns: u64 = 0;
    for part in &parts {
        append(&mut writer, part, offset_ns)?;
        // A second between the shards: no tick of one can be taken for one of the other.
        let last_ns = part
            .ticks
            .iter()
            .map(|line| line.time().nanos())
            .max()
            .unwrap_or_default();
        offset_ns = offset_ns.saturating_add(last_ns).saturating_add(1_000_000_000);
    }
    let totals = totals(&parts);
    writer.update(|manifest| {
        let Totals {
            rows, rows_ok, ticks, ..
        } = manifest.totals;
        manifest.totals = Totals {
            rows,
            rows_ok,
            ticks,
            ..totals
        };
        manifest.state = RunState::Complete;
    })?;
    Ok(Merged {
        dir: writer.dir().to_owned(),
        rows: writer.next_row(),
    })
}

/// Fails with the sentence unless it holds.
fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Error> {
    match holds {
        true => Ok(()),
        false => Err(Error::Merge(otherwise())),
    }
}

impl Part {
    fn read(dir: &Path) -> Result<Self, Error> {
        let run = read_run(dir)?;
        let place = dir.display();
        let text = run.manifest.options.get("shard").and_then(Value::as_str);
        let text = text.ok_or_else(|| Error::Merge(format!("{place} is no shard: it was measured without --shard")))?;
        let resume = format!("`joulemark run --resume {place}`");
        ensure(run.manifest.state == RunState::Complete, || {
            format!("{place} is not complete: finish it with {resume}")
        })?;
        let ticks = read_ticks(&dir.join(TICKS_FILE))?;
        let ok = run.rows.iter().filter(|row| row.status == Status::Ok).count() as u64;
        let miscount = run
            .manifest
            .miscount(run.rows.len() as u64, Some(ok), Some(ticks.len() as u64));
        if let Some(miscount) = miscount {
            return Err(Error::Counts {
                path: dir.to_owned(),
                what: format!(
                    "the manifest and the tables disagree: {miscount}; measure what is missing with {resume}"
                ),
            });
        }
        Ok(Self {
            dir: dir.to_owned(),
            shard: text
                .parse()
                .map_err(|why| Error::Merge(format!("{place}: the shard is `{text}`: {why}")))?,
            ticks,
            manifest: run.manifest,
            rows: run.rows,
        })
    }

    /// What has to be equal in all shards, by name.
    fn common(&self) -> BTreeMap<String, String> {
        let manifest = &self.manifest;
        let options = manifest
            .options
            .iter()
            .filter(|(name, _)| !OWN.contains(&name.as_str()));
        let mut common: BTreeMap<String, String> = options
            .map(|(name, value)| (format!("option {name}"), value.to_string()))
            .collect();
        // Without a budget windows and rounds are what was asked for.
        if !manifest.options.contains_key("budget") {
            for name in ["windows", "rounds"] {
                let value = manifest.options.get(name).unwrap_or(&Value::Null);
                common.insert(format!("option {name}"), value.to_string());
            }
        }
        let versions = &manifest.versions;
        let (adapter, revision) = (&manifest.adapter, versions.git_revision.as_deref().unwrap_or("unknown"));
        common.extend([
            ("suite".into(), manifest.suite.clone()),
            ("seed".into(), manifest.seed.to_string()),
            (
                "adapter".into(),
                format!("{} ({} {})", adapter.name, adapter.driver, adapter.driver_info),
            ),
            ("joulemark".into(), format!("{} {revision}", versions.joulemark)),
            ("number of shards".into(), self.shard.count.to_string()),
        ]);
        common
    }
}

fn belong_together(parts: &[Part]) -> Result<(), Error> {
    let (first, rest) = parts
        .split_first()
        .ok_or_else(|| Error::Merge("there is no shard".into()))?;
    let common = first.common();
    for part in rest {
        let other = part.common();
        for name in common.keys().chain(other.keys()) {
            let [a, b] = [&common, &other].map(|of| of.get(name).map_or("not set", String::as_str));
            ensure(a == b, || {
                let [first, other] = [first, part].map(|part| part.dir.display());
                format!("these are shards of different runs: {name} is {a} in {first} and {b} in {other}")
            })?;
        }
    }
    let mut indices: Vec<u32> = parts.iter().map(|part| part.shard.index).collect();
    indices.dedup();
    ensure(indices.len() == parts.len(), || "a shard is given twice".into())?;
    let missing: Vec<String> = (1..=first.shard.count)
        .filter(|index| !indices.contains(index))
        .map(|index| Shard { index, ..first.shard }.to_string())
        .collect();
    ensure(missing.is_empty(), || {
        format!("shards are missing: {}", missing.join(", "))
    })?;
    let all: usize = parts.iter().map(|part| part.manifest.cases.len()).sum();
    for part in parts {
        let expected = part.shard.pick((0..all).collect::<Vec<_>>()).len();
        // A budget may have left cases out, which the shard's own rows say.
        let found = part.manifest.cases.len();
        ensure(
            found == expected || part.manifest.options.contains_key("budget"),
            || {
                let (dir, shard) = (part.dir.display(), part.shard);
                format!(
                    "{dir} has {found} cases, shard {shard} of {all} has {expected}: the shards were cut from different lists"
                )
            },
        )?;
    }
    Ok(())
}

/// The first shard's manifest with the cases and shaders of all, and where they come from.
fn manifest(parts: &[Part]) -> Manifest {
    let mut merged = parts[0].manifest.clone();
    let longest = parts
        .iter()
        .map(|part| part.manifest.cases.len())
        .max()
        .unwrap_or_default();
    merged.cases = (0..longest)
        .flat_map(|place| {
            parts
                .iter()
                .filter_map(move |part| part.manifest.cases.get(place).cloned())
        })
        .collect();
    for part in &parts[1..] {
        merged.shaders.extend(part.manifest.shaders.clone());
        for source in &part.manifest.sources {
            if !merged.sources.iter().any(|known| known.name == source.name) {
                merged.sources.push(source.clone());
            }
        }
    }
    merged.options.remove("shard");
    let origin = |part: &Part| Value::from(format!("{} on {}", part.manifest.run_id, part.manifest.host.name));
    merged
        .options
        .insert("merged".into(), parts.iter().map(origin).collect());
    merged.totals = Totals::default();
    merged
}

fn append(writer: &mut RunWriter, part: &Part, offset_ns: u64) -> Result<(), Error> {
    let first = writer.next_row();
    let numbers: BTreeMap<u64, u64> = part
        .rows
        .iter()
        .zip(first..)
        .map(|(row, number)| (row.row, number))
        .collect();
    let moved = |line: &TickLine| {
        let line = match line {
            TickLine::Mark(mark) => TickLine::Mark(Mark {
                row: *numbers.get(&mark.row)?,
                ..*mark
            }),
            TickLine::Tick(_) => line.clone(),
        };
        Some(line.shifted(offset_ns))
    };
    let ticks: Vec<TickLine> = part.ticks.iter().filter_map(moved).collect();
    writer.append_ticks(&ticks)?;
    for row in &part.rows {
        writer.append(row.clone())?;
    }
    Ok(())
}

/// Sums; `None` where a shard does not know. What is neither seconds nor joules is the largest.
fn totals(parts: &[Part]) -> Totals {
    let sum = |of: fn(&Totals) -> Option<f64>| parts.iter().map(|part| of(&part.manifest.totals)).sum();
    let mut merged = Totals {
        wall_s: sum(|totals| totals.wall_s),
        device_energy_j: sum(|totals| totals.device_energy_j),
        host_energy_j: sum(|totals| totals.host_energy_j),
        ..Totals::default()
    };
    for (name, value) in parts.iter().flat_map(|part| &part.manifest.totals.parts) {
        let entry = merged.parts.entry(name.clone()).or_insert(0.0);
        *entry = match name.ends_with("_s") || name.ends_with("_j") {
            true => *entry + value,
            false => entry.max(*value),
        };
    }
    merged
}
