//! Facts in words: what was read, threats to validity with the numbers that bear on them, the machines and what the study cost. In:
//! findings. Out: sections.

use std::collections::BTreeMap;

use joulemark_base::si::{percent, plural, si, significant, with_interval};
use joulemark_base::statistics::median;
use joulemark_records::{Manifest, RunState};

use crate::document::Section;
use crate::document::words::Words;
use crate::findings::{Controls, Estimands, Findings};
use crate::outcome::Outcome;

type Facts = Vec<[Words; 2]>;

fn fact(name: &str, text: impl AsRef<str>) -> [Words; 2] {
    [name.into(), text.into()]
}

/// Reasons of rows that are told; of many alike one is.
const MOST_REASONS: usize = 5;

/// What was read, and what was left out of it.
pub(super) fn read(findings: &Findings) -> Option<Section> {
    let mut section = Section::new("read", "What was read");
    let mut lines = Vec::new();
    for input in &findings.inputs {
        lines.push(format!("{} of {}", plural(input.rows, "row"), input.path));
        lines.extend(input.notes.iter().map(|note| format!("  {note}")));
    }
    let statuses = findings
        .rows_by_status
        .iter()
        .map(|(status, count)| format!("{count} {status}"));
    lines.push(format!("rows: {}", statuses.collect::<Vec<_>>().join(", ")));
    lines.push(match &findings.energy {
        Outcome::Available(statement) => format!("energy: {statement}"),
        Outcome::Unavailable { unavailable } => format!(
            "no energy: {}. Time stands in its place below.",
            unavailable.trim_end_matches('.')
        ),
    });
    let implausible = findings.implausible.iter();
    lines.extend(implausible.map(|(why, count)| format!("the energy of {} is left out: {why}", plural(count, "row"))));
    let reasons = alike(&findings.reasons);
    let told = reasons.iter().take(MOST_REASONS);
    lines.extend(told.map(|(reason, count)| format!("said of {}: {reason}", plural(count, "row"))));
    if reasons.len() > MOST_REASONS {
        lines.push(format!("… and other reasons: {}", reasons.len() - MOST_REASONS));
    }
    if findings.simulated_left_out > 0 {
        lines.push(format!(
            "the simulated energy of {} is left out, as measured lies beside it (--include-simulated mixes them)",
            plural(findings.simulated_left_out, "row")
        ));
    }
    section.list(lines);
    Some(section)
}

/// Reasons that differ in their numbers only are one, told by its first; the most frequent come first.
fn alike(reasons: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    let mut kinds: BTreeMap<String, (&str, u64)> = BTreeMap::new();
    for (reason, count) in reasons {
        let kind = reason.replace(|c: char| c.is_ascii_digit() || c == '.', "");
        kinds.entry(kind).or_insert((reason, 0)).1 += count;
    }
    let mut kinds: Vec<_> = kinds.into_values().collect();
    kinds.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    kinds
}

pub(super) fn threats(findings: &Findings) -> Option<Section> {
    let mut section = Section::new("threats", "Threats to validity");
    let mut facts = vec![fact(
        "Where the joules come from",
        match &findings.energy {
            Outcome::Available(statement) => {
                format!(
                    "{statement}. Sensors of one device are good for ratios to about 2%, for absolute joules less so."
                )
            }
            Outcome::Unavailable { unavailable } => {
                format!("{unavailable}. Time stands in the place of energy here.")
            }
        },
    )];
    let half_widths = findings.cases.iter().filter_map(|case| {
        let value = case.gross_j.unwrap_or(case.time_s);
        value.ci95.map(|[low, high]| (high - low) / 2.0 / value.value)
    });
    if let Some(middle) = median(&half_widths.collect::<Vec<_>>()) {
        let words = "around its mean reaches the 95% interval of the median case";
        facts.push(fact("Noise", format!("±{} {words}", percent(middle))));
    }
    for scope in findings
        .scopes
        .iter()
        .filter(|scope| scope.device.is_some() && scope.precision.is_none())
    {
        let device = scope.device.as_deref().unwrap_or_default();
        section.pairs(std::mem::take(&mut facts));
        if findings.devices.len() > 1 {
            section.heading(device);
        }
        let Some(estimands) = scope.best() else { continue };
        facts.extend(size_and_fit(estimands));
        facts.extend(controls(&estimands.controls, estimands.response.unit()));
    }
    let throttled = format!("{} marked as throttled", plural(findings.throttled, "window"));
    facts.push(fact("Throttling", throttled));
    for missing in &findings.missing {
        facts.push(fact(
            &format!("No column {}", missing.column),
            format!("off is {}", missing.switches_off),
        ));
    }
    section.pairs(facts);
    Some(section)
}

