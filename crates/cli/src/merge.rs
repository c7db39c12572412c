//! `joulemark merge`: the shards of one campaign as one run. In: their run folders. Out: a fresh run folder with all rows
//! and ticks; mixed shards are refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use clap::Args;
use joulemark_harness::Shard;
use joulemark_records::{Manifest, Row, RunState, RunWriter, TICKS_FILE, Tick, Totals, read_run, read_ticks};
use serde_json::Value;

use crate::output::print;

/// Join the shards of one campaign to one run
#[derive(Args)]
#[command(after_help = "\
Examples:
  joulemark run --suite standard --shard 1/2 --out a      and 2/2 elsewhere
  joulemark merge a/my-gpu/2026-01-31-1 b/my-gpu/2026-01-31-1 -o results

All shards have to be there, complete, of the same suite, seed, options, adapter, driver and version of
joulemark. The shards stay as they are.")]
pub(crate) struct Merge {
    /// The shards' run folders
    #[arg(required = true, value_name = "DIR")]
    shards: Vec<PathBuf>,
    /// Folder that gets a fresh run folder
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

/// One shard, read.
struct Part {
    dir: PathBuf,
    shard: Shard,
    manifest: Manifest,
    rows: Vec<Row>,
    ticks: Vec<Tick>,
}

/// Options that may differ between shards: where, which part, and what follows from the node's sensors or the budget.
const OWN: [&str; 7] = ["shard", "out", "output", "adapter", "window_s", "windows", "rounds"];

impl Merge {
    /// Joins the shards.
    ///
    /// # Errors
    /// Shards that do not belong together, or that cannot be read.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let mut parts = self
            .shards
            .iter()
            .map(|dir| Part::read(dir))
            .collect::<Result<Vec<_>, _>>()?;
        parts.sort_by_key(|part| part.shard.index);
        belong_together(&parts)?;
        let first = &parts[0];
        let (machine, name) = first
            .manifest
            .run_id
            .split_once('/')
            .ok_or_else(|| anyhow!("{}: the run_id is {}", first.dir.display(), first.manifest.run_id))?;
        let (date, _) = name.rsplit_once('-').unwrap_or((name, ""));
        let mut writer = RunWriter::create(&self.out, machine, date, manifest(&parts))?;
        let mut offset_ns = 0;
        for part in &parts {
            append(&mut writer, part, offset_ns)?;
            // A second between the shards: no tick of one can be taken for one of the other.
            let last_ns = part.ticks.iter().map(|tick| tick.time_ns).max().unwrap_or_default();
            offset_ns += last_ns + 1_000_000_000;
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
        print(&format!(
            "{}: {} shards, {} rows\n",
            writer.dir().display(),
            parts.len(),
            writer.next_row()
        ))
    }
}

impl Part {
    fn read(dir: &Path) -> anyhow::Result<Self> {
        let run = read_run(dir)?;
        let text = run.manifest.options.get("shard").and_then(Value::as_str);
        let text = text.with_context(|| format!("{} is no shard: it was measured without --shard", dir.display()))?;
        ensure!(
            run.manifest.state == RunState::Complete,
            "{} is not complete: finish it with `joulemark run --resume {}`",
            dir.display(),
            dir.display()
        );
        Ok(Self {
            dir: dir.to_owned(),
            shard: text
                .parse()
                .map_err(|why| anyhow!("{}: the shard is `{text}`: {why}", dir.display()))?,
            ticks: read_ticks(&dir.join(TICKS_FILE))?,
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

fn belong_together(parts: &[Part]) -> anyhow::Result<()> {
    let (first, rest) = parts.split_first().context("there is no shard")?;
    let common = first.common();
    for part in rest {
        let other = part.common();
        for name in common.keys().chain(other.keys()) {
            let [a, b] = [&common, &other].map(|of| of.get(name).map_or("not set", String::as_str));
            ensure!(
                a == b,
                "these are shards of different runs: {name} is {a} in {} and {b} in {}",
                first.dir.display(),
                part.dir.display()
            );
        }
    }
    let mut indices: Vec<u32> = parts.iter().map(|part| part.shard.index).collect();
    indices.dedup();
    ensure!(indices.len() == parts.len(), "a shard is given twice");
    let missing: Vec<String> = (1..=first.shard.count)
        .filter(|index| !indices.contains(index))
        .map(|index| Shard { index, ..first.shard }.to_string())
        .collect();
    ensure!(missing.is_empty(), "shards are missing: {}", missing.join(", "));
    let all: usize = parts.iter().map(|part| part.manifest.cases.len()).sum();
    for part in parts {
        let expected = part.shard.pick((0..all).collect::<Vec<_>>()).len();
        // A budget may have left cases out, which the shard's own rows say.
        ensure!(
            part.manifest.cases.len() == expected || part.manifest.options.contains_key("budget"),
            "{} has {} cases, shard {} of {all} has {expected}: the shards were cut from different lists",
            part.dir.display(),
            part.manifest.cases.len(),
            part.shard
        );
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

fn append(writer: &mut RunWriter, part: &Part, offset_ns: u64) -> anyhow::Result<()> {
    let first = writer.next_row();
    let numbers: BTreeMap<u64, u64> = part
        .rows
        .iter()
        .zip(first..)
        .map(|(row, number)| (row.row, number))
        .collect();
    let moved = |tick: &Tick| {
        let raw = match (tick.source.as_str(), tick.raw) {
            ("window", Some(row)) => Some(*numbers.get(&row)?),
            (_, raw) => raw,
        };
        Some(Tick {
            after_ns: tick.after_ns + offset_ns,
            time_ns: tick.time_ns + offset_ns,
            raw,
            ..tick.clone()
        })
    };
    let ticks: Vec<Tick> = part.ticks.iter().filter_map(moved).collect();
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
