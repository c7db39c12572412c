//! The findings: every estimand of the study, each a value with its interval or the reason why there is none. In:
//! samples. Out: a document that serialises to `findings.json`.

mod action;
mod association;
mod condition;
mod controls;
mod draws;
mod estimands;
mod evidence;
mod extent;
mod families;
mod first_rule;
mod hypotheses;
mod inversions;
mod iso_flop;
mod material;
mod models;
mod prediction;
mod roofline;
mod rule;
mod saturation;
mod scope;
mod shares;
mod verdict;
mod view;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use action::Action;
pub use association::{Association, Partial};
pub use condition::{Condition, Judgement};
pub use controls::{AaPair, Controls, Drift, Sweep, ZeroFlop};
pub use draws::Bounded;
pub use estimands::Estimands;
pub use evidence::Evidence;
pub use families::{FamilyFit, WithinFamily};
pub use hypotheses::{Found, Hypothesis, Judged};
pub use inversions::{Inversion, Inversions};
pub use iso_flop::{IsoFlop, IsoFlopCell};
pub use models::{ModelScore, Models, Predictor};
pub use prediction::{ProxyKind, ProxyScore};
pub use roofline::{Calibrated, EnergyRoofline};
pub use rule::Verdict;
pub use scope::Scope;
pub use shares::{LayerShare, NetworkShares};
pub use verdict::{FirstVerdicts, Sensitivity, Verdicts};
pub use view::{Excluded, Response};

use crate::cases::{CaseSummary, summarise};
use crate::literature::claim::Claim;
use crate::literature::{self, Assumptions};
use crate::options::StudyOptions;
use crate::outcome::Outcome;
use crate::peaks::{self, Peaks};
use crate::samples::{Device, Samples};

/// Version of the findings' layout.
pub const FINDINGS_VERSION: u32 = 2;

/// A table that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputFacts {
    /// Where it lies.
    pub path: String,
    /// `<machine>/<date>-<n>`; `None` for a table from elsewhere.
    pub run_id: Option<String>,
    /// Rows in it.
    pub rows: u64,
    /// What is to be known of it: a run that did not come to its end, rows that are missing, columns that are not read.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Its manifest without the shader hashes; `None` for a table from elsewhere.
    pub manifest: Option<joulemark_records::Manifest>,
}

/// A column that is missing, and what is switched off for want of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingColumn {
    /// The column.
    pub column: String,
    /// What needs it.
    pub switches_off: String,
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// Version of this layout, [`FINDINGS_VERSION`].
    pub findings_version: u32,
    /// How the study was done.
    pub options: StudyOptions,
    /// What was read.
    pub inputs: Vec<InputFacts>,
    /// The devices.
    pub devices: Vec<Device>,
    /// Whether simulated energy was let in: then nothing here is about a real device.
    pub simulated: bool,
    /// Windows behind the findings.
    pub windows: usize,
    /// Rows by status.
    pub rows_by_status: BTreeMap<String, u64>,
    /// Rows of status `ok` by the quality of their energy; `unstated` where there is no word.
    pub rows_by_quality: BTreeMap<String, u64>,
    /// Reasons in the rows, with how often they occur.
    pub reasons: BTreeMap<String, u64>,
    /// Rows whose device throttled.
    pub throttled: u64,
    /// Why rows have energy that no device takes (over 10 kW, 0 J …), and how many do: it was left out.
    pub implausible: BTreeMap<String, u64>,
    /// Rows of simulated energy that were left out, as measured energy lies beside them.
    pub simulated_left_out: u64,
    /// Whether there is measured energy; otherwise why not.
    pub energy: Outcome<String>,
    /// Columns that are missing.
    pub missing: Vec<MissingColumn>,
    /// One entry per device and precision, per device over all precisions, and over all devices if there are several.
    pub scopes: Vec<Scope>,
    /// What each experiment was expected to show, and what it did.
    pub hypotheses: Vec<Hypothesis>,
    /// Shares by layer type in each network.
    pub networks: Outcome<Vec<NetworkShares>>,
    /// What the papers of this field claim, beside what the rows say.
    pub literature: Vec<Claim>,
    /// The measured ceilings of each device that has some, and its kernels' shares of them.
    pub peaks: Vec<Peaks>,
    /// One entry per case.
    pub cases: Vec<CaseSummary>,
}

/// Computes everything.
#[must_use]
pub fn study(samples: &Samples, options: StudyOptions) -> Findings {
    let energy = energy_statement(samples);
    let material = material::Material::new(samples);
    let cases = summarise(samples, &material.measured);
    Findings {
        findings_version: FINDINGS_VERSION,
        options,
        inputs: samples.runs.iter().map(input_facts).collect(),
        devices: samples.devices.clone(),
        simulated: samples.includes_simulated,
        windows: samples.window_count(),
        rows_by_status: samples
            .census
            .by_status
            .iter()
            .map(|(s, count)| (s.to_string(), *count))
            .collect(),
        rows_by_quality: samples
            .census
            .by_quality
            .iter()
            .map(|(quality, count)| {
                (
                    quality.map_or("unstated", |quality| quality.as_str()).to_owned(),
                    *count,
                )
            })
            .collect(),
        reasons: samples.census.reasons.clone(),
        throttled: samples.census.throttled,
        implausible: samples.census.implausible.clone(),
        simulated_left_out: samples.census.simulated_left_out,
        scopes: scope::all(&material, options),
        hypotheses: hypotheses::all(&material, options),
        networks: shares::all(&material),
        literature: literature::claims(samples, &Assumptions::default()),
        missing: missing(samples),
        peaks: peaks::all(&samples.devices, &cases),
        cases,
        energy,
    }
}