fn size_and_fit(estimands: &Estimands) -> Facts {
    let mut facts = Vec::new();
    if let Outcome::Available(decades) = estimands.range_decades {
        let words = "decades of operations; correlations grow with the range, so they are not the headline";
        facts.push(fact("Range of sizes", format!("{} {words}", significant(decades))));
    }
    if let Outcome::Available(roofline) = &estimands.energy_roofline {
        let condition = roofline
            .condition_number
            .map_or_else(|| "unbounded".into(), significant);
        let words = "is the condition number of its fit; far above 10, energy per operation and per byte trade off";
        facts.push(fact("Energy roofline", format!("{condition} {words}")));
    }
    facts
}

fn controls(controls: &Controls, unit: &str) -> Facts {
    let drift = controls.drift.map(|drift| {
        format!(
            "{} rounds differ from their mean by at most {}",
            drift.rounds.len(),
            percent(drift.largest)
        )
    });
    let sweep = controls.sweep.map(|sweep| {
        format!(
            "{} over {} sizes ({}): slope {:.3}, R² {:.4}, largest residual {}",
            sweep.kernel,
            sweep.cases,
            sweep.from,
            sweep.slope,
            sweep.r2_loglog,
            percent(sweep.largest_residual)
        )
    });
    let copy = controls
        .zero_flop
        .map(|copy| format!("{} takes {} per iteration", copy.case_id, si(copy.response.value, unit)));
    let pair = controls
        .a_a
        .map(|pair| format!("ratio {}", with_interval(&pair.ratio, |value| format!("{value:.3}"))));
    [
        ("Drift", drift),
        ("Size sweep", sweep),
        ("Zero FLOPs", copy),
        ("One case under two names", pair),
    ]
    .map(|(name, found)| {
        fact(
            name,
            found.value().map_or_else(
                || format!("unknown: {}", found.reason().unwrap_or_default()),
                Clone::clone,
            ),
        )
    })
    .to_vec()
}

/// The machines, and what measuring on them took, as their manifests say.
pub(super) fn machines(findings: &Findings) -> Option<Section> {
    let mut section = Section::new("machine", "The machine, and what the study cost");
    for input in &findings.inputs {
        let mut facts = match &input.manifest {
            Some(manifest) => machine(manifest, input.rows),
            None => vec![fact(
                "Table",
                format!("{}, {}, without a manifest", input.path, plural(input.rows, "row")),
            )],
        };
        facts.extend(input.notes.iter().map(|note| fact("To be known", note)));
        section.heading(input.run_id.as_deref().unwrap_or(&input.path));
        section.pairs(facts);
    }
    Some(section)
}

fn machine(manifest: &Manifest, rows: u64) -> Facts {
    let (host, adapter, versions) = (&manifest.host, &manifest.adapter, &manifest.versions);
    let memory = host
        .memory_bytes
        .map_or_else(|| "unknown memory".into(), |bytes| si(bytes as f64, "B"));
    let state = match &manifest.state {
        RunState::Running => "not finished".to_owned(),
        RunState::Complete => "complete".to_owned(),
        RunState::Interrupted { reason } => format!("interrupted: {reason}"),
        RunState::Failed { reason } => format!("failed: {reason}"),
    };
    let mut facts = vec![
        fact(
            "Run",
            format!(
                "{}, suite {}, {}, {state}",
                manifest.created,
                manifest.suite,
                plural(rows, "row")
            ),
        ),
        fact(
            "Adapter",
            format!(
                "{} ({}, {} {})",
                adapter.name, adapter.backend, adapter.driver, adapter.driver_info
            ),
        ),
        fact(
            "Host",
            format!("{}, {}, {} cores, {memory}", host.os, host.cpu, host.cores),
        ),
        fact(
            "Versions",
            format!(
                "joulemark {}, {}, wgpu {}; seed {}",
                versions.joulemark, versions.rustc, versions.wgpu, manifest.seed
            ),
        ),
    ];
    for source in &manifest.sources {
        let period = source
            .period_s
            .map_or_else(|| "unknown period".into(), |period| si(period, "s"));
        facts.push(fact(
            &format!("Source {}", source.name),
            format!("{}, {}, every {period}", source.domain, source.quality),
        ));
    }
    for source in &manifest.unavailable_sources {
        let fix = source
            .fix
            .as_ref()
            .map_or_else(String::new, |fix| format!(" Fix: {fix}"));
        facts.push(fact(
            &format!("No source {}", source.name),
            format!("{}.{fix}", source.reason),
        ));
    }
    let total = &manifest.totals;
    let amount = |value: Option<f64>, unit| value.map_or_else(|| "not recorded".into(), |value| si(value, unit));
    facts.push(fact(
        "Cost, warm-up and verification included",
        format!(
            "time {}, energy of the device {}, of the rest that is seen {}",
            amount(total.wall_s, "s"),
            amount(total.device_energy_j, "J"),
            amount(total.host_energy_j, "J")
        ),
    ));
    facts
}
