//! The cases of one scope with one response (gross energy, active energy or time), ready for statistics. In: samples and
//! what was measured of them. Out: points with their proxies, by family and problem, and what was left out and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::material::Material;
use super::saturation::active_power;
use crate::cases::{MIN_ROUNDS, Measured};
use crate::samples::{CaseFacts, Count, Samples, Window};
use joulemark_base::estimate::Estimate;

/// What is to be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Energy as the counter said.
    Gross,
    /// Energy above idle, of saturated cases.
    Active,
    /// Time, where there is no energy.
    Time,
}

impl Response {
    /// Its name in a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gross => "gross energy",
            Self::Active => "active energy",
            Self::Time => "time",
        }
    }

    /// Its unit.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Gross | Self::Active => "J",
            Self::Time => "s",
        }
    }

    /// Its value in a window, per iteration.
    #[must_use]
    pub const fn of(self, window: &Window) -> Option<f64> {
        match self {
            Self::Gross => window.gross_j,
            Self::Active => window.active_j,
            Self::Time => Some(window.time_s),
        }
    }

    /// Its value for a case, and the rounds behind it.
    pub(crate) const fn measured(self, measured: &Measured) -> (Option<Estimate>, usize) {
        match self {
            Self::Gross => (measured.gross_j, measured.gross_rounds),
            Self::Active => (measured.active_j, measured.active_rounds),
            Self::Time => (measured.time_s, measured.rounds),
        }
    }
}

/// Cases that could not take part, by reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// Why.
    pub reason: String,
    /// How many.
    pub cases: usize,
}

/// One case as a point.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// Index into [`Samples::cases`].
    pub(crate) case: usize,
    pub(crate) label: String,
    pub(crate) precision: String,
    pub(crate) device: usize,
    pub(crate) family: usize,
    /// Number of its problem, the same for all kernels and precisions that compute it.
    pub(crate) problem: usize,
    pub(crate) response: Estimate,
    pub(crate) time: Estimate,
    pub(crate) counts: [Option<f64>; 9],
}

impl Point {
    pub(crate) fn count(&self, count: Count) -> Option<f64> {
        self.counts[count as usize].filter(|value| *value > 0.0)
    }
}

/// The points of one scope and response.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) response: Response,
    pub(crate) points: Vec<Point>,
    pub(crate) family_names: Vec<String>,
    /// Points by family.
    pub(crate) families: Vec<Vec<usize>>,
    /// Points by problem.
    pub(crate) problems: Vec<Vec<usize>>,
    pub(crate) excluded: Vec<Excluded>,
    /// Whether the cases have three rounds or more; without, nothing has an interval.
    pub(crate) has_rounds: bool,
}

impl View {
    /// What the rule is about: cases that are evidence, of active energy only those that draw at least this share of what
    /// their device can draw above idle.
    pub(crate) fn new(material: &Material<'_>, cases: &[usize], response: Response, saturated: f64) -> Self {
        let enough = |case: usize| response.measured(&material.measured[case]).1 >= MIN_ROUNDS;
        let mut excluded: BTreeMap<&str, usize> = BTreeMap::new();
        let mut kept = Vec::new();
        for case in cases.iter().copied() {
            match material.why_out[case] {
                Some(reason) => *excluded.entry(reason).or_default() += 1,
                None => kept.push(case),
            }
        }
        let has_rounds = kept.iter().any(|case| enough(*case));
        let least_w = |device: usize| Some(saturated * material.highest_w[device]?);
        let is_idle = |case: usize| {
            let power = active_power(&material.measured[case]);
            power
                .zip(least_w(material.samples.cases[case].facts.device))
                .is_some_and(|(power, least)| power < least)
        };
        let mut points = Vec::new();
        for case in kept {
            let found = match point(material, case, response) {
                Ok(_) if has_rounds && !enough(case) => Err("fewer than three rounds measured it"),
                Ok(_) if response == Response::Active && is_idle(case) => Err(
                    "it does not saturate the device: its active power is too small a share of what the device can draw",
                ),
                found => found,
            };
            match found {
                Ok(point) => points.push(point),
                Err(reason) => *excluded.entry(reason).or_default() += 1,
            }
        }
        Self::of(points, response, excluded, has_rounds, |point| {
            material.samples.cases[point.case].facts.family()
        })
    }

