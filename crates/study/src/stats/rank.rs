//! Rank correlation with ties. In: paired numbers. Out: Spearman's rho and Kendall's tau-b.

use super::correlation::pearson;

/// Ranks from 1; equal values share the mean of their ranks.
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let value = values[order[start] as usize];
        let end = start
            + order[start..]
                .iter()
                .take_while(|index| values[**index as usize] == value)
                .count();
        for index in &order[start..end] {
            ranks[*index as usize] = (start + 1 + end) as f64 / 2.0;
        }
        start = end;
    }
    ranks
}

/// Spearman's rho: Pearson's r of the ranks. `None` where one side is constant.
#[must_use]
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    pearson(&ranks(x), &ranks(y))
}

/// Kendall's tau-b by Knight's algorithm (JASA 61, 1966), in n log n. `None` where one side is constant.
#[must_use]
pub fn kendall_tau_b(x: &[f64], y: &[f64]) -> Option<f64> {
    let mut pairs: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let ties_x = tied_pairs(&pairs, |a, b| a.0 == b.0);
    let ties_both = tied_pairs(&pairs, |a, b| a == b);
    let mut sorted: Vec<f64> = pairs.into_iter().map(|(_, y)| y).collect();
    let mut scratch = sorted.clone();
    let swaps = merge_sort(&mut sorted, &mut scratch);
    let ties_y = tied_pairs(&sorted, |a, b| a == b);
    let count = x.len() as u64;
    let all = count * count.saturating_sub(1) / 2;
    let balance = all as f64 - ties_x as f64 - ties_y as f64 + ties_both as f64 - 2.0 * swaps as f64;
    let scale = ((all - ties_x) as f64).sqrt() * ((all - ties_y) as f64).sqrt();
    (scale > 0.0).then(|| (balance / scale).clamp(-1.0, 1.0))
}

fn tied_pairs<T>(sorted: &[T], same: impl Fn(&T, &T) -> bool) -> u64 {
    sorted
        .chunk_by(same)
        .map(|run| (run.len() as u64) * (run.len() as u64 - 1) / 2)
        .sum()
}

/// Sorts and returns how many pairs stood in the wrong order.
fn merge_sort(values: &mut [f64], scratch: &mut [f64]) -> u64 {
    if values.len() < 2 {
        return 0;
    }
    let middle = values.len() / 2;
    let (left_scratch, right_scratch) = scratch.split_at_mut(middle);
    let mut swaps = merge_sort(&mut values[..middle], left_scratch) + merge_sort(&mut values[middle..], right_scratch);
    let (mut left, mut right) = (0, middle);
    for slot in scratch.iter_mut() {
        if left < middle && (right == values.len() || values[left] <= values[right]) {
            *slot = values[left];
            left += 1;
        } else {
            *slot = values[right];
            right += 1;
            swaps += (middle - left) as u64;
        }
    }
    values.copy_from_slice(scratch);
    swaps
}
