//! The coefficients of the energy roofline, and how well it holds where it was not fitted; the rates that stand in for
//! peaks. In: a view. Out: joules per operation, per byte and per second with intervals, calibration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::draws::Draws;
use super::models::{Model, Predictor};
use super::view::{Point, Response, View};
use crate::outcome::Outcome;
use crate::samples::{Count, Samples};
use joulemark_base::estimate::Estimate;
use joulemark_base::si::plural;
use joulemark_base::statistics::mean;

/// The fitted energy roofline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnergyRoofline {
    /// Cases behind it.
    pub cases: usize,
    /// Energy per operation by precision, in picojoules.
    pub e_flop_pj: BTreeMap<String, Estimate>,
    /// Energy per byte, in picojoules; `None` where bytes are not known.
    pub e_byte_pj: Option<Estimate>,
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

pub(crate) fn fit(view: &View, draws: &Draws) -> Outcome<EnergyRoofline> {
    if view.response == Response::Time {
        return Outcome::unavailable("it explains energy, and none was measured");
    }
    if view.points.iter().any(|point| point.device != view.points[0].device) {
        return Outcome::unavailable("it is fitted to one device at a time");
    }
    let model = match Model::new(view, Predictor::EnergyRoofline) {
        Ok(model) => model,
        Err(reason) => return Outcome::unavailable(reason),
    };
    let precisions = Model::precisions(view);
    let problem = model.problem(|_| 1.0);
    let (beta, likely) = problem.solve_from(0);
    let bounds: [_; crate::stats::normal::MOST_COLUMNS] = draws.intervals(|times| {
        let (beta, _) = model.problem(|index| f64::from(times[index])).solve_from(likely);
        beta.map(Some)
    });
    let coefficient = |index: usize, unit: f64| Estimate {
        value: beta[index] * unit,
        ci95: bounds[index].map(|ci95| ci95.map(|bound| bound * unit)),
    };
    let slopes = precisions.len();
    Outcome::Available(EnergyRoofline {
        cases: model.rows.iter().flatten().count(),
        e_flop_pj: precisions
            .iter()
            .enumerate()
            .map(|(index, name)| ((*name).to_owned(), coefficient(index, 1e12)))
            .collect(),
        p0_w: coefficient(slopes, 1.0),
        e_byte_pj: (model.width > slopes + 1).then(|| coefficient(slopes + 1, 1e12)),
        condition_number: problem.condition_number(),
        in_sample_mape: mape(&model, &beta, |_| true).unwrap_or(0.0),
        calibrated: Outcome::unavailable("it is fitted to the suites intensity and duty, on gross energy"),
    })
}

/// Mean absolute percentage error of coefficients on some of the points.
fn mape(model: &Model, beta: &crate::stats::normal::Coefficients, take: impl Fn(usize) -> bool) -> Option<f64> {
    let points = (0..model.rows.len()).filter(|index| take(*index));
    let errors: Vec<f64> = points
        .filter_map(|index| Some((model.predict(index, beta)? - 1.0).abs()))
        .collect();
    mean(&errors)
}

/// The fit on the suites made for it, tested on all other cases of a view of everything.
pub(crate) fn calibrate(samples: &Samples, everything: &View) -> Outcome<Calibrated> {
    let is_own = |point: &Point| {
        let suites = &samples.cases[point.case].facts.suites;
        suites.contains("intensity") || suites.contains("duty")
    };
    let own: Vec<bool> = everything.points.iter().map(is_own).collect();
    let fitted = own.iter().filter(|own| **own).count();
    let test = own.len() - fitted;
    let model = match Model::new(everything, Predictor::EnergyRoofline) {
        Ok(model) if fitted >= model.width + 2 && test > 0 => model,
        Ok(_) => {
            return Outcome::unavailable(format!(
                "{} of the suites intensity and duty, {}; more of both are needed",
                plural(fitted, "case"),
                plural(test, "other")
            ));
        }
        Err(reason) => return Outcome::unavailable(reason),
    };
    let (beta, _) = model.problem(|index| f64::from(u8::from(own[index]))).solve_from(0);
    let found = mape(&model, &beta, |index| !own[index]).map(|test_mape| Calibrated {
        fitted_cases: fitted,
        test_cases: test,
        test_mape,
    });
    Outcome::or_reason(found, || "no other case knows its operations and bytes".to_owned())
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
                *peak = peak.max(flops / point.time.value);
            }
            if let Some(bytes) = point.count(Count::BytesMin) {
                let peak = peaks.bytes.entry(point.device).or_default();
                *peak = peak.max(bytes / point.time.value);
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
