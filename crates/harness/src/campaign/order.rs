//! The order of a campaign. In: how many cases and rounds, and the seed. Out: the visits, the same for the same seed.

use joulemark::journal::Position;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The case that recurs: the suite's first.
pub(super) const SENTINEL: usize = 0;
/// From this many cases on the sentinel is visited at both ends of a round as well: fewer are over before anything drifts.
const FEWEST_FOR_SENTINEL: usize = 8;

/// One visit to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// Round, from 0.
    pub(super) round: u32,
    /// Place in the round, from 0.
    pub(super) order: u32,
    /// Which case.
    pub(super) case: usize,
    /// Whether the sentinel is visited only to see whether the device drifts.
    pub(super) sentinel: bool,
}

impl Visit {
    pub(super) fn position(&self, window: u32) -> Position {
        Position {
            round: self.round,
            order: self.order,
            window,
        }
    }
}

/// All visits: in each round every case once in a fresh order, the sentinel before and after them too.
pub(super) fn visits(cases: usize, rounds: u32, seed: u64) -> Vec<Visit> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..cases).collect();
    let mut visits = Vec::new();
    for round in 0..rounds {
        order.shuffle(&mut rng);
        let sentinels = usize::from(cases >= FEWEST_FOR_SENTINEL);
        let round_cases = std::iter::repeat_n((SENTINEL, true), sentinels)
            .chain(order.iter().map(|&case| (case, false)))
            .chain(std::iter::repeat_n((SENTINEL, true), sentinels));
        visits.extend((0..).zip(round_cases).map(|(order, (case, sentinel))| Visit {
            round,
            order,
            case,
            sentinel,
        }));
    }
    visits
}

#[cfg(test)]
mod tests {
    use super::visits;

    #[test]
    fn rounds_visit_all_in_fresh_order_and_the_sentinel_at_both_ends() {
        let all = visits(20, 2, 7);
        assert_eq!(all, visits(20, 2, 7));
        assert_ne!(all, visits(20, 2, 8));
        assert_eq!(all.len(), 2 * 22);
        let round = |round| all.iter().filter(move |visit| visit.round == round);
        for number in 0..2 {
            let mut cases: Vec<_> = round(number)
                .filter(|visit| !visit.sentinel)
                .map(|visit| visit.case)
                .collect();
            cases.sort_unstable();
            assert_eq!(cases, (0..20).collect::<Vec<_>>());
            let sentinels: Vec<_> = round(number)
                .filter(|visit| visit.sentinel)
                .map(|visit| visit.order)
                .collect();
            assert_eq!(sentinels, [0, 21]);
        }
        let order = |number| round(number).map(|visit| visit.case).collect::<Vec<_>>();
        assert_ne!(order(0), order(1));
        assert_eq!(visits(2, 1, 1).len(), 2);
    }
}
