//! One scope: a device in one precision, a device in all, or all devices. In: material. Out: all estimands on gross and on
//! active energy (on time where there is no energy), and the verdicts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::controls::{self, Controls};
use super::estimands::{self, Estimands};
use super::evidence::Evidence;
use super::material::Material;
use super::saturation::{OTHER_SHARES, SHARE};
use super::verdict::{self, Sensitivity, Verdicts};
use super::view::{Response, View};
use crate::options::StudyOptions;
use crate::outcome::Outcome;

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
        let precision = match self.precision.as_deref() {
            None => "all precisions",
            Some("") => "precision not named",
            Some(precision) => precision,
        };
        format!("{device}, {precision}")
    }

    /// Active estimands where there are some, else gross, else of time.
    #[must_use]
    pub fn best(&self) -> Option<&Estimands> {
        self.active.value().or(self.gross.value()).or(self.time.value())
    }
}

/// The cases of a scope, and the controls of its device on gross energy, on active energy and on time.
struct Cases<'a> {
    device: Option<&'a str>,
    precision: Option<&'a str>,
    cases: Vec<usize>,
    controls: [Controls; 3],
}

/// All scopes: everything first, then each device, then each device in each precision.
pub(crate) fn all(material: &Material<'_>, options: StudyOptions) -> Vec<Scope> {
    let samples = material.samples;
    let facts = |case: usize| &samples.cases[case].facts;
    let used: Vec<usize> = (0..samples.cases.len())
        .filter(|case| !samples.cases[*case].windows.is_empty())
        .collect();
    let mut scopes = Vec::new();
    for (device, named) in samples.devices.iter().enumerate() {
        let here = used.iter().copied().filter(|case| facts(*case).device == device);
        let cases: Vec<usize> = here.collect();
        if cases.is_empty() {
            continue;
        }
        let precisions: BTreeSet<&str> = cases.iter().map(|case| facts(*case).precision.as_str()).collect();
        let mut whole = Cases {
            device: Some(&named.name),
            precision: None,
            controls: RESPONSES.map(|response| controls::all(material, &cases, response)),
            cases,
        };
        scopes.push(scope(material, &whole, options));
        let all = std::mem::take(&mut whole.cases);
        for precision in precisions.iter().copied().filter(|_| precisions.len() > 1) {
            let here = all.iter().copied().filter(|case| facts(*case).precision == precision);
            (whole.precision, whole.cases) = (Some(precision), here.collect());
            scopes.push(scope(material, &whole, options));
        }
    }
    if samples.devices.len() > 1 {
        let pooled = Cases {
            device: None,
            precision: None,
            cases: used,
            controls: [(); 3].map(|()| Controls::none("each device has its own")),
        };
        let [gross, active, time] = estimated(material, &pooled, options);
        let devices = scopes.iter().filter(|scope| scope.precision.is_none());
        let verdicts = devices.map(|scope| (scope.device.as_deref().unwrap_or_default(), &scope.verdict));
        let verdict = verdict::by_device(&verdicts.collect::<Vec<_>>());
        let [controls, ..] = pooled.controls;
        let pooled = Scope {
            device: None,
            precision: None,
            gross,
            active,
            time,
            controls,
            verdict,
        };
        scopes.insert(0, pooled);
    }
    scopes
}

const RESPONSES: [Response; 3] = [Response::Gross, Response::Active, Response::Time];

/// The estimands on gross energy, on active energy and, where there is no energy, on time.
fn estimated(material: &Material<'_>, scope: &Cases<'_>, options: StudyOptions) -> [Outcome<Estimands>; 3] {
    let of = |which: usize| {
        let view = View::new(material, &scope.cases, RESPONSES[which], SHARE);
        estimands::find(material, &view, scope.controls[which].clone(), &scope.cases, options)
    };
    let (gross, active) = (of(0), of(1));
    let time = match gross {
        Outcome::Available(_) => Outcome::unavailable("energy was measured, so time does not stand in for it"),
        Outcome::Unavailable { .. } => of(2),
    };
    [gross, active, time]
}

fn scope(material: &Material<'_>, cases: &Cases<'_>, options: StudyOptions) -> Scope {
    // A single precision has no verdict of its own to carry, so its intervals need no third digit.
    let whole = cases.precision.is_none();
    let most = if whole { options.replicates } else { 500 };
    let replicates = options.replicates.min(most);
    let [gross, active, time] = estimated(material, cases, StudyOptions { replicates, ..options });
    let elsewhere = if whole && active.value().is_some() {
        OTHER_SHARES
            .map(|share| sensitivity(material, cases, share, options))
            .to_vec()
    } else {
        Vec::new()
    };
    let [on_gross, on_active, on_time] = &cases.controls;
    let verdict = Verdicts::new((&gross, on_gross), (&active, on_active), elsewhere);
    let controls = if gross.value().is_some() { on_gross } else { on_time };
    Scope {
        controls: controls.clone(),
        device: cases.device.map(Into::into),
        precision: cases.precision.map(Into::into),
        gross,
        active,
        time,
        verdict,
    }
}

/// The verdict with another threshold of saturation.
fn sensitivity(material: &Material<'_>, cases: &Cases<'_>, share: f64, options: StudyOptions) -> Sensitivity {
    let replicates = options.replicates.min(500);
    let view = View::new(material, &cases.cases, Response::Active, share);
    let evidence = Evidence::drawn(material, &view, StudyOptions { replicates, ..options });
    verdict::sensitivity(share, &evidence, &cases.controls[1])
}
