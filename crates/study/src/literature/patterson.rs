//! Patterson et al. 2022, arXiv 2204.05149: the four factors model, machine, mechanisation, map. In: two runs with problems in
//! common, and where each is reckoned to run. Out: how many times less the second emits, and by which factor.
//!
//! Per problem, with the thriftiest kernels a of run A and b of run B: E_A(a)/E_B(b) = machine · model, where machine =
//! E_A(a)/E_B(a), the same kernel on either, and model = E_B(a)/E_B(b), what is computed otherwise on the second.

use joulemark_base::estimate::Estimate;
use joulemark_base::si::plural;

use super::account::Site;
use super::claim::{Answer, Claim, Dimension, Way};
use super::run::name;
use super::subject::{JOULES, Subject, energy_basis, grouped, least, ratio_over_rounds, typical};
use crate::samples::Samples;

pub(super) fn claims(samples: &Samples, sites: &[Site]) -> Vec<Claim> {
    let claim = Claim::new(
        "patterson-factors",
        "Patterson et al. 2022, The Carbon Footprint of Machine Learning Training Will Plateau, Then Shrink, arXiv 2204.05149",
        "Model, machine, mechanisation and map together cut emissions up to 1000 times.",
        "model 3–10×, machine 2–5×, mechanisation 1.4–2× (PUE 1.1 against 1.58), map 5–10×",
    );
    let last = samples.runs.len() as u32;
    let answers = (1..last).flat_map(|run| factors(samples, run, sites)).collect();
    let otherwise = match last {
        0 | 1 => "there is one run; give two to compare",
        _ => "the runs have no problem in common whose joules and kernels are known in both",
    };
    vec![claim.answered(answers, otherwise)]
}

/// The factors between the first run and another.
fn factors(samples: &Samples, run: u32, sites: &[Site]) -> Vec<Answer> {
    let first = Subject::all(samples, |own| own == 0);
    let second = Subject::all(samples, |own| own == run);
    let by_problem = |subjects| {
        grouped(subjects, |subject: &Subject<'_>| {
            let plain = !subject.facts.has_structured_input();
            plain.then(|| (subject.facts.work(), subject.facts.precision.clone()))
        })
    };
    let (here, there) = (by_problem(&first), by_problem(&second));
    let mut triples = Vec::new();
    for (problem, kernels) in &here {
        let Some(others) = there.get(problem) else { continue };
        let best = |kernels: &[_]| least(kernels.iter().copied(), |kernel: &Subject<'_>| JOULES(kernel, None));
        let (Some(a), Some(b)) = (best(kernels), best(others)) else {
            continue;
        };
        let same = |other: &&&Subject<'_>| {
            (&other.facts.case_id, &other.facts.variant) == (&a.facts.case_id, &a.facts.variant)
        };
        if let Some(twin) = others.iter().find(same).filter(|twin| twin.joules(None).is_some()) {
            triples.push((a, *twin, b));
        }
    }
    if triples.is_empty() {
        return Vec::new();
    }
    let all = || triples.iter().flat_map(|(a, twin, b)| [*a, *twin, *b]);
    // Of two runs, no round is shared: the interval of a ratio between them joins those of its two sides.
    let side = |pick: fn(&(&Subject<'_>, &Subject<'_>, &Subject<'_>), _) -> Option<f64>| {
        ratio_over_rounds(all(), |round| typical(triples.iter().map(|triple| pick(triple, round))))
    };
    let old = side(|(a, ..), round| a.joules(round));
    let moved = side(|(_, twin, _), round| twin.joules(round));
    let model = side(|(_, twin, b), round| Some(twin.joules(round)? / b.joules(round)?));
    let machine = old.zip(moved).map(|(old, moved)| quotient(old, moved));
    let site = |index: usize| sites.get(index).or(if sites.len() == 1 { sites.first() } else { None });
    let between = site(0).zip(site(run as usize));
    let mechanisation = between.map(|(a, b)| Estimate::point(a.pue / b.pue));
    let grids = between.filter(|(_, b)| b.grid.g_co2e_per_kwh > 0.0);
    let map = grids.map(|(a, b)| Estimate::point(a.grid.g_co2e_per_kwh / b.grid.g_co2e_per_kwh));
    let known = [model, machine, mechanisation, map];
    let together = known
        .into_iter()
        .collect::<Option<Vec<_>>>()
        .and_then(|factors| factors.into_iter().reduce(product));
    let runs = format!("{} → {}", name(samples, 0), name(samples, run as usize));
    let problems = format!(
        "geometric mean over {}, thriftiest kernel of each run",
        plural(triples.len(), "problem")
    );
    let given = between.map_or_else(String::new, |(a, b)| {
        format!("PUE {} and {}; {} and {}", a.pue, b.pue, a.grid.label(), b.grid.label())
    });
    [
        ("model", model, Way::Direct, &problems),
        ("machine", machine, Way::Direct, &problems),
        ("mechanisation", mechanisation, Way::Derived, &given),
        ("map", map, Way::Derived, &given),
        ("all four", together, Way::Derived, &given),
    ]
    .into_iter()
    .filter_map(|(what, value, way, rests_on)| {
        Some(Answer {
            device: samples.devices[second.first()?.facts.device].name.clone(),
            what: format!("{what}: {runs}"),
            value: value?,
            dimension: Dimension::Ratio,
            basis: energy_basis(all()),
            way,
            rests_on: rests_on.clone(),
        })
    })
    .collect()
}

/// Of independent estimates above zero.
fn quotient(above: Estimate, below: Estimate) -> Estimate {
    product(above, below.map(|value| 1.0 / value))
}

/// Of independent estimates above zero: the reaches of their logarithms add in squares.
pub(super) fn product(a: Estimate, b: Estimate) -> Estimate {
    let reach = |estimate: Estimate| {
        let [up, down] = [estimate.high() / estimate.value, estimate.value / estimate.low()];
        up.max(down).ln()
    };
    let value = a.value * b.value;
    let half = reach(a).hypot(reach(b)).exp();
    let known = a.ci95.is_some() || b.ci95.is_some();
    Estimate {
        value,
        ci95: known.then(|| [value / half, value * half]),
    }
}
