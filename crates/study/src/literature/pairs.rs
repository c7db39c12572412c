//! Two ways to do the same, set against each other. In: subjects of the same problem. Out: the best of either way per problem, and
//! the geometric mean of their ratios with an interval over the rounds.

use joulemark_base::estimate::Estimate;

use super::claim::{Answer, Basis, Dimension, Way};
use super::subject::{Subject, Value, energy_basis, least, ratio_over_rounds, typical};

/// The best of one way and the best of the other, per problem.
pub(super) struct Pairs<'a, 'b>(pub(super) Vec<(&'b Subject<'a>, &'b Subject<'a>)>);

impl<'a, 'b> Pairs<'a, 'b> {
    /// From groups of the same problem; a problem that was not measured both ways is left out.
    pub(super) fn best<'c>(
        problems: impl IntoIterator<Item = &'c Vec<&'b Subject<'a>>>,
        first: impl Fn(&Subject<'a>) -> bool,
        second: impl Fn(&Subject<'a>) -> bool,
        value: Value,
    ) -> Self
    where
        'b: 'c,
    {
        let best = |kernels: &[&'b Subject<'a>], own: &dyn Fn(&Subject<'a>) -> bool| {
            let own = kernels.iter().copied().filter(|kernel| own(kernel));
            least(own, |kernel| value(kernel, None))
        };
        let pair = |kernels: &'c Vec<&'b Subject<'a>>| Some((best(kernels, &first)?, best(kernels, &second)?));
        Self(problems.into_iter().filter_map(pair).collect())
    }

    /// All subjects in it.
    pub(super) fn subjects(&self) -> impl Iterator<Item = &'b Subject<'a>> {
        self.0.iter().flat_map(|(first, second)| [*first, *second])
    }

    /// The geometric mean over the problems of the first's value over the second's.
    pub(super) fn ratio(&self, value: Value) -> Option<Estimate> {
        ratio_over_rounds(self.subjects(), |round| {
            typical(
                self.0
                    .iter()
                    .map(|(first, second)| Some(value(first, round)? / value(second, round)?)),
            )
        })
    }

    /// That ratio as an answer.
    pub(super) fn answer(&self, device: &str, what: String, value: Value, basis: Basis) -> Option<Answer> {
        Some(Answer {
            device: device.to_owned(),
            what,
            value: self.ratio(value)?,
            dimension: Dimension::Ratio,
            basis,
            way: Way::Direct,
            rests_on: match self.0.len() {
                1 => "one problem".into(),
                count => format!("geometric mean over {count} problems"),
            },
        })
    }

    /// What the joules of its subjects are.
    pub(super) fn energy_basis(&self) -> Basis {
        energy_basis(self.subjects())
    }
}
