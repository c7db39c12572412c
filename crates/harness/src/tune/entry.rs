//! What a search came to for one kernel on one problem. In: its trials. Out: the table's entry.

use joulemark_base::objective::Objective;
use joulemark_records::Status;

use super::candidates::Place;
use super::{Entry, Measured};

/// How much better than the default an unconfirmed variant must look: the best of many noisy numbers looks too good.
const UNCONFIRMED_GAIN: f64 = 0.9;

/// What is known of one case; `None` if nothing was measured.
pub(super) fn entry(place: &Place, objective: Objective) -> Option<Entry> {
    let best_by = |objective| place.best(objective).and_then(|best| place.measured(best));
    let best = best_by(objective)?;
    let default_name = place.default.to_string();
    let default = place
        .trials
        .iter()
        .position(|trial| trial.variant == default_name && trial.status == Status::Ok)
        .and_then(|index| place.measured(index));
    let score = |measured: &Measured| objective.of(measured.time_s, measured.energy_j);
    let (better, tuned, default) = match &place.confirmed {
        Some([tuned, default]) => (score(tuned) < score(default), tuned.clone(), Some(default.clone())),
        // A default that cannot run, or gives no number, is no choice.
        None => match default.as_ref().and_then(score).zip(score(&best)) {
            Some((usual, found)) => (found < UNCONFIRMED_GAIN * usual, best.clone(), default),
            None => (true, best.clone(), default),
        },
    };
    let case = &place.case;
    Some(Entry {
        kernel: case.algorithm.to_string(),
        precision: case.precision.as_str().into(),
        problem: case.problem.to_string(),
        objective,
        chosen: if better { best.variant } else { default_name },
        confirmed: place.confirmed.is_some(),
        trials: place.trials.iter().filter(|trial| trial.time_s.is_some()).count(),
        tuned: if better { Some(tuned) } else { default.clone() },
        default,
        fastest: best_by(Objective::Time),
        thriftiest: best_by(Objective::Energy),
        least_energy_delay: best_by(Objective::Edp),
    })
}
