//! The energy roofline of Choi, Bedard, Fowler and Vuduc (IPDPS 2013), E = W·e_flop + Q·e_byte + P₀·T, with one e_flop
//! per precision; and the time roofline. In: a view. Out: coefficients with intervals, predictions, calibration.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::prediction::{Predictions, leave_out};
use super::view::{Point, Response, View};
use super::{Outcome, StudyOptions};
use crate::samples::{Count, Samples};
use crate::stats::bootstrap::{interval, replicate};
use crate::stats::normal::Normal;
use joulemark_base::estimate::Estimate;
use joulemark_base::statistics::mean;

/// The fitted energy roofline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnergyRoofline {
    /// Cases behind it.
    pub cases: usize,
    /// Energy per operation by precision, in picojoules.
    pub e_flop_pj: BTreeMap<String, Estimate>,
    /// Energy per byte, in picojoules.
    pub e_byte_pj: Estimate,
    /// Constant power, in watts.
    pub p0_w: Estimate,
    /// Condition number of the weighted problem with columns of unit length; large: the parts cannot be told apart.
    pub condition_number: Option<f64>,
    /// Mean absolute percentage error on the cases it was fitted to, as a fraction.
    pub in_sample_mape: f64,
    /// Fitted on the suites made for it, tested on all others.
    pub calibrated: Outcome<Calibrated>,
}

/// A fit on the suites `intensity` and `duty`, tested on everything else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// Cases that it was fitted to.
    pub fitted_cases: usize,
    /// Cases that it was tested on.
    pub test_cases: usize,
    /// Mean absolute percentage error on these, as a fraction.
    pub test_mape: f64,
}

/// The columns: one per precision for operations, then bytes, then time.
struct Model {
    precisions: Vec<String>,
}

impl Model {
    fn new(view: &View) -> Self {
        let precisions: BTreeSet<&String> = view.points.iter().map(|point| &point.precision).collect();
        Self {
            precisions: precisions.into_iter().cloned().collect(),
        }
    }

    fn width(&self) -> usize {
        self.precisions.len() + 2
    }

    /// The columns that are not zero in a point's row, divided by the response, so that relative errors count.
    fn sparse(&self, point: &Point, response: f64) -> Option<[(usize, f64); 3]> {
        let precision = self.precisions.iter().position(|name| *name == point.precision)?;
        // Not `count`: a copy has zero operations, and that is knowledge too.
        let operations = point.counts[Count::OpsExecuted as usize].or(point.counts[Count::FlopsTask as usize])?;
        let bytes = self.precisions.len();
        Some([
            (precision, operations / response),
            (bytes, traffic(point)? / response),
            (bytes + 1, point.time_s / response),
        ])
    }

    /// The whole row.
    fn row(&self, point: &Point, response: f64) -> Option<Vec<f64>> {
        let mut row = vec![0.0; self.width()];
        for (column, value) in self.sparse(point, response)? {
            row[column] = value;
        }
        Some(row)
    }
}

fn traffic(point: &Point) -> Option<f64> {
    point.count(Count::BytesModel).or(point.count(Count::BytesMin))
}

const NO_TRAFFIC: &str = "neither bytes_model nor bytes_min is known in enough cases";

pub(crate) fn predictions(view: &View) -> Outcome<Predictions> {
    if view.response == Response::Time {
        return Outcome::unavailable("it predicts energy, and none was measured");
    }
    let model = Model::new(view);
    let rows: Vec<Option<Vec<f64>>> = view
        .points
        .iter()
        .map(|point| model.row(point, point.response.value))
        .collect();
    if rows.iter().flatten().count() < model.width() + 2 {
        return Outcome::unavailable(NO_TRAFFIC);
    }
    let ones = vec![1.0; rows.len()];
    let relative = leave_out(view, &rows, &ones, |normal| Some(normal.solve()));
    // The rows were divided by the response, so the predictions are too.
    let scale = |values: Vec<Option<f64>>| {
        values
            .into_iter()
            .zip(&view.points)
            .map(|(value, point)| Some(value? * point.response.value))
            .collect()
    };
    Outcome::Available(Predictions {
        fitted: scale(relative.fitted),
        left_out: scale(relative.left_out),
        family_left_out: scale(relative.family_left_out),
    })
}

