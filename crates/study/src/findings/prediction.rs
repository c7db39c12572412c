//! How well each cost proxy describes the response: log E = a + b·log x, and its errors on cases and families that it has
//! not seen. In: a view. Out: a score per proxy. The rule compares other fits, all in one form: see `models`.

use serde::{Deserialize, Serialize};

use super::draws::Draws;
use super::models::{Models, Predictor};
use super::roofline::Peaks;
use super::view::{Point, Response, View};
use crate::outcome::Outcome;
use crate::samples::Count;
use crate::stats::correlation::pearson;
use crate::stats::normal::Normal;
use joulemark_base::estimate::Estimate;
use joulemark_base::si::plural;
use joulemark_base::statistics::mean;
use joulemark_base::statistics::median;

/// Whether a proxy is known before anything is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyKind {
    /// Counted.
    APriori,
    /// Needs the measured time.
    PostHoc,
}

/// How one proxy does. All errors are fractions: 0.2 is 20%.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProxyScore {
    /// Its name.
    pub name: String,
    /// Whether it is counted or measured.
    pub kind: ProxyKind,
    /// Cases in which it is known.
    pub cases: usize,
    /// R² of the logarithms over all cases (in sample).
    pub r2_loglog: Option<f64>,
    /// Mean absolute percentage error, leaving out one case at a time.
    pub loo_mape: Option<f64>,
    /// Median of the same.
    pub loo_median_ape: Option<f64>,
    /// Mean absolute percentage error, leaving out one family at a time.
    pub lofo_mape: Option<f64>,
    /// Root mean square of log10(predicted / measured), leaving out one case at a time.
    pub rmse_dex: Option<f64>,
    /// Why it has no score; `None` if it has one.
    pub unavailable: Option<String>,
}

/// Predictions for every point: in sample, left out alone, left out with its family.
struct Predictions {
    fitted: Vec<Option<f64>>,
    left_out: Vec<Option<f64>>,
    family_left_out: Vec<Option<f64>>,
}

/// A proxy as columns of a log-log fit; `None` where it is not known.
type Columns<'a> = Box<dyn Fn(&Point) -> Option<Vec<f64>> + 'a>;

