//! One scope: a device in one precision, a device in all, or all devices. In: material. Out: all estimands on gross and on
//! active energy (on time where there is no energy), and the verdicts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::action::{self, Action};
use super::association::{self, Association, Partial};
use super::controls::{self, Controls};
use super::draws::Draws;
use super::evidence::Evidence;
use super::families::{self, WithinFamily};
use super::inversions::{self, Inversions};
use super::material::Material;
use super::prediction::{self, ProxyScore};
use super::roofline::{self, EnergyRoofline};
use super::saturation::{OTHER_SHARES, Saturation};
use super::verdict::{self, Trial, Verdicts};
use super::view::{Excluded, Response, View};
use crate::options::StudyOptions;
use crate::outcome::Outcome;
use crate::samples::Count;
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
    /// The harness on trial, on gross energy, or on time where there is none.
    pub controls: Controls,
    /// Whether FLOPs do not track energy here.
    pub verdict: Verdicts,
}

impl Scope {
    /// Its name in a headline.
    #[must_use]
    pub fn name(&self) -> String {
        let device = self.device.as_deref().unwrap_or("all devices");
        let precision = self.precision.as_deref().unwrap_or("all precisions");
        format!("{device}, {precision}")
    }

    /// Active estimands where there are some, else gross, else of time.
    #[must_use]
    pub fn best(&self) -> Option<&Estimands> {
        self.active.value().or(self.gross.value()).or(self.time.value())
    }
}

/// All estimands of one response. Unless named otherwise, a predictor is `flops_task`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimands {
    /// What is explained.
    pub response: Response,
    /// What the rule weighs, on every kernel.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// The same on the fastest kernel of each problem.
    pub fastest: Outcome<Evidence>,
    /// What a user acts on.
    pub action: Outcome<Action>,
    /// What the bootstrap resampled.
    pub resampled: String,
    /// Cases left out, by reason.
    pub excluded: Vec<Excluded>,
    /// log10 of the largest over the smallest operation count.
    pub range_decades: Outcome<f64>,
    /// Spearman's rho.
    pub spearman: Outcome<Estimate>,
    /// Square of Pearson's r of the logarithms.
    pub r2_loglog: Outcome<Estimate>,
    /// Correlations with each predictor: flops_task, bytes_min, time.
    pub predictors: BTreeMap<String, Outcome<Association>>,
    /// Fewer operations, more energy, over all pairs: description, as it measures the range of sizes.
    pub all_pairs: Outcome<Inversions>,
    /// Largest over smallest energy per operation.
    pub spread_per_flop: Outcome<f64>,
    /// How well each cost proxy describes, on logarithms.
    pub proxies: Vec<ProxyScore>,
    /// What version 1 of the rule asked for in its third condition.
    pub loglog_gap: Outcome<Estimate>,
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
pub(crate) fn all(material: &Material<'_>, options: StudyOptions) -> Vec<Scope> {
    let samples = material.samples;
    let used: Vec<usize> = (0..samples.cases.len())
        .filter(|case| !samples.cases[*case].windows.is_empty())
        .collect();
    let mut scopes = Vec::new();
    for (device, facts) in samples.devices.iter().enumerate() {
        let is_here = |case: &usize| samples.cases[*case].facts.device == device;
        let on_device: Vec<usize> = used.iter().copied().filter(is_here).collect();
        if on_device.is_empty() {
            continue;
        }
        scopes.push(scope(
            material,
            &on_device,
            &on_device,
            Some(&facts.name),
            None,
            options,
        ));
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
                    material,
                    &cases,
                    &on_device,
                    Some(&facts.name),
                    Some(wanted),
                    options,
                ));
            }
        }
    }
    if samples.devices.len() > 1 {
        let mut pooled = scope(material, &used, &used, None, None, options);
        pooled.verdict = verdict::by_device(&scopes);
        scopes.insert(0, pooled);
    }
    scopes
}

