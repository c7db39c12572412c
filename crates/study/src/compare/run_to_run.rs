//! What runs of one thing differ by. In: two or more runs of the old side. Out: one deviation for all cases, as two runs of
//! one case alone say next to nothing.

use joulemark_base::statistics::mean;

use super::{ByName, RunToRun, Value, rounds};

/// Pools the variance between the runs' means over the cases that all or some runs share.
pub(super) fn pooled(runs: &[&ByName<'_>], value: Value) -> Option<RunToRun> {
    let (mut squares, mut freedom) = (0.0, 0.0);
    for name in runs.first()?.keys() {
        let of = |run: &&ByName<'_>| mean(&rounds(run.get(name)?, value)).map(f64::ln);
        let logs: Vec<f64> = runs.iter().filter_map(of).collect();
        let Some(centre) = mean(&logs).filter(|_| logs.len() > 1) else {
            continue;
        };
        squares += logs.iter().map(|log| (log - centre).powi(2)).sum::<f64>();
        freedom += (logs.len() - 1) as f64;
    }
    (freedom > 0.0).then(|| RunToRun {
        runs: runs.len(),
        deviation: (squares / freedom).sqrt(),
        freedom,
    })
}
