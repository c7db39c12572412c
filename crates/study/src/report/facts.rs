//! Facts in words for the report: threats to validity with the numbers that bear on them, the machines, the study's own
//! cost. In: findings. Out: pairs of name and text.

use joulemark_records::{Manifest, RunState};

use crate::findings::Findings;
use crate::outcome::Outcome;
use joulemark_base::si::{percent, si, significant};
use joulemark_base::statistics::median;

/// A name and what is to be said about it.
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) text: String,
}

fn fact(name: &str, text: impl Into<String>) -> Fact {
    Fact {
        name: name.into(),
        text: text.into(),
    }
}

pub(super) fn threats(findings: &Findings) -> Vec<Fact> {
    let energy = match &findings.energy {
        Outcome::Available(statement) => {
            format!("{statement}. Sensors of one device are good for ratios to about 2%, for absolute joules less so.")
        }
        Outcome::Unavailable { unavailable } => {
            format!("{unavailable}. Time stands in the place of energy on this page.")
        }
    };
    let mut facts = vec![fact("Where the joules come from", energy)];
    let half_widths: Vec<f64> = findings
        .cases
        .iter()
        .filter_map(|case| {
            let value = case.gross_j.unwrap_or(case.time_s);
            value.ci95.map(|[low, high]| (high - low) / 2.0 / value.value)
        })
        .collect();
    if let Some(middle) = median(&half_widths) {
        let words = format!(
            "the 95% interval of the median case reaches ±{} around its mean",
            percent(middle)
        );
        facts.push(fact("Noise", words));
    }
    if let Some(scope) = findings.scopes.first() {
        for estimands in [scope.active.value(), scope.gross.value(), scope.time.value()]
            .into_iter()
            .flatten()
            .take(1)
        {
            for out in &estimands.excluded {
                facts.push(fact("Left out", format!("{} cases: {}", out.cases, out.reason)));
            }
            if let Outcome::Available(decades) = estimands.range_decades {
                let words = "decades of operations; correlations grow with the range, so they are not the headline";
                facts.push(fact("Range of sizes", format!("{} {words}", significant(decades))));
            }
            let controls = &estimands.controls;
            facts.push(match &controls.drift {
                Outcome::Available(drift) => {
                    let words = format!(
                        "{} rounds differ from their mean by at most {}",
                        drift.rounds.len(),
                        percent(drift.largest)
                    );
                    fact("Drift", words)
                }
                Outcome::Unavailable { unavailable } => fact("Drift", format!("unknown: {unavailable}")),
            });
            facts.push(match &controls.sweep {
                Outcome::Available(sweep) => fact(
                    "Size sweep",
                    format!(
                        "{} over {} sizes ({}): slope {:.3}, R² {:.4}, largest residual {}",
                        sweep.kernel,
                        sweep.cases,
                        sweep.from,
                        sweep.slope,
                        sweep.r2_loglog,
                        percent(sweep.largest_residual)
                    ),
                ),
                Outcome::Unavailable { unavailable } => fact("Size sweep", format!("none: {unavailable}")),
            });
            facts.push(match &controls.zero_flop {
                Outcome::Available(copy) => {
                    let unit = if estimands.response == crate::findings::Response::Time {
                        "s"
                    } else {
                        "J"
                    };
                    fact(
                        "Zero FLOPs",
                        format!("{} takes {} per iteration", copy.case_id, si(copy.response.value, unit)),
                    )
                }
                Outcome::Unavailable { unavailable } => fact("Zero FLOPs", unavailable.clone()),
            });
            facts.push(match &controls.a_a {
                Outcome::Available(pair) => fact(
                    "One case under two names",
                    format!(
                        "ratio {}",
                        joulemark_base::si::with_interval(&pair.ratio, |value| format!("{value:.3}"))
                    ),
                ),
                Outcome::Unavailable { unavailable } => fact("One case under two names", unavailable.clone()),
            });
            if let Outcome::Available(roofline) = &estimands.energy_roofline {
                let condition = roofline
                    .condition_number
                    .map_or_else(|| "unbounded".into(), significant);
                let words = "condition number of its fit; far above 10, energy per operation and per byte trade off";
                facts.push(fact("Energy roofline", format!("{condition} is the {words}")));
            }
        }
    }
    facts.push(fact(
        "Throttling",
        format!("{} windows were marked as throttled", findings.throttled),
    ));
    for missing in &findings.missing {
        facts.push(fact(
            &format!("No column {}", missing.column),
            format!("off is {}", missing.switches_off),
        ));
    }
    facts
}

pub(super) fn machines(findings: &Findings) -> Vec<Vec<Fact>> {
    findings
        .inputs
        .iter()
        .map(|input| {
            let mut facts = match &input.manifest {
                Some(manifest) => machine(manifest, input.rows),
                None => vec![fact(
                    "Table",
                    format!("{}, {} rows, without a manifest", input.path, input.rows),
                )],
            };
            facts.extend(input.notes.iter().map(|note| fact("To be known", note.clone())));
            facts
        })
        .collect()
}

fn machine(manifest: &Manifest, rows: u64) -> Vec<Fact> {
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
                "{}, {}, suite {}, {rows} rows, {state}",
                manifest.run_id, manifest.created, manifest.suite
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
                "joulemark {}, {}, wgpu {}",
                versions.joulemark, versions.rustc, versions.wgpu
            ),
        ),
        fact("Seed", manifest.seed.to_string()),
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
    facts
}

/// What the measuring itself took, as the manifests say.
pub(super) fn cost(findings: &Findings) -> Vec<Fact> {
    let totals = || {
        findings
            .inputs
            .iter()
            .filter_map(|input| Some(&input.manifest.as_ref()?.totals))
    };
    let sum = |values: Vec<f64>, unit: &str| {
        if values.is_empty() {
            "not recorded".to_owned()
        } else {
            si(values.iter().sum(), unit)
        }
    };
    vec![
        fact("Windows", findings.windows.to_string()),
        fact(
            "Time, warm-up and verification included",
            sum(totals().filter_map(|total| total.wall_s).collect(), "s"),
        ),
        fact(
            "Energy of the device",
            sum(totals().filter_map(|total| total.device_energy_j).collect(), "J"),
        ),
        fact(
            "Energy of the rest that is seen",
            sum(totals().filter_map(|total| total.host_energy_j).collect(), "J"),
        ),
    ]
}