pub(crate) fn fit(samples: &Samples, view: &View, options: StudyOptions) -> Outcome<EnergyRoofline> {
    if view.response == Response::Time {
        return Outcome::unavailable("it explains energy, and none was measured");
    }
    let model = Model::new(view);
    let view = view.filter(|point| model.row(point, 1.0).is_some());
    if view.points.len() < model.width() + 2 {
        return Outcome::unavailable(NO_TRAFFIC);
    }
    let rows: Vec<Option<[(usize, f64); 3]>> = view.points.iter().map(|point| model.sparse(point, 1.0)).collect();
    let solve = |picks: &[usize], responses: &[f64]| {
        let mut normal = Normal::new(model.width());
        for (pick, response) in picks.iter().zip(responses) {
            if let Some(row) = &rows[*pick] {
                normal.add_sparse(&row.map(|(column, value)| (column, value / response)), 1.0);
            }
        }
        (normal.solve(), normal)
    };
    let everything: Vec<usize> = (0..view.points.len()).collect();
    let responses: Vec<f64> = view.points.iter().map(|point| point.response.value).collect();
    let (beta, normal) = solve(&everything, &responses);
    let replicates = replicate(options.replicates, options.seed, |random| {
        let (mut picks, mut responses) = (Vec::new(), Vec::new());
        view.draw(random, &mut picks, &mut responses);
        solve(&picks, &responses).0
    });
    let coefficient = |index: usize, unit: f64| Estimate {
        value: beta[index] * unit,
        ci95: interval(replicates.iter().map(|beta| Some(beta[index] * unit)), view.clusters()),
    };
    let errors = mape(&model, &view.points, &beta);
    let precisions = model.precisions.len();
    Outcome::Available(EnergyRoofline {
        cases: view.points.len(),
        e_flop_pj: model
            .precisions
            .iter()
            .cloned()
            .zip((0..precisions).map(|i| coefficient(i, 1e12)))
            .collect(),
        e_byte_pj: coefficient(precisions, 1e12),
        p0_w: coefficient(precisions + 1, 1.0),
        condition_number: normal.condition_number(),
        in_sample_mape: errors.unwrap_or(0.0),
        calibrated: calibrate(samples, &view, &model),
    })
}

/// Mean absolute percentage error of a model's coefficients.
fn mape(model: &Model, points: &[Point], beta: &[f64]) -> Option<f64> {
    let errors: Vec<f64> = points
        .iter()
        .filter_map(|point| {
            let row = model.row(point, point.response.value)?;
            Some((row.iter().zip(beta).map(|(value, beta)| value * beta).sum::<f64>() - 1.0).abs())
        })
        .collect();
    mean(&errors)
}

fn calibrate(samples: &Samples, view: &View, model: &Model) -> Outcome<Calibrated> {
    let (own, test): (Vec<Point>, Vec<Point>) = view.points.iter().cloned().partition(|point| {
        let suites = &samples.cases[point.case].facts.suites;
        suites.contains("intensity") || suites.contains("duty")
    });
    if own.len() < model.width() + 2 || test.is_empty() {
        return Outcome::unavailable(format!(
            "{} cases of the suites intensity and duty, {} others; both kinds are needed",
            own.len(),
            test.len()
        ));
    }
    let mut normal = Normal::new(model.width());
    for row in own.iter().filter_map(|point| model.row(point, point.response.value)) {
        normal.add(&row, 1.0, 1.0);
    }
    let test_mape = mape(model, &test, &normal.solve());
    let found = test_mape.map(|test_mape| Calibrated {
        fitted_cases: own.len(),
        test_cases: test.len(),
        test_mape,
    });
    Outcome::or_reason(found, || NO_TRAFFIC.to_owned())
}

/// The best rates seen, by device and precision: what stands in for peaks that no API tells.
pub(crate) struct Peaks {
    flops: BTreeMap<(usize, String), f64>,
    bytes: BTreeMap<usize, f64>,
}

impl Peaks {
    pub(crate) fn of(view: &View) -> Self {
        let mut peaks = Self {
            flops: BTreeMap::new(),
            bytes: BTreeMap::new(),
        };
        for point in &view.points {
            if let Some(flops) = point.count(Count::FlopsTask) {
                let peak = peaks.flops.entry((point.device, point.precision.clone())).or_default();
                *peak = peak.max(flops / point.time_s);
            }
            if let Some(bytes) = point.count(Count::BytesMin) {
                let peak = peaks.bytes.entry(point.device).or_default();
                *peak = peak.max(bytes / point.time_s);
            }
        }
        peaks
    }

    /// Best operations per second on a device in any precision: processors × rate, for Thompson's hardware burden.
    pub(crate) fn flops_per_s(&self, device: usize) -> Option<f64> {
        self.flops
            .iter()
            .filter(|((own, _), _)| *own == device)
            .map(|(_, peak)| *peak)
            .reduce(f64::max)
    }

    /// The time that operations or compulsory bytes would take at the best rates seen, whichever is longer.
    pub(crate) fn time_s(&self, point: &Point) -> Option<f64> {
        let by_flops = point
            .count(Count::FlopsTask)
            .and_then(|flops| Some(flops / self.flops.get(&(point.device, point.precision.clone()))?));
        let by_bytes = point
            .count(Count::BytesMin)
            .and_then(|bytes| Some(bytes / self.bytes.get(&point.device)?));
        by_flops.into_iter().chain(by_bytes).reduce(f64::max)
    }
}