    /// All cases that have the response, whatever they are there for.
    pub(crate) fn everything(material: &Material<'_>, cases: &[usize], response: Response) -> Self {
        let found = cases.iter().filter_map(|case| point(material, *case, response).ok());
        Self::of(found.collect(), response, BTreeMap::new(), true, |point| {
            material.samples.cases[point.case].facts.family()
        })
    }

    /// The fastest kernel of each problem in each precision; a family is a kind, a class of shapes and a precision.
    pub(crate) fn fastest(&self, samples: &Samples) -> Self {
        let mut fastest: BTreeMap<(usize, usize, &str), usize> = BTreeMap::new();
        for (index, point) in self.points.iter().enumerate() {
            let best = fastest
                .entry((point.device, point.problem, &point.precision))
                .or_insert(index);
            if point.time.value < self.points[*best].time.value {
                *best = index;
            }
        }
        let points = fastest.into_values().map(|index| self.points[index].clone()).collect();
        Self::of(points, self.response, BTreeMap::new(), self.has_rounds, |point| {
            let CaseFacts { op, precision, .. } = &samples.cases[point.case].facts;
            let shape = samples.cases[point.case].facts.shape_class();
            format!("{op}/{shape}/{precision}")
        })
    }

    /// Groups points by family and problem.
    fn of(
        mut points: Vec<Point>,
        response: Response,
        excluded: BTreeMap<&str, usize>,
        has_rounds: bool,
        family: impl Fn(&Point) -> String,
    ) -> Self {
        let mut families: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut problems: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, point) in points.iter().enumerate() {
            families.entry(family(point)).or_default().push(index);
            problems.entry(point.problem).or_default().push(index);
        }
        for (number, members) in families.values().enumerate() {
            members.iter().for_each(|index| points[*index].family = number);
        }
        let (family_names, families) = families.into_iter().unzip();
        let excluded = excluded.into_iter().map(|(reason, cases)| Excluded {
            reason: reason.into(),
            cases,
        });
        Self {
            response,
            points,
            family_names,
            families,
            problems: problems.into_values().collect(),
            excluded: excluded.collect(),
            has_rounds,
        }
    }

    /// The points that satisfy a test, regrouped.
    pub(crate) fn filter(&self, keep: impl Fn(&Point) -> bool) -> Self {
        let points = self.points.iter().filter(|point| keep(point)).cloned().collect();
        let view = Self::of(points, self.response, BTreeMap::new(), self.has_rounds, |point| {
            self.family_names[point.family].clone()
        });
        Self {
            excluded: self.excluded.clone(),
            ..view
        }
    }
}

fn point(material: &Material<'_>, index: usize, response: Response) -> Result<Point, &'static str> {
    let (facts, measured) = (&material.samples.cases[index].facts, &material.measured[index]);
    let value = response.measured(measured).0.ok_or(match measured.gross_j {
        Some(_) => "the power of the idle device was not measured",
        None => "its energy was not measured",
    })?;
    if value.low() <= 0.0 {
        return Err(match response {
            Response::Active => "its energy cannot be told from that of the idle device",
            Response::Gross | Response::Time => "its interval reaches down to zero",
        });
    }
    Ok(Point {
        case: index,
        label: facts.label(),
        precision: facts.precision.clone(),
        device: facts.device,
        family: 0,
        problem: material.problems[index],
        response: value,
        time: measured.time_s.ok_or("its time was not measured")?,
        counts: facts.counts,
    })
}
