//! Are two names of one thing told apart? In: pairs of samples of positive numbers. Out: how often a pair was called
//! different, and an equivalence test on the ratio over all pairs.

use serde::Serialize;

use joulemark_base::statistics::mean;
use joulemark_base::statistics::t_quantile;
use joulemark_base::statistics::variance;

/// What an A/A test came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Equivalence {
    /// Pairs that could be judged.
    pub pairs: usize,
    /// Pairs called different: the 99% interval of Welch's t on the logarithms does not hold 0.
    pub different: usize,
    /// Geometric mean of second over first, with its 90% interval.
    pub ratio: f64,
    /// Two one-sided tests at 5% each are one 90% interval (Schuirmann 1987).
    pub ratio_ci90: [f64; 2],
    /// The margin that was tested: 0.01 for ±1%.
    pub margin: f64,
    /// Whether the interval lies within 1/(1 + margin) to 1 + margin.
    pub equivalent: bool,
}

impl Equivalence {
    /// Whether the two differ by more than the margin, and surely at all.
    #[must_use]
    pub fn is_systematic(&self) -> bool {
        let [low, high] = self.ratio_ci90;
        self.ratio.ln().abs() > self.margin.ln_1p() && !(low..=high).contains(&1.0)
    }
}

/// Judges pairs of (first, second); pairs with fewer than two values on a side, or one that is not above zero, are
/// left out. `None` with fewer than two pairs.
#[must_use]
pub fn judge(pairs: &[(Vec<f64>, Vec<f64>)], margin: f64) -> Option<Equivalence> {
    let logs = |values: &[f64]| -> Option<Vec<f64>> {
        let positive = values.len() > 1 && values.iter().all(|value| *value > 0.0);
        positive.then(|| values.iter().map(|value| value.ln()).collect())
    };
    let judged: Vec<(f64, bool)> = pairs
        .iter()
        .filter_map(|(first, second)| differ(&logs(first)?, &logs(second)?))
        .collect();
    let differences: Vec<f64> = judged.iter().map(|(difference, _)| *difference).collect();
    let (centre, spread) = (mean(&differences)?, variance(&differences)?);
    let count = differences.len() as f64;
    let reach = t_quantile(0.95, count - 1.0) * (spread / count).sqrt();
    let bounds = [centre - reach, centre + reach];
    let limit = margin.ln_1p();
    Some(Equivalence {
        pairs: judged.len(),
        different: judged.iter().filter(|(_, different)| *different).count(),
        ratio: centre.exp(),
        ratio_ci90: bounds.map(f64::exp),
        margin,
        equivalent: bounds.iter().all(|bound| bound.abs() < limit),
    })
}

/// Rounds on each side of a pair across rounds.
const ROUNDS: usize = 3;

/// The same pairs, one a round, across rounds: the means of the first name in three rounds against those of the second in the
/// next three, then the other way round, so that a drift takes no side.
#[must_use]
pub fn across_rounds(pairs: &[(Vec<f64>, Vec<f64>)]) -> Vec<(Vec<f64>, Vec<f64>)> {
    let means = |pair: &(Vec<f64>, Vec<f64>)| Some([mean(&pair.0)?, mean(&pair.1)?]);
    let rounds: Vec<[f64; 2]> = pairs.iter().filter_map(means).collect();
    let side = |rounds: &[[f64; 2]], name: usize| rounds.iter().map(|round| round[name]).collect::<Vec<f64>>();
    let blocks = rounds.chunks_exact(2 * ROUNDS).enumerate();
    let crossed = blocks.map(|(index, block)| {
        let (early, late) = block.split_at(ROUNDS);
        match index % 2 {
            0 => (side(early, 0), side(late, 1)),
            _ => (side(late, 0), side(early, 1)),
        }
    });
    crossed.collect()
}

