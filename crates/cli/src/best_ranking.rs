//! Kernels on one problem, ranked. In: the rows of each. Out: the order, and how the order of their operations differs.

use anyhow::ensure;
use joulemark_base::estimate::Estimate;
use joulemark_base::si::significant;
use joulemark_base::statistics::mean_ci95;
use joulemark_kernels::{Precision, Problem};
use joulemark_records::Row;
use serde::Serialize;

use crate::best::Objective;

/// One kernel's measurement, per iteration.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Kernel {
    pub(crate) algorithm: String,
    pub(crate) variant: String,
    /// Mean and 95% interval over the windows.
    pub(crate) time_s: Estimate,
    /// Of the device, over the windows that have joules; none if no window has.
    pub(crate) energy_j: Option<Estimate>,
    pub(crate) energy_quality: Option<&'static str>,
    /// The objective over the best kernel's.
    pub(crate) of_the_best: f64,
    pub(crate) ops_executed: u64,
    pub(crate) flops_task: u64,
    /// Why there are no joules.
    #[serde(skip)]
    pub(crate) reason: String,
}

/// What choosing by the operations that a kernel executes would have cost.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ByOperations {
    pub(crate) algorithm: String,
    /// Its place in the ranking, from 1.
    pub(crate) place: usize,
    /// Its objective over the best one's.
    pub(crate) times_the_best: f64,
    /// Pairs of kernels that execute different numbers of operations.
    pub(crate) pairs: usize,
    /// Those of them where the kernel with fewer operations takes more, the intervals apart.
    pub(crate) inverted: usize,
    pub(crate) sentence: String,
}

/// The ranking.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ranking {
    pub(crate) problem: String,
    pub(crate) precision: String,
    pub(crate) adapter: String,
    pub(crate) objective: &'static str,
    /// The best first.
    pub(crate) kernels: Vec<Kernel>,
    pub(crate) by_operations: ByOperations,
    /// What the operations of the task, the same for all, say.
    pub(crate) by_task: String,
    pub(crate) energy_reason: Option<String>,
}

impl Kernel {
    /// The kernel of these rows; none if no window ended.
    pub(crate) fn measured(algorithm: &str, rows: &[Row]) -> Option<Self> {
        let measured: Vec<&Row> = rows.iter().filter(|row| row.status.is_timed()).collect();
        let each = |value: fn(&Row) -> Option<f64>| -> Vec<f64> {
            let per_iteration = |row: &&Row| Some(value(row)? / row.iterations? as f64);
            measured.iter().filter_map(per_iteration).collect()
        };
        let first = measured.first()?;
        let energy_j = mean_ci95(&each(|row| row.device.energy_j));
        let without = measured.iter().find(|row| row.device.energy_j.is_none());
        Some(Self {
            algorithm: algorithm.into(),
            variant: first.variant.clone(),
            time_s: mean_ci95(&each(|row| row.wall_s))?,
            energy_j,
            energy_quality: energy_j.and(first.device.quality).map(|quality| quality.as_str()),
            of_the_best: 1.0,
            ops_executed: first.ops_executed?,
            flops_task: first.flops_task?,
            reason: without.map(|row| row.reason.clone()).unwrap_or_default(),
        })
    }

    fn value(&self, objective: Objective) -> Option<Estimate> {
        match objective {
            Objective::Time => Some(self.time_s),
            Objective::Energy => self.energy_j,
        }
    }
}

impl Ranking {
    /// Ranks the kernels.
    ///
    /// # Errors
    /// If none was measured, or one has no joules and they are asked for.
    pub(crate) fn new(
        objective: Objective,
        adapter: &str,
        problem: &Problem,
        precision: Precision,
        kernels: Vec<Kernel>,
    ) -> anyhow::Result<Self> {
        ensure!(
            !kernels.is_empty(),
            "no algorithm computes {problem} in {precision} on this adapter; `joulemark verify` says why for each"
        );
        let mut ranked = Vec::new();
        for kernel in kernels {
            let value = kernel.value(objective);
            ensure!(
                value.is_some(),
                "the energy of {} could not be measured: {}",
                kernel.algorithm,
                kernel.reason
            );
            ranked.extend(value.map(|value| (value, kernel)));
        }
        ranked.sort_by(|a, b| a.0.value.total_cmp(&b.0.value));
        let best = ranked[0].0.value;
        for (value, kernel) in &mut ranked {
            kernel.of_the_best = value.value / best;
        }
        let by_operations = by_operations(objective, &ranked);
        let kernels: Vec<Kernel> = ranked.into_iter().map(|(_, kernel)| kernel).collect();
        let reason = kernels.iter().find(|kernel| kernel.energy_j.is_none());
        Ok(Self {
            problem: problem.to_string(),
            precision: precision.to_string(),
            adapter: adapter.into(),
            objective: objective.word(),
            by_operations,
            by_task: format!(
                "By the task's FLOPs no kernel can be chosen: they are the same for all {}, whose {} differs ×{}.",
                kernels.len(),
                objective.word(),
                significant(kernels[kernels.len() - 1].of_the_best)
            ),
            energy_reason: reason.map(|kernel| format!("not measured: {}", kernel.reason)),
            kernels,
        })
    }
}

