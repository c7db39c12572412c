//! García-Martín, Rodrigues, Riley, Grahn 2019, J. Parallel Distrib. Comput. 134: how an energy was had is part of the number. In: the
//! ledgers. Out: rows by the method of their energy; which were joined, and which were kept apart.

use joulemark_base::quality::Quality;
use joulemark_base::si::{percent, plural};
use joulemark_records::Status;

use super::claim::{Answer, Basis, Claim, Dimension};
use super::run::Run;
use crate::ledger::{TRACKED, is_measured};

pub(super) fn claims(runs: &[Run<'_>], simulated: bool) -> Vec<Claim> {
    vec![
        Claim::new(
            "garcia-martin-methods",
            "García-Martín et al. 2019, Estimation of energy consumption in machine learning, JPDC 134",
            "Energy from counters, from integrated power, from simulation and from models are different things.",
            "a survey: no number",
        )
        .answered(runs.iter().flat_map(|run| methods(run, simulated)).collect(), NO_ROW),
        Claim::new(
            "henderson-tracker",
            "Henderson et al. 2020, arXiv 2002.05651",
            "A report of energy needs what the hardware did meanwhile.",
            "their tracker keeps utilisation, memory, clocks, load and disk writes",
        )
        .answered(runs.iter().filter_map(tracked).collect(), NO_ROW),
    ]
}

const NO_ROW: &str = "no row of status ok";

fn methods(run: &Run<'_>, simulated: bool) -> Vec<Answer> {
    let methods = Quality::ALL.map(Some).into_iter().chain([None]);
    let mut answers: Vec<Answer> = methods
        .filter_map(|method| {
            let rows = run
                .ledger()
                .sum(|status, quality| status == Status::Ok && quality == method)
                .rows;
            let fate = match method {
                method if is_measured(method) => "their joules count as measured",
                Some(Quality::Simulated) if simulated => {
                    "told where nothing was measured, and marked: nothing made of them is about a device"
                }
                Some(Quality::Simulated | Quality::Estimated) => "their joules enter no number",
                _ => "they have no joules",
            };
            let what = format!("rows whose energy is {}", method.map_or("unstated", Quality::as_str));
            (rows > 0).then(|| run.answer(&what, rows as f64, Dimension::Count, Basis::Counted, fate))
        })
        .collect();
    let cases = &run.ledger().methods;
    if !cases.is_empty() {
        let mixed = cases.values().filter(|methods| methods.len() > 1).count() as f64;
        let rests_on = format!("{} with measured joules", plural(cases.len(), "case"));
        let what = "cases whose measured joules come by more than one method";
        answers.push(run.answer(what, mixed, Dimension::Count, Basis::Counted, &rests_on));
    }
    answers
}

/// How many of the tracker's columns every row holds; which rows hold which is told beside.
fn tracked(run: &Run<'_>) -> Option<Answer> {
    let rows = run.ledger().sum(|status, _| status == Status::Ok).rows;
    let filled = TRACKED.map(|column| (column, run.ledger().filled.get(column).copied().unwrap_or(0)));
    let whole = filled.iter().filter(|(_, filled)| *filled == rows).count() as f64;
    let shares = filled.map(|(column, filled)| format!("{column} in {}", percent(filled as f64 / rows as f64)));
    let shares = format!(
        "{}; disk writes and load of the host are not recorded",
        shares.join(", ")
    );
    let what = format!("columns of {} that every row holds", TRACKED.len());
    (rows > 0).then(|| run.answer(&what, whole, Dimension::Count, Basis::Counted, &shares))
}
