//! Schwartz, Dodge, Smith, Etzioni 2019, "Green AI", arXiv 1907.10597: a result costs E·D·H, and reports should say so. In: ledgers
//! and manifests. Out: the study's own E, D and H, its FPO, and what was spent beside the measured windows.

use joulemark_base::estimate::Estimate;
use joulemark_base::quality::Quality;
use joulemark_records::Status;

use super::claim::{Answer, Basis, Claim, Dimension, Way};
use super::ledger::{Entry, Ledger};
use super::spent::{counts, device_of};
use crate::samples::Samples;

const SOURCE: &str = "Schwartz et al. 2019, Green AI, arXiv 1907.10597";

pub(super) fn claims(samples: &Samples, ledgers: &[Ledger]) -> Vec<Claim> {
    let runs = || samples.runs.iter().zip(ledgers).enumerate();
    vec![
        Claim::new(
            "schwartz-cost",
            &format!("{SOURCE}, section 2"),
            "The cost of a result is that of one example, times the data, times the experiments.",
            "Cost(R) ∝ E · D · H",
        )
        .answered(
            runs()
                .flat_map(|(run, (_, ledger))| cost(samples, run, ledger))
                .collect(),
            "no row has iterations",
        ),
        Claim::new(
            "schwartz-overhead",
            &format!("{SOURCE}, section 4"),
            "Tuning and failed experiments belong to the cost of a result.",
            "none: they ask for the number",
        )
        .answered(
            runs()
                .flat_map(|(run, (_, ledger))| overhead(samples, run, ledger))
                .collect(),
            "no manifest holds the joules of its whole run",
        ),
    ]
}

/// One answer about a run.
fn answer(
    samples: &Samples,
    run: usize,
    what: &str,
    value: f64,
    dimension: Dimension,
    basis: Basis,
    way: Way,
) -> Answer {
    let facts = &samples.runs[run];
    let name = facts.manifest.as_ref().map_or(&facts.path, |manifest| &manifest.run_id);
    Answer {
        device: device_of(samples, run),
        what: format!("{what} ({name})"),
        value: Estimate::point(value),
        dimension,
        basis,
        way,
        rests_on: "one run, counted once: no interval".into(),
    }
}

/// The joules of a ledger that may be joined, and what they are: one method's, measured where there are any.
fn joules(samples: &Samples, ledger: &Ledger, status: impl Fn(Status) -> bool) -> Option<(Entry, Basis)> {
    let of = |own: &dyn Fn(Option<Quality>) -> bool| ledger.sum(|found, quality| status(found) && own(quality));
    let measured = of(&|quality| counts(quality, false));
    if measured.rows_with_joules > 0 {
        return Some((measured, Basis::Measured));
    }
    let simulated = of(&|quality| quality == Some(Quality::Simulated));
    (samples.includes_simulated && simulated.rows_with_joules > 0).then_some((simulated, Basis::Simulated))
}

fn cost(samples: &Samples, run: usize, ledger: &Ledger) -> Vec<Answer> {
    let windows = ledger.sum(|status, _| status == Status::Ok);
    if windows.rows == 0 || windows.iterations == 0.0 {
        return Vec::new();
    }
    let rows = windows.rows as f64;
    let say = |what, value, dimension, basis| answer(samples, run, what, value, dimension, basis, Way::Direct);
    let mut answers = vec![
        say(
            "D: executions per window",
            windows.iterations / rows,
            Dimension::Number,
            Basis::Counted,
        ),
        say("H: windows", rows, Dimension::Count, Basis::Counted),
        say(
            "FPO: operations of all windows",
            windows.operations,
            Dimension::Number,
            Basis::Counted,
        ),
    ];
    if let Some((energy, basis)) = joules(samples, ledger, |status| status == Status::Ok) {
        let per_execution = energy.joules / energy.iterations;
        answers.push(say("E: joules per execution", per_execution, Dimension::Joule, basis));
        answers.push(say(
            "E · D · H: joules of the windows with joules",
            energy.joules,
            Dimension::Joule,
            basis,
        ));
    }
    answers
}

fn overhead(samples: &Samples, run: usize, ledger: &Ledger) -> Vec<Answer> {
    let Some(whole) = samples.runs[run]
        .manifest
        .as_ref()
        .and_then(|manifest| manifest.totals.device_energy_j)
    else {
        return Vec::new();
    };
    let Some((windows, basis)) = joules(samples, ledger, |status| status == Status::Ok) else {
        return Vec::new();
    };
    let kept = |status| !matches!(status, Status::Ok | Status::Idle);
    let lost = joules(samples, ledger, kept).map_or(0.0, |(entry, _)| entry.joules);
    let idle = joules(samples, ledger, |status| status == Status::Idle).map_or(0.0, |(entry, _)| entry.joules);
    let rest = whole - windows.joules - lost - idle;
    let say = |what, value, dimension| answer(samples, run, what, value, dimension, basis, Way::Direct);
    vec![
        say("joules of the device over the whole run", whole, Dimension::Joule),
        say(
            "of these in windows that count",
            windows.joules / whole,
            Dimension::Share,
        ),
        say(
            "of these in windows that were discarded",
            lost / whole,
            Dimension::Share,
        ),
        say("of these in idle windows", idle / whole, Dimension::Share),
        say(
            "of these in preparing, verifying, warming up and tuning",
            rest / whole,
            Dimension::Share,
        ),
    ]
}