fn by_operations(objective: Objective, ranked: &[(Estimate, Kernel)]) -> ByOperations {
    // Of kernels with equally few operations the best stands first, and the choice falls on it.
    let (index, (_, chosen)) = ranked
        .iter()
        .enumerate()
        .min_by_key(|(_, (_, kernel))| kernel.ops_executed)
        .expect("a ranking has a kernel");
    let (mut pairs, mut inverted) = (0, 0);
    for (i, (better, first)) in ranked.iter().enumerate() {
        for (worse, second) in &ranked[i + 1..] {
            pairs += usize::from(first.ops_executed != second.ops_executed);
            let apart = match (better.ci95, worse.ci95) {
                (Some([_, high]), Some([low, _])) => high < low,
                _ => false,
            };
            inverted += usize::from(second.ops_executed < first.ops_executed && apart);
        }
    }
    let word = objective.word();
    let sentence = if index == 0 {
        format!(
            "By operations executed the choice falls on {}, which is the best.",
            chosen.algorithm
        )
    } else {
        format!(
            "By operations executed the choice would fall on {}: place {} of {}, {} times the {word} of {}.",
            chosen.algorithm,
            index + 1,
            ranked.len(),
            significant(chosen.of_the_best),
            ranked[0].1.algorithm
        )
    };
    let share = format!(
        " Of {pairs} pairs with different operations, in {inverted} the kernel with fewer takes more {word}, beyond the \
         intervals."
    );
    ByOperations {
        algorithm: chosen.algorithm.clone(),
        place: index + 1,
        times_the_best: chosen.of_the_best,
        pairs,
        inverted,
        sentence: sentence + &share,
    }
}

#[cfg(test)]
mod tests {
    use joulemark_base::estimate::Estimate;
    use joulemark_kernels::Precision;

    use super::{Kernel, Ranking};
    use crate::best::Objective;

    fn kernel(algorithm: &str, time_s: f64, energy_j: Option<f64>, ops_executed: u64) -> Kernel {
        let estimate = |value: f64| Estimate {
            value,
            ci95: Some([0.9 * value, 1.1 * value]),
        };
        Kernel {
            algorithm: algorithm.into(),
            variant: "-".into(),
            time_s: estimate(time_s),
            energy_j: energy_j.map(estimate),
            energy_quality: None,
            of_the_best: 1.0,
            ops_executed,
            flops_task: 1000,
            reason: "the sensor sleeps".into(),
        }
    }

    fn rank(objective: Objective, kernels: &[Kernel]) -> Result<Ranking, String> {
        let problem = "8x8x8".parse().unwrap();
        Ranking::new(objective, "a card", &problem, Precision::F32, kernels.to_vec()).map_err(|e| e.to_string())
    }

    #[test]
    fn operations_err_where_fewer_take_longer() {
        let kernels = [
            kernel("winograd", 2.0, Some(1.0), 400),
            kernel("blocked", 1.0, Some(5.0), 1000),
            kernel("padded", 2.1, Some(5.0), 1200),
        ];
        let by_time = rank(Objective::Time, &kernels).unwrap();
        let order: Vec<_> = by_time.kernels.iter().map(|kernel| kernel.algorithm.as_str()).collect();
        assert_eq!(order, ["blocked", "winograd", "padded"]);
        let chosen = &by_time.by_operations;
        assert_eq!(
            (chosen.algorithm.as_str(), chosen.place, chosen.times_the_best),
            ("winograd", 2, 2.0)
        );
        // 2.0 and 2.1 have overlapping intervals and stand in the right order anyway.
        assert_eq!((chosen.pairs, chosen.inverted), (3, 1));
        let by_energy = rank(Objective::Energy, &kernels).unwrap();
        assert_eq!(by_energy.by_operations.place, 1);
        assert!(by_energy.by_operations.sentence.contains("which is the best"));
    }

    #[test]
    fn missing_joules_are_not_ranked() {
        let kernels = [kernel("a", 1.0, Some(1.0), 1), kernel("b", 1.0, None, 1)];
        let error = rank(Objective::Energy, &kernels).unwrap_err();
        assert_eq!(error, "the energy of b could not be measured: the sensor sleeps");
        let ranking = rank(Objective::Time, &kernels).unwrap();
        assert_eq!(
            ranking.energy_reason.as_deref(),
            Some("not measured: the sensor sleeps")
        );
        assert!(rank(Objective::Time, &[]).is_err());
    }
}
