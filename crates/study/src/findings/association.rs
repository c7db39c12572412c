//! How closely the response follows one predictor, and what remains of that once others are known. In: a view. Out:
//! correlations with intervals by the cluster bootstrap.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::draws::Draws;
use super::view::{Point, Response, View};
use crate::outcome::Outcome;
use crate::samples::Count;
use crate::stats::correlation::{partial_with_first, pearson_of};
use crate::stats::rank::{Places, Scratch, both};
use joulemark_base::estimate::Estimate;
use joulemark_base::si::plural;

/// How closely the response follows one predictor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Association {
    /// Cases in which the predictor is known and above zero.
    pub cases: usize,
    /// log10 of its largest value over its smallest: correlations grow with it.
    pub range_decades: f64,
    /// Pearson's r of the logarithms.
    pub pearson_loglog: Outcome<Estimate>,
    /// Its square.
    pub r2_loglog: Outcome<Estimate>,
    /// Pearson's r² of the raw values.
    pub r2_linear: Outcome<Estimate>,
    /// Spearman's rho.
    pub spearman: Outcome<Estimate>,
    /// Kendall's tau-b.
    pub kendall: Outcome<Estimate>,
}

/// Partial correlations of logarithms, each given the other two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Partial {
    /// Cases in which all of them are known.
    pub cases: usize,
    /// Response with operations, given bytes and time.
    pub flops_given_bytes_and_time: Outcome<Estimate>,
    /// Response with bytes, given operations and time.
    pub bytes_given_flops_and_time: Outcome<Estimate>,
    /// Response with time, given operations and bytes.
    pub time_given_flops_and_bytes: Outcome<Estimate>,
}

/// The predictors, in the order of the findings; time explains energy only.
const PREDICTORS: [&str; 3] = ["flops_task", "bytes_min", "time"];

/// The coefficients of one predictor, in the order of [`Association`]'s fields.
type Coefficients = [Option<f64>; 5];

/// One predictor over all points; `None` where it is not known or zero.
struct Predictor {
    values: Vec<Option<f64>>,
    logs: Vec<Option<f64>>,
    places: Vec<Option<u32>>,
    distinct: usize,
}

impl Predictor {
    fn new(values: Vec<Option<f64>>) -> Self {
        let known: Vec<f64> = values.iter().flatten().copied().collect();
        let mut found = Places::default();
        found.find(&known);
        let mut places = found.places.into_iter();
        let places = values.iter().map(|value| value.and_then(|_| places.next())).collect();
        let logs = values.iter().map(|value| value.map(f64::ln)).collect();
        Self {
            values,
            logs,
            places,
            distinct: found.distinct,
        }
    }

    fn coefficients(&self, drawn: &Drawn, scratch: &mut (Scratch, Vec<Option<u32>>)) -> Coefficients {
        let (scratch, places) = scratch;
        places.clear();
        places.extend(drawn.picks.iter().map(|pick| self.places[*pick]));
        let (spearman, kendall) = both(places, self.distinct, &drawn.places, scratch);
        let pearson_loglog = pearson_of(drawn.pairs(&self.logs, &drawn.logs));
        let r2_linear = pearson_of(drawn.pairs(&self.values, &drawn.responses)).map(|r| r * r);
        [
            pearson_loglog,
            pearson_loglog.map(|r| r * r),
            r2_linear,
            spearman,
            kendall,
        ]
    }
}

/// The points of one resample, by rising response, each as often as it was drawn.
#[derive(Default)]
struct Drawn {
    picks: Vec<usize>,
    responses: Vec<f64>,
    logs: Vec<f64>,
    places: Places,
}

impl Drawn {
    /// `rising` holds all points by their response.
    fn new(view: &View, rising: &[usize], times: &[u8]) -> Self {
        let picks: Vec<usize> = rising
            .iter()
            .flat_map(|point| std::iter::repeat_n(*point, usize::from(times[*point])))
            .collect();
        let responses: Vec<f64> = picks.iter().map(|pick| view.points[*pick].response.value).collect();
        let mut places = Places::default();
        places.find_rising(&responses);
        Self {
            logs: responses.iter().map(|response| response.ln()).collect(),
            picks,
            responses,
            places,
        }
    }

    /// The drawn points' known values, each with its response.
    fn pairs<'a>(
        &'a self,
        values: &'a [Option<f64>],
        responses: &'a [f64],
    ) -> impl Iterator<Item = (f64, f64)> + Clone + 'a {
        self.picks
            .iter()
            .zip(responses)
            .filter_map(|(pick, response)| Some((values[*pick]?, *response)))
    }
}

/// Five coefficients of three predictors, and three partial correlations.
const NUMBERS: usize = 18;
/// Where the partial correlations begin among them.
const PARTIALS: usize = 15;

