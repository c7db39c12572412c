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
    tau_b(x.len() as u64, [ties_x, ties_y, ties_both], swaps)
}

/// Values as their place among the distinct values, from 0: what ranks need, in integers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The place of each value.
    pub places: Vec<u32>,
    /// How many distinct values there are.
    pub distinct: usize,
    order: Vec<(u64, u32)>,
}

impl Places {
    /// Finds the places of values that are all above zero (their bits then order as they do). Storage is used again.
    pub fn find(&mut self, values: &[f64]) {
        self.order.clear();
        self.order.extend(
            values
                .iter()
                .enumerate()
                .map(|(index, value)| (value.to_bits(), index as u32)),
        );
        self.order.sort_unstable();
        self.number(values.len());
    }

    /// The same of values that rise already.
    pub fn find_rising(&mut self, values: &[f64]) {
        let order = values
            .iter()
            .enumerate()
            .map(|(index, value)| (value.to_bits(), index as u32));
        self.order.clear();
        self.order.extend(order);
        self.number(values.len());
    }

    fn number(&mut self, count: usize) {
        self.places.clear();
        self.places.resize(count, 0);
        self.distinct = 0;
        for run in self.order.chunk_by(|a, b| a.0 == b.0) {
            for (_, index) in run {
                self.places[*index as usize] = self.distinct as u32;
            }
            self.distinct += 1;
        }
    }
}

/// Storage for [`both`], used again and again by a bootstrap.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    x_starts: Vec<u32>,
    y_counts: Vec<u32>,
    y_sorted: Vec<u32>,
    merge: Vec<u32>,
}

/// Spearman's rho and Kendall's tau-b at once, where `x` has places below `x_distinct` and `y` was just found. An entry of
/// `x` that is `None` leaves its pair out.
#[must_use]
pub fn both(x: &[Option<u32>], x_distinct: usize, y: &Places, scratch: &mut Scratch) -> (Option<f64>, Option<f64>) {
    let Scratch {
        x_starts,
        y_counts,
        y_sorted,
        merge,
    } = scratch;
    x_starts.clear();
    x_starts.resize(x_distinct + 1, 0);
    y_counts.clear();
    y_counts.resize(y.distinct, 0);
    for (x, y) in x.iter().zip(&y.places) {
        if let Some(x) = x {
            x_starts[*x as usize + 1] += 1;
            y_counts[*y as usize] += 1;
        }
    }
    let pairs_of = |count: u32| u64::from(count) * u64::from(count.saturating_sub(1)) / 2;
    let ties_x: u64 = x_starts.iter().map(|count| pairs_of(*count)).sum();
    let ties_y: u64 = y_counts.iter().map(|count| pairs_of(*count)).sum();
    for index in 1..x_starts.len() {
        x_starts[index] += x_starts[index - 1];
    }
    let count = x_starts[x_distinct];
    // Doubled mean ranks less one, centred: whole numbers, so nothing is rounded.
    let centre = f64::from(count);
    let rank_x: Vec<f64> = x_starts
        .windows(2)
        .map(|pair| f64::from(pair[0]) + f64::from(pair[1]) - centre)
        .collect();
    let mut before = 0;
    let rank_y: Vec<f64> = y_counts
        .iter()
        .map(|ties| {
            let rank = 2.0 * f64::from(before) + f64::from(*ties) - centre;
            before += ties;
            rank
        })
        .collect();
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    y_sorted.clear();
    y_sorted.resize(count as usize, 0);
    // In the order of y, each to the next free place of its x: sorted by x, then by y.
    for (_, index) in &y.order {
        let y = y.places[*index as usize];
        if let Some(x) = x[*index as usize] {
            let (a, b) = (rank_x[x as usize], rank_y[y as usize]);
            xx += a * a;
            yy += b * b;
            xy += a * b;
            y_sorted[x_starts[x as usize] as usize] = y;
            x_starts[x as usize] += 1;
        }
    }
    let rho = (xx > 0.0 && yy > 0.0).then(|| (xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0));
    // By now each start has moved to its run's end.
    let mut start = 0;
    let mut ties_both = 0;
    for end in &x_starts[..x_distinct] {
        ties_both += tied_pairs(&y_sorted[start..*end as usize], |a, b| a == b);
        start = *end as usize;
    }
    merge.clear();
    merge.resize(y_sorted.len(), 0);
    let swaps = merge_sort(y_sorted, merge);
    (rho, tau_b(u64::from(count), [ties_x, ties_y, ties_both], swaps))
}

fn tau_b(count: u64, [ties_x, ties_y, ties_both]: [u64; 3], swaps: u64) -> Option<f64> {
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
fn merge_sort<T: Copy + PartialOrd>(values: &mut [T], scratch: &mut [T]) -> u64 {
    // Short runs by insertion: each step is one pair in the wrong order.
    if values.len() < 24 {
        let mut swaps = 0;
        for end in 1..values.len() {
            let mut place = end;
            while place > 0 && values[place - 1] > values[place] {
                values.swap(place - 1, place);
                place -= 1;
            }
            swaps += (end - place) as u64;
        }
        return swaps;
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
