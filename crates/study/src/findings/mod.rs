//! The findings: every estimand of the study, each a value with its interval or the reason why there is none. In:
//! samples. Out: a document that serialises to `findings.json`.

mod association;
mod controls;
mod families;
mod hypotheses;
mod inversions;
mod iso_flop;
mod prediction;
mod roofline;
mod scope;
mod shares;
mod verdict;
mod view;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use association::{Association, Partial};
pub use controls::{AaPair, Controls, Drift, PositiveControl, ZeroFlop};
pub use families::{FamilyFit, WithinFamily};
pub use hypotheses::{Found, Hypothesis, Judged};
pub use inversions::{Inversion, Inversions};
pub use iso_flop::{IsoFlopCell, IsoFlopSpread};
pub use prediction::{ProxyKind, ProxyScore};
pub use roofline::{Calibrated, EnergyRoofline};
pub use scope::{Estimands, Scope};
pub use shares::{LayerShare, NetworkShares};
pub use verdict::{Condition, Judgement, Sensitivity, Verdict, VerdictPair};
pub use view::{Excluded, Response};

use crate::cases::{CaseSummary, summarise};
use crate::peaks::{self, Peaks};
use crate::samples::{Device, Samples};

/// Version of the findings' layout.
pub const FINDINGS_VERSION: u32 = 1;

/// A value, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outcome<T> {
    /// The value.
    Available(T),
    /// Why there is none.
    Unavailable {
        /// One sentence.
        unavailable: String,
    },
}

impl<T> Outcome<T> {
    /// No value, for this reason.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable {
            unavailable: reason.into(),
        }
    }

    /// The value, or the reason that `reason` gives.
    pub fn or_reason(value: Option<T>, reason: impl FnOnce() -> String) -> Self {
        value.map_or_else(|| Self::unavailable(reason()), Self::Available)
    }

    /// The value, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Available(value) => Some(value),
            Self::Unavailable { .. } => None,
        }
    }

    /// The reason, if there is no value.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Available(_) => None,
            Self::Unavailable { unavailable } => Some(unavailable),
        }
    }
}

/// How the study is done. The defaults are those of the pre-registered rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudyOptions {
    /// Bootstrap replicates.
    pub replicates: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl Default for StudyOptions {
    fn default() -> Self {
        Self {
            replicates: 5000,
            seed: 20_020_565,
        }
    }
}

/// A table that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputFacts {
    /// Where it lies.
    pub path: String,
    /// `<machine>/<date>-<n>`; `None` for a table from elsewhere.
    pub run_id: Option<String>,
    /// Rows in it.
    pub rows: u64,
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
    /// The measured ceilings of each device that has some, and its kernels' shares of them.
    pub peaks: Vec<Peaks>,
    /// One entry per case.
    pub cases: Vec<CaseSummary>,
}

/// Computes everything.
#[must_use]
pub fn study(samples: &Samples, options: StudyOptions) -> Findings {
    let energy = energy_statement(samples);
    let cases = summarise(samples);
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
            .map(|(s, count)| (s.word().to_owned(), *count))
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
        scopes: scope::all(samples, options),
        hypotheses: hypotheses::all(samples, options),
        networks: shares::all(samples),
        missing: missing(samples),
        peaks: peaks::all(&samples.devices, &cases),
        cases,
        energy,
    }
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
    let by_quality = &samples.census.by_quality;
    let simulated = by_quality
        .get(&Some(joulemark_base::quality::Quality::Simulated))
        .copied()
        .unwrap_or(0);
    if simulated > 0 {
        return format!(
            "the energy of {simulated} windows is simulated, which says nothing about a device (--include-simulated lets it in)"
        );
    }
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
        ("round", "drift between rounds"),
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
        (
            "utilisation",
            "the check by utilisation that the device was busy; gpu_s serves in its place",
        ),
        ("throttled", "the count of throttled windows"),
        ("groups", "telling depthwise convolutions from dense ones"),
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
