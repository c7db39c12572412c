//! What each experiment was expected to show, beside what it did: a ratio per group of comparable cases, its geometric
//! mean with an interval, and whether that lies on the expected side. In: samples. Out: one entry per experiment.

mod clock;
mod noise;
mod ratios;
mod table;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::material::Material;
use super::view::{Response, View};
use crate::options::StudyOptions;
use crate::outcome::Outcome;
use crate::samples::{CaseFacts, Samples};
use crate::stats::bootstrap::{below, interval, replicate};
use joulemark_base::estimate::Estimate;
use joulemark_base::si::plural;
use joulemark_base::statistics::geometric_mean;
use table::{EXPERIMENTS, Experiment};

/// Whether an experiment came out as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    /// The interval lies on the expected side of the threshold.
    AsExpected,
    /// It lies on the other side.
    Otherwise,
    /// It reaches over the threshold, or there is none.
    Open,
}

impl Judged {
    /// Whether an interval lies above a threshold, or below it, as was expected.
    fn of(ratio: &Estimate, above: bool, threshold: f64) -> Self {
        match ratio.ci95 {
            Some([low, _]) if low > threshold => [Self::Otherwise, Self::AsExpected][usize::from(above)],
            Some([_, high]) if high < threshold => [Self::AsExpected, Self::Otherwise][usize::from(above)],
            _ => Self::Open,
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::AsExpected => "as expected",
            Self::Otherwise => "not as expected",
            Self::Open => "open",
        }
    }
}

/// One experiment, expected and found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// The suite that is made for it.
    pub experiment: String,
    /// What was expected, stated before any data.
    pub expected: String,
    /// What the number is.
    pub statistic: String,
    /// `above` or `below` the threshold.
    pub side: String,
    /// Where the expected side begins.
    pub threshold: f64,
    /// Gross energy, or time where there is no energy.
    pub response: Response,
    /// Which cases entered: those of the suite, or all.
    pub from: String,
    /// The geometric mean over the groups, or why there is none.
    pub found: Outcome<Found>,
}

/// The number of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Groups of comparable cases.
    pub groups: usize,
    /// Geometric mean of their ratios; the interval by resampling groups and windows.
    pub ratio: Estimate,
    /// Whether it is as expected.
    pub outcome: Judged,
}

/// A case with a response: its mean, or that of one resample.
#[derive(Clone, Copy)]
struct Member<'a> {
    facts: &'a CaseFacts,
    response: f64,
}

/// All experiments, in the order of the table.
pub(crate) fn all(material: &Material<'_>, options: StudyOptions) -> Vec<Hypothesis> {
    let samples = material.samples;
    let used: Vec<usize> = (0..samples.cases.len())
        .filter(|case| !samples.cases[*case].windows.is_empty())
        .collect();
    let gross = View::everything(material, &used, Response::Gross);
    let view = if gross.points.is_empty() {
        View::everything(material, &used, Response::Time)
    } else {
        gross
    };
    let tested = EXPERIMENTS
        .iter()
        .map(|experiment| test(experiment, samples, &view, options));
    tested.chain([clock::test(material, view.response)]).collect()
}

fn test(experiment: &Experiment, samples: &Samples, view: &View, options: StudyOptions) -> Hypothesis {
    let facts = |point: usize| &samples.cases[view.points[point].case].facts;
    let made_for_it: Vec<usize> = (0..view.points.len())
        .filter(|point| facts(*point).belongs_to(experiment.name))
        .collect();
    let (from, points) = match made_for_it.is_empty() && experiment.anywhere {
        true => ("all cases".to_owned(), (0..view.points.len()).collect()),
        false => (format!("suite {}", experiment.name), made_for_it),
    };
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for point in points.iter().copied() {
        for key in (experiment.group)(facts(point)) {
            let device = facts(point).device;
            groups.entry(format!("{device} {key}")).or_default().push(point);
        }
    }
    let ratio = |group: &[usize], response: &mut dyn FnMut(usize) -> f64| {
        let members: Vec<Member<'_>> = group
            .iter()
            .map(|point| Member {
                facts: facts(*point),
                response: response(*point),
            })
            .collect();
        (experiment.ratio)(&members).filter(|ratio| *ratio > 0.0 && ratio.is_finite())
    };
    let measured = |group: &[usize]| ratio(group, &mut |point| view.points[point].response.value);
    let groups: Vec<Vec<usize>> = groups.into_values().filter(|group| measured(group).is_some()).collect();
    let value = geometric_mean(&groups.iter().filter_map(|group| measured(group)).collect::<Vec<_>>());
    let found = value.map(|value| {
        let replicates = replicate(options.for_description(points.len()), options.seed, |random| {
            let drawn: Vec<f64> = (0..groups.len())
                .filter_map(|_| {
                    let group = &groups[below(random, groups.len())];
                    ratio(group, &mut |point| noise::draw(&view.points[point].response, random))
                })
                .collect();
            geometric_mean(&drawn)
        });
        // With one group there is nothing to resample but its noise; then the interval speaks of that only.
        let clusters = if groups.len() == 1 { points.len() } else { groups.len() };
        let has_noise = groups
            .iter()
            .flatten()
            .any(|point| view.points[*point].response.ci95.is_some());
        let ci95 = interval(replicates, clusters).filter(|_| has_noise);
        let ratio = Estimate { value, ci95 };
        Found {
            groups: groups.len(),
            ratio,
            outcome: Judged::of(&ratio, experiment.above, experiment.threshold),
        }
    });
    Hypothesis {
        experiment: experiment.name.into(),
        expected: experiment.expected.into(),
        statistic: experiment.statistic.into(),
        side: if experiment.above { "above" } else { "below" }.into(),
        threshold: experiment.threshold,
        response: view.response,
        from,
        found: Outcome::or_reason(found, || {
            if points.is_empty() {
                "not measured".to_owned()
            } else {
                format!("none of {} can be compared with another", plural(points.len(), "case"))
            }
        }),
    }
}

impl CaseFacts {
    /// Whether it was run for this suite, or as this part of another one.
    fn belongs_to(&self, suite: &str) -> bool {
        let is_part =
            |workload: &String| workload == suite || workload.strip_prefix(suite).is_some_and(|r| r.starts_with('/'));
        self.suites.contains(suite) || self.workloads.iter().any(is_part)
    }
}
