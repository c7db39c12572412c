//! One run with its ledger. In: samples and ledgers. Out: its name, its device, and the joules in its rows that may be joined.

use joulemark_base::estimate::Estimate;
use joulemark_base::quality::Quality;
use joulemark_records::{Manifest, Status};

use super::claim::{Answer, Basis, Dimension, Way};
use crate::ledger::{Entry, Ledger, is_measured};
use crate::samples::{Case, Samples};

/// A run, or a table from elsewhere.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    samples: &'a Samples,
    index: usize,
}

impl<'a> Run<'a> {
    /// All runs, in the order of reading.
    pub(super) fn all(samples: &'a Samples) -> Vec<Self> {
        (0..samples.runs.len()).map(|index| Self { samples, index }).collect()
    }

    /// What its rows cost.
    pub(super) fn ledger(&self) -> &'a Ledger {
        &self.samples.runs[self.index].ledger
    }

    pub(super) fn manifest(&self) -> Option<&'a Manifest> {
        self.samples.runs[self.index].manifest.as_ref()
    }

    /// Machine, date and number, or the table's path.
    pub(super) fn name(&self) -> &'a str {
        name(self.samples, self.index)
    }

    /// The device, by the first case that has a window of this run.
    pub(super) fn device(&self) -> &'a str {
        let own = |case: &&Case| case.windows.iter().any(|window| window.run as usize == self.index);
        let case = self.samples.cases.iter().find(own);
        case.map_or("unknown device", |case| &self.samples.devices[case.facts.device].name)
    }

    /// The sum over rows of some statuses whose joules may be joined, and what these are: measured ones, or, where there are none
    /// and simulated ones were let in, simulated ones.
    pub(super) fn joules(&self, status: impl Fn(Status) -> bool) -> Option<(Entry, Basis)> {
        let simulated = |quality| quality == Some(Quality::Simulated);
        let sum = |own: &dyn Fn(Option<Quality>) -> bool| {
            let sum = self.ledger().sum(|found, quality| status(found) && own(quality));
            (sum.rows_with_joules > 0).then_some(sum)
        };
        let made_up = || sum(&simulated).filter(|_| self.samples.includes_simulated);
        sum(&is_measured)
            .map(|sum| (sum, Basis::Measured))
            .or_else(|| made_up().map(|sum| (sum, Basis::Simulated)))
    }

    /// An answer about the run as a whole: one value, without an interval.
    pub(super) fn answer(&self, what: &str, value: f64, dimension: Dimension, basis: Basis, rests_on: &str) -> Answer {
        Answer {
            device: self.device().to_owned(),
            what: format!("{what} ({})", self.name()),
            value: Estimate::point(value),
            dimension,
            basis,
            way: Way::Direct,
            rests_on: rests_on.to_owned(),
        }
    }
}

/// Machine, date and number of a run, or a table's path.
pub(super) fn name(samples: &Samples, run: usize) -> &str {
    let facts = &samples.runs[run];
    let id = facts.manifest.as_ref().map(|manifest| manifest.run_id.as_str());
    // What follows the @ tells copies of a run apart.
    id.map_or(&facts.path, |id| id.split_once('@').map_or(id, |(name, _)| name))
}
