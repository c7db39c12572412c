//! The cases of one scope with one response (gross energy, active energy or time), ready for statistics. In: samples.
//! Out: points with their proxies, grouped by family, and what was left out and why.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::cases::estimate;
use crate::samples::{Case, Count, Samples, Window};
use crate::stats::bootstrap::{MIN_FAMILIES, Windows, draw_cases};
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

    /// Its value in a window, per iteration.
    #[must_use]
    pub const fn of(self, window: &Window) -> Option<f64> {
        match self {
            Self::Gross => window.gross_j,
            Self::Active => window.active_j,
            Self::Time => Some(window.time_s),
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
    pub(crate) response: Estimate,
    pub(crate) time_s: f64,
    pub(crate) counts: [Option<f64>; 9],
    pub(crate) windows: Windows,
    /// Relative standard error of the response; 0 for a single window.
    pub(crate) relative_error: f64,
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
    pub(crate) excluded: Vec<Excluded>,
}

/// A case counts as saturated if its active power is at least this share of the scope's highest … The rule has no number: a
/// quarter leaves out nearly idle devices (half of Henderson's nets drew 2 to 11 W above idle on a board of 250 W) and
/// keeps kernels bound by memory, which draw less than those bound by arithmetic.
const SATURATED_POWER_SHARE: f64 = 0.25;
/// Other shares that could be defended: what the verdict would be with them is told beside it.
pub(crate) const OTHER_POWER_SHARES: [f64; 2] = [0.1, 0.5];
/// … and the device, by its timestamps or its utilisation, was busy at least this share of the time.
const SATURATED_BUSY_SHARE: f64 = 0.9;

impl View {
    pub(crate) fn new(samples: &Samples, cases: &[usize], response: Response) -> Self {
        Self::with_power_share(samples, cases, response, SATURATED_POWER_SHARE)
    }

    /// Active energy of the cases that draw at least this share of the highest active power.
    pub(crate) fn of_saturated(samples: &Samples, cases: &[usize], power_share: f64) -> Self {
        Self::with_power_share(samples, cases, Response::Active, power_share)
    }

    fn with_power_share(samples: &Samples, cases: &[usize], response: Response, power_share: f64) -> Self {
        let mut view = Self {
            response,
            points: Vec::new(),
            family_names: Vec::new(),
            families: Vec::new(),
            excluded: Vec::new(),
        };
        let mut excluded: BTreeMap<&str, usize> = BTreeMap::new();
        let names: BTreeSet<String> = cases.iter().map(|case| samples.cases[*case].facts.family()).collect();
        let names: Vec<String> = names.into_iter().collect();
        let highest_power = cases
            .iter()
            .filter_map(|case| active_power(&samples.cases[*case]))
            .fold(0.0, f64::max);
        let least_power = power_share * highest_power;
        for index in cases {
            let case = &samples.cases[*index];
            match point(case, *index, response, least_power) {
                Ok(mut point) => {
                    point.family = names.binary_search(&case.facts.family()).unwrap_or(0);
                    view.points.push(point);
                }
                Err(reason) => *excluded.entry(reason).or_default() += 1,
            }
        }
        view.excluded = excluded
            .into_iter()
            .map(|(reason, cases)| Excluded {
                reason: reason.into(),
                cases,
            })
            .collect();
        view.regroup(names);
        view
    }

    /// Numbers the families that have points, in the order of their names.
    fn regroup(&mut self, names: Vec<String>) {
        let mut families = vec![Vec::new(); names.len()];
        for (index, point) in self.points.iter().enumerate() {
            families[point.family].push(index);
        }
        let kept = names.into_iter().zip(families).filter(|(_, points)| !points.is_empty());
        (self.family_names, self.families) = kept.unzip();
        for (family, points) in self.families.iter().enumerate() {
            for point in points {
                self.points[*point].family = family;
            }
        }
    }

    /// Without the cases whose inputs let kernels leave out operations: what their task counts is not what is equal.
    pub(crate) fn without_structured_inputs(self, samples: &Samples) -> Self {
        let mut view = self.filter(|point| !samples.cases[point.case].facts.has_structured_input());
        let cases = self.points.len() - view.points.len();
        if cases > 0 {
            view.excluded.push(Excluded {
                reason: "its inputs are made for kernels that leave out operations of the task".into(),
                cases,
            });
        }
        view
    }

    /// The points that satisfy a test, regrouped.
    pub(crate) fn filter(&self, keep: impl Fn(&Point) -> bool) -> Self {
        let mut view = Self {
            points: self.points.iter().filter(|point| keep(point)).cloned().collect(),
            ..self.clone()
        };
        view.regroup(self.family_names.clone());
        view
    }

    /// What the bootstrap draws first, and how many of them there are.
    pub(crate) fn clusters(&self) -> usize {
        if self.families.len() < MIN_FAMILIES {
            self.points.len()
        } else {
            self.families.len()
        }
    }

    /// Draws points, and a resampled response for each.
    pub(crate) fn draw(&self, random: &mut impl Rng, picks: &mut Vec<usize>, responses: &mut Vec<f64>) {
        draw_cases(random, &self.families, picks);
        responses.clear();
        for pick in picks.iter() {
            responses.push(self.points[*pick].windows.draw(random).max(f64::MIN_POSITIVE));
        }
    }
}

fn active_power(case: &Case) -> Option<f64> {
    estimate(case, |window| Some(window.active_j? / window.time_s)).map(|power| power.value)
}

fn point(case: &Case, index: usize, response: Response, least_power: f64) -> Result<Point, &'static str> {
    let values: Vec<f64> = case.windows.iter().filter_map(|window| response.of(window)).collect();
    let value = estimate(case, |window| response.of(window)).ok_or("its energy was not measured")?;
    let value = match (value.ci95, case.windows.as_slice()) {
        (None, [Window { u_j: Some(u_j), .. }]) if response != Response::Time => Estimate {
            ci95: Some([value.value - u_j, value.value + u_j]),
            ..value
        },
        _ => value,
    };
    if value.low() <= 0.0 {
        return Err(match response {
            Response::Active => "its energy cannot be told from that of the idle device",
            Response::Gross | Response::Time => "its interval reaches down to zero",
        });
    }
    if response == Response::Active {
        let power = active_power(case).ok_or("its energy was not measured")?;
        if power < least_power {
            return Err("it does not saturate the device: its active power is too small a share of the highest");
        }
        if busy_share(case).is_some_and(|share| share < SATURATED_BUSY_SHARE) {
            return Err("it does not saturate the device: that was busy for less than 90% of the time");
        }
    }
    let half_width = value.ci95.map_or(0.0, |[low, high]| (high - low) / 2.0);
    Ok(Point {
        case: index,
        label: case.facts.label(),
        precision: case.facts.precision.clone(),
        device: case.facts.device,
        family: 0,
        response: value,
        time_s: estimate(case, |window| Some(window.time_s)).map_or(0.0, |time| time.value),
        counts: case.facts.counts,
        relative_error: half_width / 1.96 / value.value,
        windows: Windows::new(values),
    })
}

/// How much of the wall time the device was busy: by utilisation where it is known, otherwise by timestamps.
fn busy_share(case: &Case) -> Option<f64> {
    let by_utilisation = estimate(case, |window| window.utilisation.map(f64::from));
    by_utilisation
        .or_else(|| estimate(case, |window| Some(window.gpu_s? / window.time_s)))
        .map(|share| share.value)
}
