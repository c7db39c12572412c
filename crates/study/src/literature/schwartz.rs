//! Schwartz, Dodge, Smith, Etzioni 2019, "Green AI", arXiv 1907.10597: a result costs E·D·H, and reports should say so. In: runs.
//! Out: the study's own E, D and H, its FPO, and what was spent beside the measured windows.

use joulemark_records::Status;

use super::claim::{Answer, Basis, Claim, Dimension};
use super::run::Run;

const SOURCE: &str = "Schwartz et al. 2019, Green AI, arXiv 1907.10597";
const ONCE: &str = "one run, counted once: no interval";

pub(super) fn claims(runs: &[Run<'_>]) -> Vec<Claim> {
    vec![
        Claim::new(
            "schwartz-cost",
            SOURCE,
            "The cost of a result is that of one example, times the data, times the experiments.",
            "Cost(R) ∝ E · D · H",
        )
        .answered(runs.iter().flat_map(cost).collect(), "no row has iterations"),
        Claim::new(
            "schwartz-overhead",
            SOURCE,
            "Tuning and failed experiments belong to the cost of a result.",
            "none: they ask for the number",
        )
        .answered(
            runs.iter().flat_map(overhead).collect(),
            "no manifest holds the joules of its whole run",
        ),
    ]
}

fn cost(run: &Run<'_>) -> Vec<Answer> {
    let windows = run.ledger().sum(|status, _| status == Status::Ok);
    if windows.iterations == 0.0 {
        return Vec::new();
    }
    let rows = windows.rows as f64;
    let say = |what, value, dimension, basis| run.answer(what, value, dimension, basis, ONCE);
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
    if let Some((energy, basis)) = run.joules(|status| status == Status::Ok) {
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

fn overhead(run: &Run<'_>) -> Vec<Answer> {
    let whole = run.manifest().and_then(|manifest| manifest.totals.device_energy_j);
    let Some((whole, (windows, basis))) = whole.zip(run.joules(|status| status == Status::Ok)) else {
        return Vec::new();
    };
    let of = |status: &dyn Fn(Status) -> bool| run.joules(status).map_or(0.0, |(entry, _)| entry.joules);
    let idle = of(&|status| status == Status::Idle);
    let discarded = of(&|status| !matches!(status, Status::Ok | Status::Idle));
    let rest = whole - windows.joules - discarded - idle;
    let share = |what, joules: f64| run.answer(what, joules / whole, Dimension::Share, basis, ONCE);
    vec![
        run.answer(
            "joules of the device over the whole run",
            whole,
            Dimension::Joule,
            basis,
            ONCE,
        ),
        share("of these in windows that count", windows.joules),
        share("of these in windows that were discarded", discarded),
        share("of these in idle windows", idle),
        share("of these in preparing, verifying, warming up and tuning", rest),
    ]
}
