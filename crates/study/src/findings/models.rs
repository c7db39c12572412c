//! Five predictors in one form: non-negative least squares with rows weighted 1/E and one slope per precision. In: a view of
//! one device. Out: for each its errors on cases and on families that it has not seen, its coefficients, and how much worse
//! FLOPs do than the energy roofline, refitted in every replicate.
//!
//! The energy roofline is that of Choi, Bedard, Fowler and Vuduc (IPDPS 2013), E = W·e_flop + Q·e_byte + P₀·T. Where bytes are
//! not known it has no term for them, and is the sceptic's E = a·F + P·t.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::draws::{Bounded, Draws};
use super::view::{Point, Response, View};
use crate::outcome::Outcome;
use crate::samples::Count;
use crate::stats::normal::{Coefficients, MOST_COLUMNS, Normal};
use joulemark_base::si::plural;
use joulemark_base::statistics::{mean, median};

/// A predictor of energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Predictor {
    /// Energy per operation of the task, and a constant.
    Flops,
    /// Energy per byte.
    Bytes,
    /// Energy per operation of the task, and a constant power: the sceptic's.
    FlopsAndTime,
    /// A power for each precision.
    Time,
    /// Energy per executed operation, per byte, and a constant power.
    EnergyRoofline,
}

impl Predictor {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 5] = [
        Self::Flops,
        Self::Bytes,
        Self::FlopsAndTime,
        Self::Time,
        Self::EnergyRoofline,
    ];

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Flops => "FLOPs",
            Self::Bytes => "bytes",
            Self::FlopsAndTime => "FLOPs and time",
            Self::Time => "time",
            Self::EnergyRoofline => "energy roofline",
        }
    }
}

/// How one predictor does. Errors are fractions: 0.2 is 20%.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelScore {
    /// Which.
    pub predictor: Predictor,
    /// What it is made of, where that is not what its name says.
    pub note: Option<String>,
    /// Cases in which all that it needs is known.
    pub cases: usize,
    /// Mean absolute percentage error, leaving out one case at a time.
    pub loo_mape: f64,
    /// Median of the same.
    pub loo_median_ape: f64,
    /// Root mean square of ln(predicted / measured), leaving out one case at a time.
    pub loo_log_rmse: Option<f64>,
    /// Mean absolute percentage error, leaving out one family at a time.
    pub lofo_mape: Option<f64>,
    /// Median of the same.
    pub lofo_median_ape: Option<f64>,
    /// Root mean square of ln(predicted / measured), leaving out one family at a time.
    pub lofo_log_rmse: Option<f64>,
    /// ln(predicted / measured) of each case, leaving out its family (itself where there is one family only), by label.
    pub residuals: BTreeMap<String, f64>,
}

/// The five, and the gap that the rule asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Models {
    /// Those that could be fitted.
    pub scores: Vec<ModelScore>,
    /// Why the others could not, by name.
    pub not_fitted: BTreeMap<Predictor, String>,
    /// FLOPs' leave-one-family-out error minus the energy roofline's.
    pub gap: Outcome<Bounded>,
}

impl Models {
    /// The score of one predictor.
    #[must_use]
    pub fn score(&self, predictor: Predictor) -> Option<&ModelScore> {
        self.scores.iter().find(|score| score.predictor == predictor)
    }
}

/// A row of at most three columns with their values, divided by the response, so that the response is 1. Columns that it has
/// not stand there with the value 0.
type Row = [(usize, f64); 3];

/// A predictor that spans less than this has nothing to tell from.
const LEAST_RANGE: f64 = 1.01;

/// One predictor's rows, one for each point of a view.
pub(super) struct Model {
    predictor: Predictor,
    note: Option<String>,
    pub(super) width: usize,
    pub(super) rows: Vec<Option<Row>>,
}

