//! A case as the papers' questions need it: joules and seconds per iteration, round by round. In: samples. Out: subjects, and
//! numbers made of them with an interval over the rounds.

use std::collections::{BTreeMap, BTreeSet};

use joulemark_base::estimate::Estimate;
use joulemark_base::quality::Quality;
use joulemark_base::statistics::{mean, mean_ci95};

use super::claim::Basis;
use crate::samples::{CaseFacts, Count, Samples, Window};

/// Run and round of it; `None` stands for all rounds together.
pub(super) type Round = Option<(u32, u32)>;

/// A value of a subject in a round.
pub(super) type Value = fn(&Subject<'_>, Round) -> Option<f64>;

/// Seconds per iteration.
pub(super) const TIME: Value = |subject, round| subject.time_s(round);
/// Joules per iteration.
pub(super) const JOULES: Value = |subject, round| subject.joules(round);

/// Fewer rounds than this give no interval.
const MIN_ROUNDS: usize = 3;

/// A case that was measured.
pub(super) struct Subject<'a> {
    pub(super) facts: &'a CaseFacts,
    /// The device's name.
    pub(super) device: &'a str,
    times: Series,
    joules: Series,
    simulated: bool,
    methods: BTreeSet<Option<Quality>>,
}

/// A value per iteration, round by round.
struct Series {
    /// Over all windows.
    overall: Option<f64>,
    rounds: BTreeMap<(u32, u32), f64>,
}

impl Series {
    fn of(windows: &[&Window], value: impl Fn(&Window) -> Option<f64>) -> Self {
        let mut rounds: BTreeMap<(u32, u32), Vec<f64>> = BTreeMap::new();
        let mut all = Vec::new();
        for window in windows {
            if let Some(value) = value(window) {
                rounds.entry((window.run, window.round)).or_default().push(value);
                all.push(value);
            }
        }
        let means = rounds
            .into_iter()
            .filter_map(|(round, values)| Some((round, mean(&values)?)));
        Self {
            overall: mean(&all),
            rounds: means.collect(),
        }
    }

    /// The value of a round. Where a run has enough others, their mean stands in for one that is missing: one failed window
    /// must not cost a whole network its round.
    fn get(&self, round: Round) -> Option<f64> {
        let Some(key @ (run, _)) = round else {
            return self.overall;
        };
        let stand_in = || {
            let of_run: Vec<f64> = self
                .rounds
                .range((run, 0)..=(run, u32::MAX))
                .map(|(_, value)| *value)
                .collect();
            mean(&of_run).filter(|_| of_run.len() >= MIN_ROUNDS)
        };
        self.rounds.get(&key).copied().or_else(stand_in)
    }
}

impl<'a> Subject<'a> {
    /// Every measured case that is there for its own sake: controls are not. `runs` restricts the windows to some runs.
    /// Simulated joules are left out where there are measured ones anywhere.
    pub(super) fn all(samples: &'a Samples, runs: impl Fn(u32) -> bool) -> Vec<Self> {
        let measured = |window: &Window| window.gross_j.is_some() && !window.simulated;
        let any_measured = samples.cases.iter().flat_map(|case| &case.windows).any(measured);
        let joules = |window: &Window| window.gross_j.filter(|_| !(any_measured && window.simulated));
        let cases = samples.cases.iter().filter(|case| !case.facts.is_control());
        cases
            .filter_map(|case| {
                let windows: Vec<&Window> = case.windows.iter().filter(|window| runs(window.run)).collect();
                let runs: BTreeSet<u32> = windows.iter().map(|window| window.run).collect();
                let methods = runs
                    .into_iter()
                    .filter_map(|run| samples.runs.get(run as usize)?.ledger.methods.get(&case.facts.case_id));
                (!windows.is_empty()).then(|| Self {
                    methods: methods.flatten().copied().collect(),
                    facts: &case.facts,
                    device: &samples.devices[case.facts.device].name,
                    times: Series::of(&windows, |window| Some(window.time_s)),
                    joules: Series::of(&windows, joules),
                    simulated: !any_measured,
                })
            })
            .collect()
    }