fn scope(
    material: &Material<'_>,
    cases: &[usize],
    device_cases: &[usize],
    device: Option<&str>,
    precision: Option<&str>,
    options: StudyOptions,
) -> Scope {
    // A single precision has no verdict of its own to carry, so its intervals need no third digit.
    let options = StudyOptions {
        replicates: if precision.is_some() {
            options.replicates.min(500)
        } else {
            options.replicates
        },
        ..options
    };
    let of = |response| {
        let controls = controls::all(material, device_cases, response);
        estimands(material, View::new(material, cases, response), controls, cases, options)
    };
    let (gross, active) = (of(Response::Gross), of(Response::Active));
    let elsewhere = match &active {
        Outcome::Available(active) if precision.is_none() && device.is_some() => {
            let other = |share: f64| {
                let saturation = Saturation::with_share(material, cases, share);
                let view = View::with(material, cases, Response::Active, Some(&saturation));
                let draws = Draws::new(&view, options.for_rule(view.points.len()).min(500), options);
                (share, Evidence::of(material, &view, &draws, options))
            };
            OTHER_SHARES
                .map(other)
                .map(|(share, evidence)| verdict::sensitivity(share, &evidence, &active.controls))
                .to_vec()
        }
        _ => Vec::new(),
    };
    let time = match gross {
        Outcome::Available(_) => Outcome::unavailable("energy was measured, so time does not stand in for it"),
        Outcome::Unavailable { .. } => of(Response::Time),
    };
    let trial = |response, estimands: &Outcome<Estimands>| {
        Trial::of(estimands, &controls::all(material, device_cases, response), response)
    };
    let verdict = Verdicts::new(
        trial(Response::Gross, &gross),
        trial(Response::Active, &active),
        elsewhere,
        &gross,
        &active,
    );
    let has_gross = device_cases
        .iter()
        .any(|case| material.measured[*case].gross_j.is_some());
    let shown_on = if has_gross { Response::Gross } else { Response::Time };
    Scope {
        controls: controls::all(material, device_cases, shown_on),
        device: device.map(Into::into),
        precision: precision.map(Into::into),
        gross,
        active,
        time,
        verdict,
    }
}

fn estimands(
    material: &Material<'_>,
    view: View,
    controls: Controls,
    cases: &[usize],
    options: StudyOptions,
) -> Outcome<Estimands> {
    let response = view.response;
    if view.points.is_empty() {
        let why: Vec<String> = view
            .excluded
            .iter()
            .map(|out| format!("{} cases: {}", out.cases, out.reason))
            .collect();
        return Outcome::unavailable(format!("no case has usable {}: {}", response.name(), why.join("; ")));
    }
    let samples = material.samples;
    let draws = Draws::new(&view, options.for_rule(view.points.len()), options);
    let few = Draws::new(&view, options.for_description(view.points.len()), options);
    let evidence = Evidence::of(material, &view, &draws, options);
    let fastest = view.fastest(samples);
    let fastest = {
        let draws = Draws::new(&fastest, options.for_rule(fastest.points.len()), options);
        Evidence::of(material, &fastest, &draws, options)
    };
    let (predictors, partial) = association::all(&view, &few);
    let (proxies, loglog_gap) = prediction::scores(&view, &evidence.models, &few);
    let reason = predictors["flops_task"].reason().unwrap_or_default().to_owned();
    let flops = predictors["flops_task"].value();
    let of_flops = |part: fn(&Association) -> &Outcome<Estimate>| {
        flops.map_or_else(|| Outcome::unavailable(reason.clone()), |flops| part(flops).clone())
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
    let mut energy_roofline = roofline::fit(&view, &few);
    if let Outcome::Available(roofline) = &mut energy_roofline
        && response == Response::Gross
    {
        roofline.calibrated = roofline::calibrate(samples, &View::everything(material, cases, response));
    }
    Outcome::Available(Estimands {
        response,
        fastest: Outcome::Available(fastest),
        action: action::find(&view),
        resampled: draws.description.clone(),
        excluded: view.excluded.clone(),
        range_decades: Outcome::or_reason(flops.map(|flops| flops.range_decades), || reason.clone()),
        r2_loglog: of_flops(|flops| &flops.r2_loglog),
        spearman: of_flops(|flops| &flops.spearman),
        all_pairs: inversions::find(&view, &few, inversions::ALL, options),
        spread_per_flop: Outcome::or_reason(extremes.map(|(most, least)| most / least), || reason.clone()),
        proxies,
        loglog_gap,
        energy_roofline,
        partial,
        within_family: families::within(&view),
        controls,
        predictors,
        evidence,
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