impl Model {
    /// The rows of a predictor over a view.
    ///
    /// # Errors
    /// Why it cannot be fitted.
    pub(super) fn new(view: &View, predictor: Predictor) -> Result<Self, String> {
        let precisions: BTreeSet<&str> = view.points.iter().map(|point| point.precision.as_str()).collect();
        let slopes = precisions.len();
        if slopes + 2 > MOST_COLUMNS {
            return Err(format!("{slopes} precisions are more than a fit can hold"));
        }
        let unknown = view.points.iter().filter(|point| traffic(point).is_none()).count();
        let with_bytes = predictor == Predictor::EnergyRoofline && unknown == 0;
        let note = match predictor {
            Predictor::EnergyRoofline if !with_bytes => Some(format!(
                "without its term for bytes, which are not known in {unknown} of {}: FLOPs and time",
                plural(view.points.len(), "case")
            )),
            _ => None,
        };
        let row = |point: &Point| -> Option<Row> {
            let own = precisions.iter().position(|name| *name == point.precision)?;
            let time = (slopes, point.time.value);
            let (lead, second, third) = match predictor {
                Predictor::Flops => (task(point)?, (slopes, 1.0), (own, 0.0)),
                Predictor::Bytes => (point.count(Count::BytesMin)?, (own, 0.0), (own, 0.0)),
                Predictor::FlopsAndTime => (task(point)?, time, (own, 0.0)),
                Predictor::Time => (point.time.value, (own, 0.0), (own, 0.0)),
                Predictor::EnergyRoofline if with_bytes => (executed(point)?, time, (slopes + 1, traffic(point)?)),
                Predictor::EnergyRoofline => (task(point)?, time, (own, 0.0)),
            };
            Some([(own, lead), second, third])
        };
        let rows: Vec<Option<Row>> = view
            .points
            .iter()
            .map(|point| Some(row(point)?.map(|(column, value)| (column, value / point.response.value))))
            .collect();
        let width = match predictor {
            Predictor::Bytes | Predictor::Time => slopes,
            Predictor::Flops | Predictor::FlopsAndTime => slopes + 1,
            Predictor::EnergyRoofline => slopes + 1 + usize::from(with_bytes),
        };
        let range = |value: &dyn Fn(&Point) -> Option<f64>| {
            let values = view.points.iter().filter_map(value).filter(|value| *value > 0.0);
            let ends = values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
                (low.min(value), high.max(value))
            });
            ends.1 / ends.0
        };
        let (flops, time) = (range(&task), range(&|point| Some(point.time.value)));
        let widest = match predictor {
            Predictor::Flops => flops,
            Predictor::Bytes => range(&|point| point.count(Count::BytesMin)),
            Predictor::Time => time,
            Predictor::FlopsAndTime | Predictor::EnergyRoofline => flops.max(time),
        };
        if widest < LEAST_RANGE {
            return Err("what it predicts from is the same in all cases".to_owned());
        }
        let known = rows.iter().flatten().count();
        if known < width + 2 {
            return Err(format!(
                "what {} needs is known in {}; {} are needed",
                predictor.words(),
                plural(known, "case"),
                width + 2
            ));
        }
        Ok(Self {
            predictor,
            note,
            width,
            rows,
        })
    }

    /// Where each column of this model has its meaning: precisions by name, then the constant or power, then bytes.
    pub(super) fn precisions(view: &View) -> BTreeSet<&str> {
        view.points.iter().map(|point| point.precision.as_str()).collect()
    }

    /// The problem over all points, each so many times.
    pub(super) fn problem(&self, times: impl Fn(usize) -> f64) -> Normal {
        let mut normal = Normal::new(self.width);
        for (index, row) in self.rows.iter().enumerate() {
            if let Some(row) = row {
                normal.add_sparse(row, 1.0, times(index));
            }
        }
        normal
    }

    /// Relative error of a prediction of one point: predicted over measured.
    pub(super) fn predict(&self, index: usize, beta: &Coefficients) -> Option<f64> {
        let row = self.rows[index].as_ref()?;
        Some(row.iter().map(|(column, value)| value * beta[*column]).sum())
    }

    /// Predicted over measured of each point, without the points of its group.
    fn left_out(&self, groups: &[Vec<usize>]) -> Vec<Option<f64>> {
        let all = self.problem(|_| 1.0);
        let (_, likely) = all.solve_from(0);
        let mut predicted = vec![None; self.rows.len()];
        for group in groups {
            let mut rest = all.clone();
            for row in group.iter().filter_map(|index| self.rows[*index].as_ref()) {
                rest.add_sparse(row, 1.0, -1.0);
            }
            let (beta, _) = rest.solve_from(likely);
            for index in group {
                predicted[*index] = self.predict(*index, &beta);
            }
        }
        predicted
    }

    /// The mean absolute error of families left out, refitted to points that were drawn so many times.
    fn lofo_mape(&self, families: &[Vec<usize>], times: &[u8], likely: u32) -> Option<f64> {
        let mut own: Vec<Normal> = Vec::with_capacity(families.len());
        let mut all = Normal::new(self.width);
        for family in families {
            let mut normal = Normal::new(self.width);
            for index in family.iter().filter(|index| times[**index] > 0) {
                if let Some(row) = &self.rows[*index] {
                    normal.add_sparse(row, 1.0, f64::from(times[*index]));
                }
            }
            all.add_all(&normal, 1.0);
            own.push(normal);
        }
        let (mut sum, mut weight) = (0.0, 0.0);
        let mut rest = all.clone();
        for (family, own) in families.iter().zip(&own) {
            if family.iter().all(|index| times[*index] == 0) {
                continue;
            }
            rest.clone_from(&all);
            rest.add_all(own, -1.0);
            let (beta, _) = rest.solve_from(likely);
            for index in family.iter().filter(|index| times[**index] > 0) {
                if let Some(predicted) = self.predict(*index, &beta) {
                    sum += f64::from(times[*index]) * (predicted - 1.0).abs();
                    weight += f64::from(times[*index]);
                }
            }
        }
        (weight > 0.0).then(|| sum / weight)
    }
}

