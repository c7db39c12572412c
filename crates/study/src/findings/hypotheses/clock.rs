//! The clock as a factor, where windows say theirs: one kernel on one problem at its highest clock against its lowest. In:
//! material. Out: a ratio per kernel and problem, their geometric mean with an interval over them.

use std::collections::BTreeMap;

use super::{Found, Hypothesis, Judged};
use crate::facts::without;
use crate::findings::material::Material;
use crate::findings::view::Response;
use crate::outcome::Outcome;
use crate::samples::Window;
use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::{geometric_mean, mean_ci95};

/// Clocks that differ by less than this are one: boost wanders that far by itself.
const LEAST_STEP: f32 = 1.1;
/// Windows this close to the highest or lowest clock are at it.
const AT: f32 = 1.02;
/// Fewer kernels and problems than this give no interval.
const LEAST_GROUPS: usize = 3;

/// What the clock does to the energy of the same work, or to its time where there is no energy.
pub(super) fn test(material: &Material<'_>, response: Response) -> Hypothesis {
    let mut groups: BTreeMap<String, Vec<(f32, f64)>> = BTreeMap::new();
    for (case, out) in material.samples.cases.iter().zip(&material.why_out) {
        let facts = &case.facts;
        let here = |window: &Window| Some((window.clock_mhz?, response.of(window).filter(|value| *value > 0.0)?));
        let windows: Vec<(f32, f64)> = case.windows.iter().filter_map(here).collect();
        // Another variant may be the same kernel at another clock.
        let is_evidence = out.is_none_or(|reason| reason == crate::findings::extent::ANOTHER);
        if is_evidence && !windows.is_empty() {
            // An id may name the clock as well.
            let clock = format!("{:.0}", windows[0].0);
            let (device, algorithm, precision) = (facts.device, &facts.algorithm, &facts.precision);
            let kernel = format!("{device} {algorithm} {precision} {}", without(&facts.work(), &clock));
            groups.entry(kernel).or_default().extend(windows);
        }
    }
    let logs: Vec<f64> = groups
        .values()
        .filter_map(|windows| Some(ratio(windows)?.ln()))
        .collect();
    let found = mean_ci95(&logs).map(|mean| {
        let ci95 = mean.ci95.filter(|_| logs.len() >= LEAST_GROUPS);
        let ratio = Estimate { ci95, ..mean }.map(f64::exp);
        Found {
            groups: logs.len(),
            ratio,
            outcome: Judged::of(&ratio, true, 1.0),
        }
    });
    Hypothesis {
        experiment: "clock".into(),
        expected: "The same work takes more energy at the highest clock than at the lowest; FLOPs are blind to it."
            .into(),
        statistic: "energy at the highest clock over that at the lowest, of the same kernel and problem".into(),
        side: "above".into(),
        threshold: 1.0,
        response,
        from: "all cases".into(),
        found: Outcome::or_reason(found, || {
            "no kernel was measured on one problem at two clocks".to_owned()
        }),
    }
}

/// Geometric means at the highest clock over the lowest; `None` where they are one.
fn ratio(windows: &[(f32, f64)]) -> Option<f64> {
    let clocks = windows.iter().map(|(clock, _)| *clock);
    let (low, high) = (clocks.clone().reduce(f32::min)?, clocks.reduce(f32::max)?);
    let at = |take: &dyn Fn(f32) -> bool| {
        let values = windows
            .iter()
            .filter(|(clock, _)| take(*clock))
            .map(|(_, value)| *value);
        geometric_mean(&values.collect::<Vec<_>>())
    };
    (high >= LEAST_STEP * low)
        .then(|| Some(at(&|clock| clock * AT >= high)? / at(&|clock| clock <= low * AT)?))
        .flatten()
}