/// The difference of two means, and whether Welch's t test at 1% calls it one.
fn differ(first: &[f64], second: &[f64]) -> Option<(f64, bool)> {
    let difference = mean(second)? - mean(first)?;
    let [a, b] = [
        variance(first)? / first.len() as f64,
        variance(second)? / second.len() as f64,
    ];
    let degrees = (a + b).powi(2) / (a.powi(2) / (first.len() - 1) as f64 + b.powi(2) / (second.len() - 1) as f64);
    // Two equal constants have no degrees of freedom, and no difference.
    let reach = if a + b > 0.0 {
        t_quantile(0.995, degrees) * (a + b).sqrt()
    } else {
        0.0
    };
    Some((difference, difference.abs() > reach))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, LogNormal};

    use super::{across_rounds, judge};

    fn pairs(count: usize, shift: f64) -> Vec<(Vec<f64>, Vec<f64>)> {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let noise = LogNormal::new(0.0, 0.02).unwrap();
        let mut three = |scale: f64| (0..3).map(|_| scale * noise.sample(&mut random)).collect::<Vec<_>>();
        (0..count).map(|_| (three(1.0), three(shift))).collect()
    }

    #[test]
    fn alike_is_equivalent_and_unlike_is_not() {
        let same = judge(&pairs(1000, 1.0), 0.01).unwrap();
        // At 1%, 10 of 1,000 are expected, and 20 are three standard deviations off.
        assert!(
            same.equivalent && same.different <= 20 && same.pairs == 1000,
            "{same:?}"
        );
        let other = judge(&pairs(100, 1.2), 0.01).unwrap();
        assert!(!other.equivalent && other.different > 90, "{other:?}");
        assert!(other.is_systematic() && !same.is_systematic());
        assert!(
            judge(&pairs(1000, 1.02), 0.01).unwrap().is_systematic(),
            "2% in each pair is found over many"
        );
        assert!((other.ratio - 1.2).abs() < 0.01 && other.ratio_ci90[0] < 1.2 && 1.2 < other.ratio_ci90[1]);
    }

    #[test]
    fn what_shifts_a_round_is_no_difference_across_rounds() {
        let mut random = ChaCha8Rng::seed_from_u64(9);
        let (shift, noise) = (LogNormal::new(0.0, 0.02).unwrap(), LogNormal::new(0.0, 0.001).unwrap());
        let mut three = |scale: f64| {
            let own = scale * shift.sample(&mut random);
            (0..3).map(|_| own * noise.sample(&mut random)).collect::<Vec<_>>()
        };
        let mut pairs = |second: f64| (0..600).map(|_| (three(1.0), three(second))).collect::<Vec<_>>();
        let (same, other) = (pairs(1.0), pairs(1.02));
        assert!(
            judge(&same, 0.01).unwrap().different > 300,
            "windows of one round share its shift"
        );
        let across = judge(&across_rounds(&same), 0.01).unwrap();
        assert!(
            across.pairs == 100 && across.different <= 5 && !across.is_systematic(),
            "{across:?}"
        );
        assert!(judge(&across_rounds(&other), 0.01).unwrap().is_systematic());
        // A drift of 1% a round.
        let drift: Vec<_> = (0..48)
            .map(|round| vec![1.01_f64.powi(round); 2])
            .map(|side| (side.clone(), side))
            .collect();
        assert!((judge(&across_rounds(&drift), 0.01).unwrap().ratio - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_interval_is_that_of_the_t_distribution() {
        // Differences of the logarithms: 0 and ln 1.1. Mean half of it, standard error half of it, t(0.95, 1) = 6.3138.
        let pairs = [(vec![1.0, 1.0], vec![1.0, 1.0]), (vec![1.0, 1.0], vec![1.1, 1.1])];
        let judged = judge(&pairs, 0.01).unwrap();
        let half = 0.5 * 1.1_f64.ln();
        assert!(
            (judged.ratio_ci90[1].ln() - half * (1.0 + 6.313_751_5)).abs() < 1e-6,
            "{judged:?}"
        );
        assert_eq!((judged.different, judged.equivalent), (1, false));
        assert_eq!(judge(&pairs[..1], 0.01), None);
    }
}
