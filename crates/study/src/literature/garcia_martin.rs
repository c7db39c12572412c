//! García-Martín, Rodrigues, Riley, Grahn 2019, J. Parallel Distrib. Comput. 134: how an energy was had is part of the number. In: the
//! ledgers. Out: rows by the method of their energy; which were joined, and which were kept apart.

use joulemark_base::estimate::Estimate;
use joulemark_base::quality::Quality;
use joulemark_records::Status;

use super::claim::{Answer, Basis, Claim, Dimension, Way};
use super::ledger::{Ledger, TRACKED};
use super::spent::{counts, device_of};
use crate::samples::Samples;

pub(super) fn claims(samples: &Samples, ledgers: &[Ledger]) -> Vec<Claim> {
    let answers = |of: fn(&Samples, usize, &Ledger) -> Vec<Answer>| {
        let runs = ledgers.iter().enumerate();
        runs.flat_map(|(run, ledger)| of(samples, run, ledger)).collect()
    };
    vec![
        Claim::new(
            "garcia-martin-methods",
            "García-Martín et al. 2019, Estimation of energy consumption in machine learning, JPDC 134, section 4",
            "Energy from counters, from integrated power, from simulation and from models are different things.",
            "a survey: no number",
        )
        .answered(answers(methods), "no row of status ok"),
        Claim::new(
            "henderson-tracker",
            "Henderson et al. 2020, arXiv 2002.05651, section 4",
            "A report of energy needs what the hardware did meanwhile.",
            "their tracker keeps utilisation, memory, clocks, load and disk writes; rows have no column for the last two",
        )
        .answered(answers(tracked), "no row of status ok"),
    ]
}

fn answer(samples: &Samples, run: usize, what: String, value: f64, dimension: Dimension, rests_on: &str) -> Answer {
    let facts = &samples.runs[run];
    let name = facts.manifest.as_ref().map_or(&facts.path, |manifest| &manifest.run_id);
    Answer {
        device: device_of(samples, run),
        what: format!("{what} ({name})"),
        value: Estimate::point(value),
        dimension,
        basis: Basis::Counted,
        way: Way::Direct,
        rests_on: rests_on.into(),
    }
}

fn methods(samples: &Samples, run: usize, ledger: &Ledger) -> Vec<Answer> {
    let methods = Quality::ALL.map(Some).into_iter().chain([None]);
    methods
        .filter_map(|method| {
            let rows = ledger
                .sum(|status, quality| status == Status::Ok && quality == method)
                .rows;
            let word = method.map_or("unstated", Quality::as_str);
            let fate = match method {
                method if counts(method, false) => "their joules count as measured",
                Some(Quality::Simulated) if samples.includes_simulated => {
                    "let in because that was asked for; nothing made of them is about a device"
                }
                Some(Quality::Simulated | Quality::Estimated) => "their joules enter no number",
                _ => "they have no joules",
            };
            let what = format!("rows whose energy is {word}");
            (rows > 0).then(|| answer(samples, run, what, rows as f64, Dimension::Count, fate))
        })
        .collect()
}

fn tracked(samples: &Samples, run: usize, ledger: &Ledger) -> Vec<Answer> {
    let rows = ledger.sum(|status, _| status == Status::Ok).rows;
    if rows == 0 {
        return Vec::new();
    }
    let share = |column: &str| ledger.filled.get(column).copied().unwrap_or(0) as f64 / rows as f64;
    TRACKED
        .into_iter()
        .map(|column| {
            let what = format!("rows that hold {column}");
            answer(samples, run, what, share(column), Dimension::Share, "rows of status ok")
        })
        .collect()
}
