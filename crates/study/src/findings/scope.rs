//! One scope: a device in one precision, a device in all, or all devices. In: samples. Out: all estimands on gross and
//! on active energy (on time where there is no energy), and the verdicts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::association::{self, Association, Partial};
use super::controls::{self, Controls};
use super::families::{self, WithinFamily};
use super::inversions::{self, Inversions};
use super::iso_flop::{self, IsoFlopSpread};
use super::prediction::{self, ProxyScore};
use super::roofline::{self, EnergyRoofline};
use super::verdict::{self, VerdictPair};
use super::view::{Excluded, OTHER_POWER_SHARES, Response, View};
use super::{Outcome, StudyOptions};
use crate::samples::{Count, Samples};
use crate::stats::bootstrap::{MIN_FAMILIES, multiplicities};
use joulemark_base::estimate::Estimate;

/// The findings about one device and precision, or about several pooled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scope {
    /// The device; `None`: all devices.
    pub device: Option<String>,
    /// The precision; `None`: all precisions.
    pub precision: Option<String>,
    /// On gross energy.
    pub gross: Outcome<Estimands>,
    /// On energy above idle, of saturated cases.
    pub active: Outcome<Estimands>,
    /// On time; only where there is no energy.
    pub time: Outcome<Estimands>,
    /// Whether FLOPs do not track energy here.
    pub verdict: VerdictPair,
}

impl Scope {
    /// Its name in a headline.
    #[must_use]
    pub fn name(&self) -> String {
        let device = self.device.as_deref().unwrap_or("all devices");
        let precision = self.precision.as_deref().unwrap_or("all precisions");
        format!("{device}, {precision}")
    }
}

/// All estimands of one response. Unless named otherwise, a predictor is `flops_task`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimands {
    /// What is explained.
    pub response: Response,
    /// Cases.
    pub cases: usize,
    /// Families.
    pub families: usize,
    /// What the bootstrap resampled, outermost first.
    pub resampled: String,
    /// Cases left out, by reason.
    pub excluded: Vec<Excluded>,
    /// log10 of the largest over the smallest operation count.
    pub range_decades: Outcome<f64>,
    /// Pearson's r of the logarithms.
    pub pearson_loglog: Outcome<Estimate>,
    /// Its square.
    pub r2_loglog: Outcome<Estimate>,
    /// Pearson's r² of the raw values.
    pub r2_linear: Outcome<Estimate>,
    /// Spearman's rho.
    pub spearman: Outcome<Estimate>,
    /// Kendall's tau-b.
    pub kendall: Outcome<Estimate>,
    /// The same for each predictor: flops_task, bytes_min, time.
    pub predictors: BTreeMap<String, Outcome<Association>>,
    /// Fewer operations, more energy.
    pub inversions: Outcome<Inversions>,
    /// Equal operations, other energy.
    pub iso_flop_spread: Outcome<IsoFlopSpread>,
    /// Largest over smallest energy per operation.
    pub spread_per_flop: Outcome<f64>,
    /// How well each cost proxy predicts.
    pub proxies: Vec<ProxyScore>,
    /// Joules per operation, per byte and per second.
    pub energy_roofline: Outcome<EnergyRoofline>,
    /// What remains of a correlation once others are known.
    pub partial: Outcome<Partial>,
    /// Within families against between families.
    pub within_family: Outcome<WithinFamily>,
    /// The harness on trial.
    pub controls: Controls,
}

/// All scopes: everything first, then each device, then each device in each precision.
pub(crate) fn all(samples: &Samples, options: StudyOptions) -> Vec<Scope> {
    let used: Vec<usize> = (0..samples.cases.len())
        .filter(|case| !samples.cases[*case].windows.is_empty())
        .collect();
    let mut scopes = Vec::new();
    if samples.devices.len() > 1 {
        scopes.push(scope(samples, &used, &used, None, None, options));
    }
    for (device, facts) in samples.devices.iter().enumerate() {
        let on_device: Vec<usize> = used
            .iter()
            .copied()
            .filter(|case| samples.cases[*case].facts.device == device)
            .collect();
        if on_device.is_empty() {
            continue;
        }
        scopes.push(scope(samples, &on_device, &on_device, Some(&facts.name), None, options));
        let precision = |case: &usize| samples.cases[*case].facts.precision.as_str();
        let precisions: BTreeSet<&str> = on_device.iter().map(precision).collect();
        if precisions.len() > 1 {
            for wanted in precisions {
                let cases: Vec<usize> = on_device
                    .iter()
                    .copied()
                    .filter(|case| precision(case) == wanted)
                    .collect();
                scopes.push(scope(
                    samples,
                    &cases,
                    &on_device,
                    Some(&facts.name),
                    Some(wanted),
                    options,
                ));
            }
        }
    }
    scopes
}

