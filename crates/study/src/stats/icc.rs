//! How alike the members of a group are. In: groups of numbers. Out: the intraclass correlation.

use joulemark_base::statistics::mean;

/// ICC(1) of unequal groups by one-way analysis of variance (Donner 1986); `None` without variance or replication.
#[must_use]
pub fn icc(groups: &[Vec<f64>]) -> Option<f64> {
    let (count, total) = (groups.len() as f64, groups.iter().map(Vec::len).sum::<usize>() as f64);
    let all: Vec<f64> = groups.iter().flatten().copied().collect();
    let centre = mean(&all).filter(|_| count > 1.0 && total > count)?;
    let (mut between, mut within, mut squares) = (0.0, 0.0, 0.0);
    for group in groups {
        let own = mean(group)?;
        between += group.len() as f64 * (own - centre).powi(2);
        within += group.iter().map(|value| (value - own).powi(2)).sum::<f64>();
        squares += (group.len() as f64).powi(2);
    }
    let size = (total - squares / total) / (count - 1.0);
    let (between, within) = (between / (count - 1.0), within / (total - count));
    let whole = between + (size - 1.0) * within;
    (whole > 0.0).then(|| (between - within) / whole)
}