fn task(point: &Point) -> Option<f64> {
    // Not `count`: a copy has zero operations, and that is knowledge too.
    point.counts[Count::FlopsTask as usize]
}

fn executed(point: &Point) -> Option<f64> {
    point.counts[Count::OpsExecuted as usize].or(task(point))
}

fn traffic(point: &Point) -> Option<f64> {
    point.count(Count::BytesModel).or(point.count(Count::BytesMin))
}

pub(crate) fn fit(view: &View, draws: &Draws) -> Outcome<Models> {
    if view.response == Response::Time {
        return Outcome::unavailable("they predict energy, and none was measured");
    }
    if view.points.iter().any(|point| point.device != view.points[0].device) {
        return Outcome::unavailable("they are fitted to one device at a time");
    }
    let (mut not_fitted, mut fitted) = (BTreeMap::new(), Vec::new());
    for predictor in Predictor::ALL {
        match Model::new(view, predictor) {
            Ok(model) => fitted.push(model),
            Err(reason) => drop(not_fitted.insert(predictor, reason)),
        }
    }
    let gap = if view.families.len() > 1 {
        gap(view, draws, &fitted)
    } else {
        Outcome::unavailable("there is one family only, and none to leave out")
    };
    Outcome::Available(Models {
        scores: fitted.iter().map(|model| score(view, model)).collect(),
        not_fitted,
        gap,
    })
}

/// Predictions over what was measured: mean and median of their absolute errors, root mean square of their logarithms.
fn errors(predicted: &[f64]) -> [Option<f64>; 3] {
    let errors: Vec<f64> = predicted.iter().map(|predicted| (predicted - 1.0).abs()).collect();
    let above = predicted.iter().filter(|predicted| **predicted > 0.0);
    let squares: Vec<f64> = above.map(|predicted| predicted.ln().powi(2)).collect();
    [mean(&errors), median(&errors), mean(&squares).map(f64::sqrt)]
}

fn score(view: &View, model: &Model) -> ModelScore {
    let alone: Vec<Vec<usize>> = (0..view.points.len()).map(|index| vec![index]).collect();
    let one_out = model.left_out(&alone);
    let family_out = (view.families.len() > 1).then(|| model.left_out(&view.families));
    let known = |predicted: &[Option<f64>]| predicted.iter().flatten().copied().collect::<Vec<f64>>();
    let [loo_mape, loo_median_ape, loo_log_rmse] = errors(&known(&one_out));
    let [lofo_mape, lofo_median_ape, lofo_log_rmse] = family_out
        .as_ref()
        .map_or([None; 3], |predicted| errors(&known(predicted)));
    let residuals = family_out.as_ref().unwrap_or(&one_out).iter().zip(&view.points);
    ModelScore {
        predictor: model.predictor,
        note: model.note.clone(),
        cases: one_out.iter().flatten().count(),
        loo_mape: loo_mape.unwrap_or(0.0),
        loo_median_ape: loo_median_ape.unwrap_or(0.0),
        loo_log_rmse,
        lofo_mape,
        lofo_median_ape,
        lofo_log_rmse,
        residuals: residuals
            .filter_map(|(predicted, point)| Some((point.label.clone(), predicted.filter(|p| *p > 0.0)?.ln())))
            .collect(),
    }
}

/// Fits of one predictor, one for each family and replicate, that are worth their time: of 10,000 families 100 replicates.
const MOST_FITS: usize = 1_000_000;

/// How much more FLOPs err than the energy roofline: the rule compares these two, and refitting all five in each replicate would
/// tell no more.
fn gap(view: &View, draws: &Draws, models: &[Model]) -> Outcome<Bounded> {
    let pair = [Predictor::Flops, Predictor::EnergyRoofline].map(|predictor| {
        let model = models.iter().find(|model| model.predictor == predictor)?;
        Some((model, model.problem(|_| 1.0).solve_from(0).1))
    });
    let [Some((flops, flops_likely)), Some((roofline, roofline_likely))] = pair else {
        return Outcome::unavailable("FLOPs or the energy roofline could not be fitted");
    };
    let gap = |times: &[u8]| {
        let error = |model: &Model, likely| model.lofo_mape(&view.families, times, likely);
        Some(error(flops, flops_likely)? - error(roofline, roofline_likely)?)
    };
    Outcome::or_reason(
        gap(&vec![1_u8; view.points.len()])
            .map(|value| draws.first(MOST_FITS / view.families.len()).bounds(value, gap)),
        || "FLOPs or the energy roofline could not be fitted".to_owned(),
    )
}
