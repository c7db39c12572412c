//! Kernels on one problem against each other: by time, by energy, by their product. In: samples. Out: a ranking per
//! problem and precision, with who is fastest, who is thriftiest, and whether that is told by the data.

mod picture;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use picture::draw;

use crate::cases::estimate;
use crate::samples::{Case, Samples, Window};
use joulemark_base::estimate::Estimate;
use joulemark_base::objective::Objective;

/// Everything that was ranked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rankings {
    /// Version of this layout.
    pub rankings_version: u32,
    /// Whether simulated energy was let in.
    pub simulated: bool,
    /// Why there is no energy; `None` if there is some.
    pub no_energy: Option<String>,
    /// By device, problem and precision.
    pub rankings: Vec<Ranking>,
}

/// The kernels that compute one problem in one precision on one device, the fastest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// The device.
    pub device: String,
    /// Problem kind.
    pub op: String,
    /// The problem, and its input where that is not the usual one.
    pub problem: String,
    /// Precision.
    pub precision: String,
    /// The kernels.
    pub kernels: Vec<Ranked>,
    /// Who is best by each measure.
    pub best: Vec<Best>,
}

/// One kernel, per iteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// Algorithm, and variant where several were measured.
    pub kernel: String,
    /// Tuning parameters.
    pub variant: String,
    /// Wall time, in seconds.
    pub time_s: Estimate,
    /// Gross energy, in joules.
    pub energy_j: Option<Estimate>,
    /// Energy times delay, in joule-seconds.
    pub energy_delay_js: Option<Estimate>,
    /// Place by time, energy and energy-delay, from 1.
    pub places: [Option<usize>; 3],
}

/// The best kernel by one measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// The measure.
    pub measure: Objective,
    /// The kernel.
    pub kernel: String,
    /// Others whose 95% interval overlaps the best one's, or that have none: the data does not tell them apart.
    pub not_told_apart: Vec<String>,
}

impl Ranked {
    /// What is measured of it.
    #[must_use]
    pub const fn value(&self, measure: Objective) -> Option<Estimate> {
        match measure {
            Objective::Time => Some(self.time_s),
            Objective::Energy => self.energy_j,
            Objective::Edp => self.energy_delay_js,
        }
    }
}

/// Ranks the kernels of every problem that at least two of them computed in one precision.
#[must_use]
pub fn rank(samples: &Samples) -> Rankings {
    type Key = (usize, String, String, String);
    let mut groups: BTreeMap<Key, Vec<&Case>> = BTreeMap::new();
    for case in samples.cases.iter().filter(|case| !case.windows.is_empty()) {
        let facts = &case.facts;
        let key = (facts.device, facts.op.clone(), facts.problem(), facts.precision.clone());
        groups.entry(key).or_default().push(case);
    }
    let rankings = groups.into_iter().filter(|(_, cases)| cases.len() > 1);
    let rankings: Vec<Ranking> = rankings
        .map(|((device, op, problem, precision), cases)| {
            let kernels = kernels(&cases);
            Ranking {
                device: samples.devices[device].name.clone(),
                op,
                problem,
                precision,
                best: Objective::ALL
                    .into_iter()
                    .filter_map(|measure| best(measure, &kernels))
                    .collect(),
                kernels,
            }
        })
        .collect();
    let any_energy = samples
        .cases
        .iter()
        .flat_map(|case| &case.windows)
        .any(|w| w.gross_j.is_some());
    Rankings {
        rankings_version: 2,
        simulated: samples.includes_simulated,
        no_energy: (!any_energy).then(|| crate::findings::why_no_energy(samples)),
        rankings,
    }
}

fn kernels(cases: &[&Case]) -> Vec<Ranked> {
    let mut kernels: Vec<Ranked> = cases.iter().filter_map(|case| ranked(case)).collect();
    kernels.sort_by(|a, b| a.time_s.value.total_cmp(&b.time_s.value));
    for (index, measure) in Objective::ALL.into_iter().enumerate() {
        let mut order: Vec<(usize, f64)> = kernels
            .iter()
            .enumerate()
            .filter_map(|(kernel, ranked)| Some((kernel, ranked.value(measure)?.value)))
            .collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        for (place, (kernel, _)) in order.into_iter().enumerate() {
            kernels[kernel].places[index] = Some(place + 1);
        }
    }
    kernels
}

fn ranked(case: &Case) -> Option<Ranked> {
    let facts = &case.facts;
    let product = |window: &Window| Some(window.gross_j? * window.time_s);
    Some(Ranked {
        kernel: match facts.tag() {
            _ if facts.has_other_variants => format!("{} [{}]", facts.algorithm, facts.variant),
            Some(tag) => format!("{}@{tag}", facts.algorithm),
            None => facts.algorithm.clone(),
        },
        variant: facts.variant.clone(),
        time_s: estimate(case, |window| Some(window.time_s))?,
        energy_j: estimate(case, |window| window.gross_j),
        energy_delay_js: estimate(case, product),
        places: [None; 3],
    })
}

fn best(measure: Objective, kernels: &[Ranked]) -> Option<Best> {
    let mut known: Vec<(&Ranked, Estimate)> = kernels
        .iter()
        .filter_map(|kernel| Some((kernel, kernel.value(measure)?)))
        .collect();
    known.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
    let (first, rest) = known.split_first()?;
    // Without an interval nothing is told apart.
    let is_apart = |other: &Estimate| {
        first
            .1
            .ci95
            .zip(other.ci95)
            .is_some_and(|(first, other)| first[1] < other[0])
    };
    let overlapping = rest.iter().filter(|(_, value)| !is_apart(value));
    Some(Best {
        measure,
        kernel: first.0.kernel.clone(),
        not_told_apart: overlapping.map(|(kernel, _)| kernel.kernel.clone()).collect(),
    })
}

impl Ranking {
    /// Its name in a headline.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}, {}, on {}", self.op, self.problem, self.precision, self.device)
    }

    /// The best kernel by one measure.
    #[must_use]
    pub fn best_by(&self, measure: Objective) -> Option<&Best> {
        self.best.iter().find(|best| best.measure == measure)
    }

    /// The least value by one measure.
    #[must_use]
    pub fn least(&self, measure: Objective) -> Option<Estimate> {
        let values = self.kernels.iter().filter_map(|kernel| kernel.value(measure));
        values.min_by(|a, b| a.value.total_cmp(&b.value))
    }

    /// Whether one kernel is surely the fastest, and another surely takes the least energy.
    #[must_use]
    pub fn fastest_is_not_thriftiest(&self) -> bool {
        let (Some(fastest), Some(thriftiest)) = (self.best_by(Objective::Time), self.best_by(Objective::Energy)) else {
            return false;
        };
        fastest.kernel != thriftiest.kernel
            && !fastest.not_told_apart.contains(&thriftiest.kernel)
            && !thriftiest.not_told_apart.contains(&fastest.kernel)
    }
}
