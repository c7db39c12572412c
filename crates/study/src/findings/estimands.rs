//! Everything that is estimated of one response in one scope. In: a view and its controls. Out: estimands, each a value with
//! its interval or a reason.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::action::{self, Action};
use super::association::{self, Association, Partial};
use super::controls::Controls;
use super::draws::Draws;
use super::evidence::Evidence;
use super::families::{self, WithinFamily};
use super::inversions::{self, Inversions};
use super::material::Material;
use super::prediction::{self, ProxyScore};
use super::roofline::{self, EnergyRoofline};
use super::view::{Excluded, Response, View};
use crate::options::StudyOptions;
use crate::outcome::Outcome;
use crate::samples::Count;
use joulemark_base::estimate::Estimate;
use joulemark_base::si::plural;

/// All estimands of one response. Unless named otherwise, a predictor is `flops_task`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimands {
    /// What is explained.
    pub response: Response,
    /// What the rule weighs, on every kernel.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// The same on the fastest kernel of each problem.
    pub fastest: Evidence,
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

/// All estimands of the points of a view; `cases` are those of the scope, whatever they are there for.
pub(crate) fn find(
    material: &Material<'_>,
    view: &View,
    controls: Controls,
    cases: &[usize],
    options: StudyOptions,
) -> Outcome<Estimands> {
    let response = view.response;
    if view.points.is_empty() {
        let why: Vec<String> = view
            .excluded
            .iter()
            .map(|out| format!("{}: {}", plural(out.cases, "case"), out.reason))
            .collect();
        let why = if why.is_empty() {
            "there is none".into()
        } else {
            why.join("; ")
        };
        return Outcome::unavailable(format!("no case has usable {} ({why})", response.name()));
    }
    let draws = Draws::for_rule(view, options);
    let few = Draws::for_description(view, options);
    let evidence = Evidence::of(material, view, &draws, options);
    let fastest = Evidence::drawn(material, &view.fastest(material.samples), options);
    let (predictors, partial) = association::all(view, &few);
    let (proxies, loglog_gap) = prediction::scores(view, &evidence.models, &few);
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
    let mut energy_roofline = roofline::fit(view, &few);
    if let Outcome::Available(roofline) = &mut energy_roofline
        && response == Response::Gross
    {
        roofline.calibrated = roofline::calibrate(material.samples, &View::everything(material, cases, response));
    }
    Outcome::Available(Estimands {
        response,
        fastest,
        action: action::find(view),
        resampled: draws.description.clone(),
        excluded: view.excluded.clone(),
        range_decades: Outcome::or_reason(flops.map(|flops| flops.range_decades), || reason.clone()),
        r2_loglog: of_flops(|flops| &flops.r2_loglog),
        spearman: of_flops(|flops| &flops.spearman),
        all_pairs: inversions::find(view, &few, inversions::ALL, options),
        spread_per_flop: Outcome::or_reason(extremes.map(|(most, least)| most / least), || reason.clone()),
        proxies,
        loglog_gap,
        energy_roofline,
        partial,
        within_family: families::within(view),
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