fn scope(
    samples: &Samples,
    cases: &[usize],
    device_cases: &[usize],
    device: Option<&str>,
    precision: Option<&str>,
    options: StudyOptions,
) -> Scope {
    let view = |cases: &[usize], response| View::new(samples, cases, response).without_structured_inputs(samples);
    let of = |response| estimands(samples, view(cases, response), &view(device_cases, response), options);
    let (gross, active) = (of(Response::Gross), of(Response::Active));
    let elsewhere = match active {
        Outcome::Available(_) if precision.is_none() => OTHER_POWER_SHARES
            .map(|share| {
                let saturated = |cases: &[usize]| View::of_saturated(samples, cases, share);
                let view = |cases: &[usize]| saturated(cases).without_structured_inputs(samples);
                (share, estimands(samples, view(cases), &view(device_cases), options))
            })
            .to_vec(),
        _ => Vec::new(),
    };
    let time = match gross {
        Outcome::Available(_) => Outcome::unavailable("energy was measured, so time does not stand in for it"),
        Outcome::Unavailable { .. } => of(Response::Time),
    };
    let verdict = verdict::pair(&gross, &active, &elsewhere);
    Scope {
        device: device.map(Into::into),
        precision: precision.map(Into::into),
        gross,
        active,
        time,
        verdict,
    }
}

/// `device` holds the same response in all precisions.
fn estimands(samples: &Samples, view: View, device: &View, options: StudyOptions) -> Outcome<Estimands> {
    let response = view.response;
    if view.points.is_empty() {
        let why: Vec<String> = view
            .excluded
            .iter()
            .map(|out| format!("{} cases: {}", out.cases, out.reason))
            .collect();
        return Outcome::unavailable(format!("no case has usable {}: {}", response.name(), why.join("; ")));
    }
    let (predictors, partial) = association::all(&view, options);
    let times = multiplicities(options.replicates, options.seed, &view.families, view.points.len());
    let reason = predictors["flops_task"].reason().unwrap_or_default().to_owned();
    let flops = predictors["flops_task"].value().cloned();
    let of_flops = |part: fn(&Association) -> &Outcome<Estimate>| {
        flops
            .as_ref()
            .map_or_else(|| Outcome::unavailable(reason.clone()), |flops| part(flops).clone())
    };
    let per_flop: Vec<f64> = view
        .points
        .iter()
        .filter_map(|point| Some(point.response.value / point.count(Count::FlopsTask)?))
        .collect();
    let extremes = per_flop
        .iter()
        .copied()
        .reduce(f64::max)
        .zip(per_flop.iter().copied().reduce(f64::min));
    Outcome::Available(Estimands {
        response,
        cases: view.points.len(),
        families: view.families.len(),
        resampled: match view.families.len() {
            count if count < MIN_FAMILIES => "cases, then windows".into(),
            _ => "families, then cases, then windows".into(),
        },
        excluded: view.excluded.clone(),
        range_decades: Outcome::or_reason(flops.as_ref().map(|flops| flops.range_decades), || reason.clone()),
        pearson_loglog: of_flops(|flops| &flops.pearson_loglog),
        r2_loglog: of_flops(|flops| &flops.r2_loglog),
        r2_linear: of_flops(|flops| &flops.r2_linear),
        spearman: of_flops(|flops| &flops.spearman),
        kendall: of_flops(|flops| &flops.kendall),
        inversions: inversions::find(&view, &times),
        iso_flop_spread: iso_flop::spread(&view, options),
        spread_per_flop: Outcome::or_reason(extremes.map(|(most, least)| most / least), || reason.clone()),
        proxies: prediction::scores(&view, &times),
        energy_roofline: roofline::fit(samples, &view, options),
        partial,
        within_family: families::within(&view),
        controls: controls::all(samples, &view, device),
        predictors,
    })
}

impl Estimands {
    /// The score of one proxy, if it has one.
    #[must_use]
    pub fn proxy(&self, name: &str) -> Option<&ProxyScore> {
        self.proxies
            .iter()
            .find(|proxy| proxy.name == name && proxy.unavailable.is_none())
    }
}
