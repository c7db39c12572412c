//! Linear correlation. In: paired numbers. Out: a coefficient, or nothing where one side does not vary.

use super::describe::mean;

/// Pearson's r; `None` for fewer than two pairs or where one side is constant.
#[must_use]
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    let (centre_x, centre_y) = (mean(x)?, mean(y)?);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        let (a, b) = (a - centre_x, b - centre_y);
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    let spread = |square: f64, centre: f64| square > (1e-13 * centre.abs()).powi(2) * x.len() as f64;
    (spread(xx, centre_x) && spread(yy, centre_y)).then(|| (xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0))
}

/// First-order and higher partial correlation of `x` and `y` given `controls`, by the residuals of two least-squares
/// fits. `None` where the controls explain one side wholly or there are too few pairs.
#[must_use]
pub fn partial(x: &[f64], y: &[f64], controls: &[&[f64]]) -> Option<f64> {
    if x.len() < controls.len() + 3 {
        return None;
    }
    let (x_fit, y_fit) = (super::linear::fit(controls, x)?, super::linear::fit(controls, y)?);
    let residuals = |values: &[f64], fit: &super::linear::Fit| -> Vec<f64> {
        (0..values.len())
            .map(|row| values[row] - fit.predict(controls.iter().map(|column| column[row])))
            .collect()
    };
    let (rx, ry) = (residuals(x, &x_fit), residuals(y, &y_fit));
    let left_over = |residual: &[f64], values: &[f64]| -> Option<bool> {
        Some(super::describe::variance(residual)? > 1e-18 * super::describe::variance(values)?)
    };
    (left_over(&rx, x)? && left_over(&ry, y)?).then(|| pearson(&rx, &ry))?
}