/// The rule alone, on active energy of one device in all precisions: its evidence and verdict on every kernel, and on each
/// problem's fastest. `None` where no case is in scope.
#[must_use]
pub fn judge(samples: &Samples, device: usize, options: StudyOptions) -> Option<[(Evidence, Verdict); 2]> {
    let material = material::Material::new(samples);
    let is_here =
        |case: &usize| samples.cases[*case].facts.device == device && !samples.cases[*case].windows.is_empty();
    let cases: Vec<usize> = (0..samples.cases.len()).filter(is_here).collect();
    let controls = controls::all(&material, &cases, Response::Active);
    let every = view::View::new(&material, &cases, Response::Active, saturation::SHARE);
    let fastest = every.fastest(samples);
    let judged = [every, fastest].map(|view| {
        let evidence = Evidence::drawn(&material, &view, options);
        let verdict = rule::judge(&evidence, &controls, Response::Active);
        (evidence, verdict)
    });
    judged.iter().all(|(evidence, _)| evidence.cases > 0).then_some(judged)
}

fn input_facts(run: &crate::samples::RunFacts) -> InputFacts {
    let run_id = run.manifest.as_ref().map(|manifest| manifest.run_id.clone());
    let without_hashes = |manifest| joulemark_records::Manifest {
        shaders: BTreeMap::new(),
        ..manifest
    };
    InputFacts {
        path: run.path.clone(),
        run_id,
        rows: run.rows,
        notes: run.notes.clone(),
        manifest: run.manifest.clone().map(without_hashes),
    }
}

/// What measured the energy, or why nothing did: from the qualities and the reasons in the rows.
fn energy_statement(samples: &Samples) -> Outcome<String> {
    let with_energy = samples
        .cases
        .iter()
        .flat_map(|case| &case.windows)
        .filter(|window| window.gross_j.is_some())
        .count();
    if with_energy > 0 {
        let qualities: Vec<String> = samples
            .census
            .by_quality
            .iter()
            .map(|(quality, count)| format!("{count} {}", quality.map_or("unstated", |quality| quality.as_str())))
            .collect();
        let total = samples.window_count();
        return Outcome::Available(format!(
            "{with_energy} of {total} windows have energy ({})",
            qualities.join(", ")
        ));
    }
    Outcome::unavailable(why_no_energy(samples))
}

/// Why no window has energy that counts.
pub(crate) fn why_no_energy(samples: &Samples) -> String {
    let reason = samples
        .census
        .reasons
        .iter()
        .max_by_key(|(_, count)| **count)
        .map(|(reason, _)| reason.as_str());
    match reason {
        Some(reason) => format!("no window has measured energy: {}", reason.trim_end_matches('.')),
        None => "no window has measured energy".to_owned(),
    }
}

fn missing(samples: &Samples) -> Vec<MissingColumn> {
    const NEEDS: [(&str, &str); 23] = [
        ("gpu_s", "device time"),
        (
            "device_quality",
            "the check that energy was measured: it is taken as measured, as the table says no more",
        ),
        ("device_idle_w", "active energy, if device_active_j is missing too"),
        ("device_active_j", "active energy, if device_idle_w is missing too"),
        ("device_energy_u_j", "the energy's own uncertainty"),
        ("status", "the exclusion of failed rows: all rows are taken as good"),
        (
            "round",
            "intervals and verdict: all windows of a case count as one round",
        ),
        ("suite", "the controls and the calibrated energy roofline"),
        ("workload", "shares by layer type"),
        ("input", "the effect of the input data"),
        (
            "ops_executed",
            "the proxy ops_executed; the energy roofline takes flops_task instead",
        ),
        (
            "bytes_min",
            "the proxy bytes_min, its correlations, and the partial correlations",
        ),
        (
            "bytes_model",
            "the proxy bytes_model; the energy roofline takes bytes_min instead",
        ),
        ("macs", "the proxy macs"),
        ("activations", "the proxy activations"),
        ("parameters", "the proxy parameters"),
        ("m", "the positive control from square matrix products"),
        ("variant", "telling the variants of a case apart"),
        ("throttled", "the count of throttled windows"),
        ("groups", "telling depthwise convolutions from dense ones"),
        ("clock_mhz", "the effect of the clock"),
        ("gate_ops", "the proxy gate_ops"),
        ("horowitz_j", "the proxy horowitz_j"),
    ];
    NEEDS
        .into_iter()
        .filter(|(column, _)| samples.missing_columns.contains(*column))
        .map(|(column, switches_off)| MissingColumn {
            column: column.into(),
            switches_off: switches_off.into(),
        })
        .collect()
}
