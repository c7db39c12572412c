//! Linear correlation. In: paired numbers. Out: a coefficient, or nothing where one side does not vary.

/// Pearson's r; `None` for fewer than two pairs or where one side is constant.
#[must_use]
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    pearson_of(x.iter().copied().zip(y.iter().copied()))
}

/// Pearson's r of pairs that can be walked through twice.
#[must_use]
pub fn pearson_of(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let (mut count, mut centre_x, mut centre_y) = (0.0, 0.0, 0.0);
    for (x, y) in pairs.clone() {
        count += 1.0;
        centre_x += x;
        centre_y += y;
    }
    centre_x /= count;
    centre_y /= count;
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        let (x, y) = (x - centre_x, y - centre_y);
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    // Of equal values rounding leaves a little.
    let varies = |square: f64, centre: f64| square > (1e-13 * centre).powi(2) * count;
    (varies(xx, centre_x) && varies(yy, centre_y)).then(|| (xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0))
}

/// Partial correlations of the first column with each other one, given all the rest: −P₀ⱼ / √(P₀₀·Pⱼⱼ) of the inverse
/// correlation matrix P. `None` where a column is constant or follows from the others.
#[must_use]
pub fn partial_with_first(columns: &[&[f64]]) -> Option<Vec<f64>> {
    let count = columns.len();
    if columns.first()?.len() < count + 1 {
        return None;
    }
    let mut correlation = vec![vec![1.0; count]; count];
    for a in 0..count {
        for b in 0..a {
            correlation[a][b] = pearson(columns[a], columns[b])?;
            correlation[b][a] = correlation[a][b];
        }
    }
    let unit = |index: usize| {
        (0..count)
            .map(|other| f64::from(u8::from(other == index)))
            .collect::<Vec<_>>()
    };
    let inverse = (0..count)
        .map(|index| super::linear::solve(&correlation, &unit(index)))
        .collect::<Option<Vec<_>>>()?;
    Some(
        (1..count)
            .map(|other| -inverse[0][other] / (inverse[0][0] * inverse[other][other]).sqrt())
            .collect(),
    )
}