/// The scores, and what the first version of the rule asked for: how much worse FLOPs' log-log fit does for an unseen family
/// than the energy roofline.
pub(crate) fn scores(view: &View, models: &Outcome<Models>, draws: &Draws) -> (Vec<ProxyScore>, Outcome<Estimate>) {
    let peaks = Peaks::of(view);
    let mut proxies: Vec<(String, ProxyKind, Columns<'_>)> = Vec::new();
    for count in Count::ALL {
        let columns = move |point: &Point| point.count(count).map(|value| vec![value.ln()]);
        proxies.push((count.column().into(), ProxyKind::APriori, Box::new(columns)));
    }
    if view.response != Response::Time {
        let time = |point: &Point| Some(vec![point.time.value.ln()]);
        proxies.push(("time".into(), ProxyKind::PostHoc, Box::new(time)));
        let burden = |point: &Point| Some(vec![(point.time.value * peaks.flops_per_s(point.device)?).ln()]);
        proxies.push(("hardware_burden".into(), ProxyKind::PostHoc, Box::new(burden)));
        let both = |point: &Point| Some(vec![point.count(Count::FlopsTask)?.ln(), point.time.value.ln()]);
        proxies.push(("flops+time".into(), ProxyKind::PostHoc, Box::new(both)));
    }
    let roofline_time = |point: &Point| Some(vec![peaks.time_s(point)?.ln()]);
    proxies.push(("roofline_time".into(), ProxyKind::PostHoc, Box::new(roofline_time)));
    let scored: Vec<(String, ProxyKind, Outcome<Predictions>)> = proxies
        .into_iter()
        .map(|(name, kind, columns)| {
            let predictions = log_fit(view, &name, columns);
            (name, kind, predictions)
        })
        .collect();
    let gap = first_gap(view, &scored[0].2, models, draws);
    let scores = scored
        .into_iter()
        .map(|(name, kind, predictions)| score(view, name, kind, predictions));
    (scores.collect(), gap)
}

fn first_gap(view: &View, flops: &Outcome<Predictions>, models: &Outcome<Models>, draws: &Draws) -> Outcome<Estimate> {
    let (flops, models) = match (flops, models) {
        (Outcome::Available(flops), Outcome::Available(models)) => (flops, models),
        (Outcome::Unavailable { unavailable }, _) | (_, Outcome::Unavailable { unavailable }) => {
            return Outcome::unavailable(unavailable.clone());
        }
    };
    let Some(roofline) = models
        .score(Predictor::EnergyRoofline)
        .filter(|_| view.families.len() > 1)
    else {
        return Outcome::unavailable("there is one family only, or no energy roofline");
    };
    let gaps: Vec<Option<f64>> = errors(view, &flops.family_left_out)
        .into_iter()
        .zip(&view.points)
        .map(|(error, point)| Some(error? - roofline.residuals.get(&point.label)?.exp_m1().abs()))
        .collect();
    let over = |times: &[u8]| {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (gap, times) in gaps.iter().zip(times) {
            if let Some(gap) = gap {
                sum += gap * f64::from(*times);
                weight += f64::from(*times);
            }
        }
        (weight > 0.0).then(|| sum / weight)
    };
    let value = over(&vec![1; view.points.len()]).map(|value| Estimate {
        value,
        ci95: draws.interval(over),
    });
    Outcome::or_reason(value, || "FLOPs and energy roofline have no case in common".to_owned())
}

/// Absolute relative errors, point by point.
fn errors(view: &View, predicted: &[Option<f64>]) -> Vec<Option<f64>> {
    view.points
        .iter()
        .zip(predicted)
        .map(|(point, predicted)| predicted.map(|value| (value / point.response.value - 1.0).abs()))
        .collect()
}

fn score(view: &View, name: String, kind: ProxyKind, predictions: Outcome<Predictions>) -> ProxyScore {
    let predictions = match predictions {
        Outcome::Available(predictions) => predictions,
        Outcome::Unavailable { unavailable } => {
            return ProxyScore {
                name,
                kind,
                cases: 0,
                r2_loglog: None,
                loo_mape: None,
                loo_median_ape: None,
                lofo_mape: None,
                rmse_dex: None,
                unavailable: Some(unavailable),
            };
        }
    };
    let measured = |predicted: &[Option<f64>]| -> (Vec<f64>, Vec<f64>) {
        let pairs = view.points.iter().zip(predicted);
        pairs
            .filter_map(|(point, value)| Some((point.response.value.ln(), value.filter(|v| *v > 0.0)?.ln())))
            .unzip()
    };
    let (log_measured, log_fitted) = measured(&predictions.fitted);
    let (out_measured, out_predicted) = measured(&predictions.left_out);
    let squares: Vec<f64> = out_measured
        .iter()
        .zip(&out_predicted)
        .map(|(measured, predicted)| ((predicted - measured) / std::f64::consts::LN_10).powi(2))
        .collect();
    let known = |predicted: &[Option<f64>]| errors(view, predicted).into_iter().flatten().collect::<Vec<f64>>();
    let alone = known(&predictions.left_out);
    ProxyScore {
        cases: log_fitted.len(),
        r2_loglog: pearson(&log_measured, &log_fitted).map(|r| r * r),
        loo_mape: mean(&alone),
        loo_median_ape: median(&alone),
        lofo_mape: mean(&known(&predictions.family_left_out)),
        rmse_dex: mean(&squares).map(f64::sqrt),
        unavailable: None,
        name,
        kind,
    }
}

/// Fits log response = a + Σ b·column, then again without each case and without each family.
fn log_fit(view: &View, name: &str, columns: Columns<'_>) -> Outcome<Predictions> {
    let rows: Vec<Option<Vec<f64>>> = view.points.iter().map(columns).collect();
    let known: Vec<&Vec<f64>> = rows.iter().flatten().collect();
    let Some(width) = known
        .first()
        .map(|row| row.len())
        .filter(|width| known.len() > width + 2)
    else {
        return Outcome::unavailable(format!(
            "{name} is known in {}; that is too few",
            plural(known.len(), "case")
        ));
    };
    // Centred, so that taking rows out of the sums again loses no digits.
    let centre: Vec<f64> = (0..width)
        .map(|c| known.iter().map(|row| row[c]).sum::<f64>() / known.len() as f64)
        .collect();
    let rows: Vec<Option<Vec<f64>>> = rows
        .iter()
        .map(|row| {
            let row = row.as_ref()?;
            Some(
                std::iter::once(1.0)
                    .chain(row.iter().zip(&centre).map(|(value, centre)| value - centre))
                    .collect(),
            )
        })
        .collect();
    let responses: Vec<f64> = view.points.iter().map(|point| point.response.value.ln()).collect();
    let predictions = leave_out(view, &rows, &responses, Normal::solve_free);
    if predictions.fitted.iter().all(Option::is_none) {
        return Outcome::unavailable(format!("{name} is the same in all cases"));
    }
    let exp = |values: Vec<Option<f64>>| values.into_iter().map(|value| value.map(f64::exp)).collect();
    Outcome::Available(Predictions {
        fitted: exp(predictions.fitted),
        left_out: exp(predictions.left_out),
        family_left_out: exp(predictions.family_left_out),
    })
}

/// Solves on all rows, without each row, and without each family's rows; predicts what was left out.
fn leave_out(
    view: &View,
    rows: &[Option<Vec<f64>>],
    responses: &[f64],
    solve: impl Fn(&Normal) -> Option<Vec<f64>>,
) -> Predictions {
    let width = rows.iter().flatten().map(Vec::len).next().unwrap_or(0);
    let dot = |row: &[f64], beta: &[f64]| row.iter().zip(beta).map(|(value, beta)| value * beta).sum::<f64>();
    let mut all = Normal::new(width);
    for (row, response) in rows.iter().zip(responses) {
        if let Some(row) = row {
            all.add(row, *response, 1.0);
        }
    }
    let beta = solve(&all);
    let fitted = rows
        .iter()
        .map(|row| Some(dot(row.as_ref()?, beta.as_ref()?)))
        .collect();
    let without = |indices: &[usize]| {
        let mut rest = all.clone();
        for index in indices {
            if let Some(row) = &rows[*index] {
                rest.add(row, responses[*index], -1.0);
            }
        }
        solve(&rest)
    };
    let left_out = (0..rows.len())
        .map(|index| Some(dot(rows[index].as_ref()?, &without(&[index])?)))
        .collect();
    let mut family_left_out = vec![None; rows.len()];
    if view.families.len() > 1 {
        for family in &view.families {
            let beta = without(family);
            for index in family {
                family_left_out[*index] = rows[*index]
                    .as_ref()
                    .zip(beta.as_ref())
                    .map(|(row, beta)| dot(row, beta));
            }
        }
    }
    Predictions {
        fitted,
        left_out,
        family_left_out,
    }
}