/// Associations by predictor, and the partial correlations, from one bootstrap.
pub(crate) fn all(view: &View, draws: &Draws) -> (BTreeMap<String, Outcome<Association>>, Outcome<Partial>) {
    let with_time = view.response != Response::Time;
    let values = |value: &dyn Fn(&Point) -> Option<f64>| Predictor::new(view.points.iter().map(value).collect());
    let mut predictors = vec![
        values(&|point| point.count(Count::FlopsTask)),
        values(&|point| point.count(Count::BytesMin)),
    ];
    if with_time {
        predictors.push(values(&|point| Some(point.time.value)));
    }
    let mut rising: Vec<usize> = (0..view.points.len()).collect();
    rising.sort_by(|a, b| {
        view.points[*a]
            .response
            .value
            .total_cmp(&view.points[*b].response.value)
    });
    let compute = |times: &[u8]| -> [Option<f64>; NUMBERS] {
        let drawn = Drawn::new(view, &rising, times);
        let mut scratch = Default::default();
        let mut found = [None; NUMBERS];
        for (predictor, found) in predictors.iter().zip(found.chunks_mut(5)) {
            found.copy_from_slice(&predictor.coefficients(&drawn, &mut scratch));
        }
        if let Some(partials) = with_time.then(|| partials(&predictors, &drawn)).flatten() {
            found[PARTIALS..]
                .iter_mut()
                .zip(partials)
                .for_each(|(slot, value)| *slot = Some(value));
        }
        found
    };
    let found = compute(&vec![1; view.points.len()]);
    let bounds = draws.intervals(compute);
    let estimate = |index: usize| {
        let ci95 = bounds[index];
        found[index].map(|value| Estimate { value, ci95 }.reaching_itself())
    };
    let associations = predictors
        .iter()
        .zip(PREDICTORS)
        .enumerate()
        .map(|(index, (predictor, name))| {
            let outcome = |part: usize| {
                Outcome::or_reason(estimate(5 * index + part), || {
                    format!("{name} or {} is the same in all cases", view.response.name())
                })
            };
            (name.to_owned(), association(predictor, name, outcome))
        });
    (associations.collect(), partial_outcome(view, &predictors, estimate))
}

fn association(
    predictor: &Predictor,
    name: &str,
    outcome: impl Fn(usize) -> Outcome<Estimate>,
) -> Outcome<Association> {
    let known: Vec<f64> = predictor.values.iter().flatten().copied().collect();
    if known.len() < 3 {
        return Outcome::unavailable(format!(
            "{name} is known in {}; at least 3 are needed",
            plural(known.len(), "case")
        ));
    }
    let (low, high) = known
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(*x), high.max(*x)));
    Outcome::Available(Association {
        cases: known.len(),
        range_decades: (high / low).log10(),
        pearson_loglog: outcome(0),
        r2_loglog: outcome(1),
        r2_linear: outcome(2),
        spearman: outcome(3),
        kendall: outcome(4),
    })
}

/// Of the response with operations, bytes and time, each given the other two, over the points that know all of them.
fn partials(predictors: &[Predictor], drawn: &Drawn) -> Option<Vec<f64>> {
    let mut columns = [const { Vec::new() }; 4];
    for (pick, response) in drawn.picks.iter().zip(&drawn.logs) {
        let [flops, bytes, time] = [0, 1, 2].map(|index: usize| predictors[index].logs[*pick]);
        if let (Some(flops), Some(bytes), Some(time)) = (flops, bytes, time) {
            for (column, value) in columns.iter_mut().zip([*response, flops, bytes, time]) {
                column.push(value);
            }
        }
    }
    partial_with_first(&[&columns[0], &columns[1], &columns[2], &columns[3]])
}

fn partial_outcome(
    view: &View,
    predictors: &[Predictor],
    estimate: impl Fn(usize) -> Option<Estimate>,
) -> Outcome<Partial> {
    if view.response == Response::Time {
        return Outcome::unavailable("time is the response here, so nothing can be given time");
    }
    let both_known = predictors[0].values.iter().zip(&predictors[1].values);
    let cases = both_known
        .filter(|(flops, bytes)| flops.is_some() && bytes.is_some())
        .count();
    if cases < 6 {
        return Outcome::unavailable(format!(
            "flops_task and bytes_min are both known in {cases} cases; 6 are needed"
        ));
    }
    let outcome = |index: usize| {
        Outcome::or_reason(estimate(PARTIALS + index), || {
            "one of operations, bytes and time follows wholly from the others".to_owned()
        })
    };
    Outcome::Available(Partial {
        cases,
        flops_given_bytes_and_time: outcome(0),
        bytes_given_flops_and_time: outcome(1),
        time_given_flops_and_bytes: outcome(2),
    })
}
