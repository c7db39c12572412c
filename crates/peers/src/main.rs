//! Joulemark's kernels, Burn and gemm on the same problems in one run: round by round, side by side, each verified first.
//! In: the suite `peers` and the `JOULEMARK_*` variables. Out: a run folder like any other, and a table.

mod burn;
mod native;
mod peer;
mod table;

use std::rc::Rc;

use joulemark::journal::Position;
use joulemark_harness::{Case, Failure, Options, Prepared, Session, Verb};
use joulemark_kernels::{Algorithm, Op, Precision};
use joulemark_records::{RunState, Status};

use crate::table::Table;

/// Seconds per window where `JOULEMARK_WINDOW` does not say: several products of the largest problem.
const WINDOW_S: f64 = 0.4;
/// Rounds where `JOULEMARK_ROUNDS` does not say: enough for a median.
const ROUNDS: u32 = 7;

fn main() -> anyhow::Result<()> {
    let own = Options {
        suite: "peers".into(),
        rounds: ROUNDS,
        window_s: Some(WINDOW_S),
        allow_estimates: true,
        ..Options::default()
    };
    let mut options = own.with_environment(Verb::Run)?;
    options.notes.insert("peers", "burn-wgpu 0.21, gemm 0.19".into());
    let cases = with_peers(options.cases()?);
    let mut session = Session::open(&options, &cases)?;
    let description = session.gpu().description();
    println!(
        "{}, {} {}",
        description.name, description.driver, description.driver_info
    );
    let tuned = joulemark_records::machine_slug(&format!("{} {}", description.name, description.driver_info));
    burn::keep_tuning_in(std::env::current_exe()?.with_file_name("burn-tuning").join(tuned));
    let outcome = measure(&mut session, &cases);
    let state = match &outcome {
        Ok(_) => RunState::Complete,
        Err(why) => RunState::Failed {
            reason: why.to_string(),
        },
    };
    let (folder, _) = session.finish(state)?;
    outcome?.print();
    println!("results: {}", folder.display());
    Ok(())
}

/// The suite's cases, and behind the last one of each problem and precision the peers that compute it.
fn with_peers(mut cases: Vec<Case>) -> Vec<Case> {
    let place = |case: &Case| format!("{} {} {}", case.algorithm.op(), case.problem, case.precision);
    let mut all: Vec<Case> = Vec::new();
    while let Some(first) = cases.first().cloned() {
        let (same, others) = cases.into_iter().partition(|case| place(case) == place(&first));
        cases = others;
        all.extend::<Vec<_>>(same);
        let peers: &[&'static dyn Algorithm] = match (first.algorithm.op(), first.precision) {
            (Op::Matmul, Precision::F32) => &[&peer::BURN_MATMUL, &peer::GEMM],
            (Op::Matmul, _) => &[&peer::BURN_MATMUL],
            (Op::Conv2d, _) => &[&peer::BURN_CONV2D],
            (Op::Gradient | Op::Calibration | Op::Custom, _) => &[],
        };
        all.extend(peers.iter().map(|peer| Case {
            workload: first.workload.clone(),
            ..Case::new(*peer, first.precision, first.problem.clone())
        }));
    }
    all
}

/// Makes all cases ready, then measures a window of each, round by round.
fn measure(session: &mut Session, cases: &[Case]) -> anyhow::Result<Table> {
    let options = session.options().clone();
    let mut ready = Vec::new();
    for (order, case) in (0..).zip(cases) {
        let position = Position {
            order,
            ..Position::default()
        };
        match prepare(session, case, position)? {
            Ok(prepared) => ready.push((order, prepared)),
            Err(failure) => println!("{} {}: {}", case.id(), failure.status, failure.reason),
        }
    }
    let mut table = Table::default();
    for round in 0..options.rounds {
        session.begin_round();
        for (order, prepared) in &ready {
            let window = session.run_window(prepared)?;
            let position = Position {
                round,
                order: *order,
                window: 0,
            };
            let row = session.record(prepared, &window, position)?;
            table.add(&row, window.cpu_s);
        }
    }
    Ok(table)
}

/// Compiled, verified and warm; what failed has a row that says why.
fn prepare(session: &mut Session, case: &Case, position: Position) -> anyhow::Result<Result<Rc<Prepared>, Failure>> {
    let seed = session.options().seed;
    let prepared = match case.algorithm.name() {
        "burn" => burn::prepare(case, session.gpu().profile().class, seed),
        "gemm" => native::prepare(case, seed),
        _ => return Ok(session.prepare(case, position)?),
    };
    let warm = prepared.and_then(|prepared| session.warm_up(&prepared).map(|()| Rc::new(prepared)));
    if let Err(failure) = &warm {
        session.record_unmeasured(case, position, failure.status, failure.reason.clone())?;
    }
    Ok(warm)
}

fn failure(status: Status, reason: String) -> Failure {
    Failure { status, reason }
}