    /// Gross joules of the device per iteration.
    pub(super) fn joules(&self, round: Round) -> Option<f64> {
        self.joules.get(round)
    }

    /// Seconds per iteration.
    pub(super) fn time_s(&self, round: Round) -> Option<f64> {
        self.times.get(round)
    }

    /// A count per iteration.
    pub(super) fn count(&self, count: Count) -> Option<f64> {
        self.facts.count(count)
    }

    /// A count that is known and above zero.
    pub(super) fn positive(&self, count: Count) -> Option<f64> {
        self.count(count).filter(|value| *value > 0.0)
    }

    /// How its measured joules were had, in words: no fit joins cases that differ in this.
    pub(super) fn methods(&self) -> String {
        let words = self
            .methods
            .iter()
            .map(|method| method.map_or("unstated", Quality::as_str));
        words.collect::<Vec<_>>().join(" and ")
    }

    /// What its joules are.
    pub(super) fn energy_basis(&self) -> Basis {
        if self.simulated {
            Basis::Simulated
        } else {
            Basis::Measured
        }
    }
}

/// What the joules of several subjects are.
pub(super) fn energy_basis<'a>(subjects: impl IntoIterator<Item = &'a Subject<'a>>) -> Basis {
    let bases = subjects.into_iter().map(Subject::energy_basis);
    bases.max().unwrap_or(Basis::Measured)
}

/// A statistic of several subjects: the mean of its values in the rounds that have all it needs, with Student's interval over
/// them; of fewer than three such rounds its value over all windows, without an interval.
pub(super) fn over_rounds<'a>(
    subjects: impl IntoIterator<Item = &'a Subject<'a>>,
    statistic: impl Fn(Round) -> Option<f64>,
) -> Option<Estimate> {
    let rounds: BTreeSet<Round> = subjects
        .into_iter()
        .flat_map(|subject| subject.times.rounds.keys().copied().map(Some))
        .collect();
    let finite = |round| statistic(round).filter(|value| value.is_finite());
    let values: Vec<f64> = rounds.into_iter().filter_map(finite).collect();
    if values.len() < MIN_ROUNDS {
        return finite(None).map(Estimate::point);
    }
    mean_ci95(&values)
}

/// The same of a ratio, on logarithms: the geometric mean over the rounds, with an interval that stays above zero.
pub(super) fn ratio_over_rounds<'a>(
    subjects: impl IntoIterator<Item = &'a Subject<'a>>,
    ratio: impl Fn(Round) -> Option<f64>,
) -> Option<Estimate> {
    over_rounds(subjects, |round| ratio(round).map(f64::ln)).map(|logs| logs.map(f64::exp))
}

/// The geometric mean of ratios, one per group; `None` where a group lacks its ratio, or there is no group.
pub(super) fn typical(ratios: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let logs: Option<Vec<f64>> = ratios
        .into_iter()
        .map(|ratio| ratio.filter(|ratio| *ratio > 0.0).map(f64::ln))
        .collect();
    mean(&logs?).map(f64::exp)
}

/// The subject of least value; those without a value do not take part.
pub(super) fn least<'a, 'b>(
    subjects: impl IntoIterator<Item = &'b Subject<'a>>,
    value: impl Fn(&Subject<'a>) -> Option<f64>,
) -> Option<&'b Subject<'a>>
where
    'a: 'b,
{
    let valued = subjects
        .into_iter()
        .filter_map(|subject| Some((value(subject)?, subject)));
    valued.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, subject)| subject)
}

/// Subjects by a key, in the keys' order.
pub(super) fn grouped<'a, 'b, K: Ord>(
    subjects: impl IntoIterator<Item = &'b Subject<'a>>,
    key: impl Fn(&Subject<'a>) -> Option<K>,
) -> BTreeMap<K, Vec<&'b Subject<'a>>>
where
    'a: 'b,
{
    let mut groups: BTreeMap<K, Vec<&Subject>> = BTreeMap::new();
    for subject in subjects {
        if let Some(key) = key(subject) {
            groups.entry(key).or_default().push(subject);
        }
    }
    groups
}
