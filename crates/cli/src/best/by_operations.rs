//! What choosing a kernel by the operations that it executes would have cost. In: kernels in order, the best first, and their
//! operations. Out: the choice, its place, and how often fewer operations take more.

use joulemark_base::estimate::Estimate;
use joulemark_base::objective::Objective;
use joulemark_base::si::significant;
use joulemark_study::rank::Ranking;
use serde::Serialize;

/// What choosing by the operations that a kernel executes would have cost.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct ByOperations {
    pub(super) algorithm: String,
    /// Its place in the ranking, from 1.
    pub(super) place: usize,
    /// Its objective over the best one's.
    pub(super) times_the_best: f64,
    /// Pairs of kernels that execute different numbers of operations.
    pub(super) pairs: usize,
    /// Those of them where the kernel with fewer operations takes more, the intervals apart.
    pub(super) inverted: usize,
    pub(super) sentence: String,
}

/// The kernels are in order, the best first, each with the operations that it executes.
pub(super) fn by_operations(objective: Objective, ranking: &Ranking, operations: &[f64]) -> ByOperations {
    let kernels = &ranking.kernels;
    let value = |index: usize| {
        kernels[index]
            .value(objective)
            .unwrap_or(Estimate::point(f64::INFINITY))
    };
    // Of kernels with equally few operations the best stands first, and the choice falls on it.
    let chosen = (0..kernels.len())
        .min_by(|&a, &b| operations[a].total_cmp(&operations[b]))
        .unwrap_or(0);
    let (mut pairs, mut inverted) = (0, 0);
    for better in 0..kernels.len() {
        for worse in better + 1..kernels.len() {
            pairs += usize::from(operations[better] != operations[worse]);
            let known = value(better).ci95.is_some() && value(worse).ci95.is_some();
            let apart = known && value(better).high() < value(worse).low();
            inverted += usize::from(operations[worse] < operations[better] && apart);
        }
    }
    let times_the_best = value(chosen).value / value(0).value;
    let (name, best) = (&kernels[chosen].kernel, &kernels[0].kernel);
    let sentence = if chosen == 0 {
        format!("By operations executed the choice falls on {name}, which is the best.")
    } else {
        format!(
            "By operations executed the choice would fall on {name}: place {} of {}, {} times the {objective} of {best}.",
            chosen + 1,
            kernels.len(),
            significant(times_the_best),
        )
    };
    let share = format!(
        " Of {pairs} pairs with different operations, in {inverted} the kernel with fewer takes more {objective}, beyond \
         the intervals."
    );
    ByOperations {
        algorithm: name.clone(),
        place: chosen + 1,
        times_the_best,
        pairs,
        inverted,
        sentence: sentence + &share,
    }
}

#[cfg(test)]
mod tests {
    use joulemark_base::estimate::Estimate;
    use joulemark_base::objective::Objective;
    use joulemark_study::rank::{Ranked, Ranking};

    use super::by_operations;

    #[test]
    fn operations_err_where_fewer_take_longer() {
        let kernel = |name: &str, time_s: f64| Ranked {
            kernel: name.into(),
            variant: "-".into(),
            time_s: Estimate {
                value: time_s,
                ci95: Some([0.9 * time_s, 1.1 * time_s]),
            },
            energy_j: None,
            energy_delay_js: None,
            places: [None; 3],
        };
        let ranking = Ranking {
            device: "a card".into(),
            op: "conv2d".into(),
            problem: "p".into(),
            precision: "f32".into(),
            kernels: vec![kernel("blocked", 1.0), kernel("winograd", 2.0), kernel("padded", 2.1)],
            best: Vec::new(),
        };
        let told = by_operations(Objective::Time, &ranking, &[1000.0, 400.0, 1200.0]);
        assert_eq!(
            (told.algorithm.as_str(), told.place, told.times_the_best),
            ("winograd", 2, 2.0)
        );
        // 2.0 and 2.1 have overlapping intervals and stand in the right order anyway.
        assert_eq!((told.pairs, told.inverted), (3, 1));
        let right = by_operations(Objective::Time, &ranking, &[1.0, 2.0, 3.0]);
        assert!(
            right.sentence.contains("which is the best") && right.place == 1,
            "{right:?}"
        );
    }
}
