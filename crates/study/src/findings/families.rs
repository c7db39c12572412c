//! Simpson's question: does the response follow the operations within a family as it does between families? In: a
//! view. Out: slopes and R² of both, and how alike the members of a family are.

use serde::{Deserialize, Serialize};

use super::view::View;
use crate::outcome::Outcome;
use crate::samples::Count;
use crate::stats::correlation::pearson;
use crate::stats::icc::icc;
use crate::stats::linear::fit;
use joulemark_base::si::plural;
use joulemark_base::statistics::mean;

/// Log-log fits of the response on operations, within families and between them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WithinFamily {
    /// Slope over all cases.
    pub slope_pooled: Option<f64>,
    /// R² over all cases.
    pub r2_pooled: Option<f64>,
    /// Slope of the deviations from each family's own mean (fixed effects).
    pub slope_within: Option<f64>,
    /// R² of these.
    pub r2_within: Option<f64>,
    /// Slope of the families' means.
    pub slope_between: Option<f64>,
    /// R² of these.
    pub r2_between: Option<f64>,
    /// Share of the pooled fit's residual variance that lies between families: ICC(1) by one-way analysis of variance.
    pub icc: Option<f64>,
    /// Each family with at least three cases of different operations.
    pub families: Vec<FamilyFit>,
}

/// The fit of one family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FamilyFit {
    /// The family.
    pub family: String,
    /// Its cases.
    pub cases: usize,
    /// Log-log slope.
    pub slope: f64,
    /// Log-log R².
    pub r2: f64,
}

pub(crate) fn within(view: &View) -> Outcome<WithinFamily> {
    let view = view.filter(|point| point.count(Count::FlopsTask).is_some());
    if view.families.len() < 2 {
        return Outcome::unavailable(format!(
            "there are operations of {}; two are needed",
            plural(view.families.len(), "family")
        ));
    }
    let x: Vec<f64> = view
        .points
        .iter()
        .filter_map(|point| point.count(Count::FlopsTask).map(f64::ln))
        .collect();
    let y: Vec<f64> = view.points.iter().map(|point| point.response.value.ln()).collect();
    let pick = |values: &[f64], family: &[usize]| -> Vec<f64> { family.iter().map(|index| values[*index]).collect() };
    let means = |values: &[f64]| -> Vec<f64> {
        view.families
            .iter()
            .filter_map(|family| mean(&pick(values, family)))
            .collect()
    };
    let (x_means, y_means) = (means(&x), means(&y));
    let centred = |values: &[f64], means: &[f64]| -> Vec<f64> {
        values
            .iter()
            .zip(&view.points)
            .map(|(value, point)| value - means[point.family])
            .collect()
    };
    let (x_within, y_within) = (centred(&x, &x_means), centred(&y, &y_means));
    let families = view
        .families
        .iter()
        .zip(&view.family_names)
        .filter_map(|(family, name)| {
            let (x, y) = (pick(&x, family), pick(&y, family));
            let fitted = Some(line(&x, &y)).filter(|_| x.len() >= 3);
            let (slope, r2) = fitted.and_then(|(slope, r2)| slope.zip(r2))?;
            Some(FamilyFit {
                family: name.clone(),
                cases: x.len(),
                slope,
                r2,
            })
        });
    let families = families.collect();
    let (slope_pooled, r2_pooled) = line(&x, &y);
    let (slope_within, r2_within) = line(&x_within, &y_within);
    let (slope_between, r2_between) = line(&x_means, &y_means);
    let residuals: Option<Vec<f64>> =
        fit(&[&x], &y).map(|fit| x.iter().zip(&y).map(|(x, y)| y - fit.predict([*x])).collect());
    let icc = residuals.and_then(|residuals| {
        icc(&view
            .families
            .iter()
            .map(|family| pick(&residuals, family))
            .collect::<Vec<_>>())
    });
    Outcome::Available(WithinFamily {
        slope_pooled,
        r2_pooled,
        slope_within,
        r2_within,
        slope_between,
        r2_between,
        icc,
        families,
    })
}

/// Slope and R²; neither where one side is constant.
fn line(x: &[f64], y: &[f64]) -> (Option<f64>, Option<f64>) {
    let slope = fit(&[x], y).map(|fit| fit.slopes[0]);
    (slope, pearson(x, y).map(|r| r * r))
}
